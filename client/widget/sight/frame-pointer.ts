// Follows the pointer while it is in the frame, across all dialogs of a session: a finger that has tapped one of them has told
// where the frame is, and need not tell it again. What follows from it is decided in pointer.ts.

import { type ReadonlySignal, signal } from "@preact/signals";
import { follow, isStill, STILL_FOR, type Stillness } from "./pointer.ts";

export class FramePointer {
  readonly #over = new AbortController();
  readonly #moves = signal(0);
  /** Keys need no pointer: without one nothing has to be waited for. */
  readonly #ready = signal(true);
  #stillness: Stillness | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const { signal } = this.#over;
    const track = (event: PointerEvent): void => this.#track(event);
    for (const type of ["pointermove", "pointerdown", "pointerup"] as const)
      addEventListener(type, track, { capture: true, signal });
    // A mouse or a pen that has left may come back to another place; a finger always leaves.
    document.documentElement.addEventListener(
      "pointerleave",
      ({ pointerType }) => {
        if (pointerType !== "touch") this.#follow(undefined);
      },
      { signal },
    );
  }

  /** How often the frame has moved under it. */
  get moves(): ReadonlySignal<number> {
    return this.#moves;
  }

  /** False while a pointer is in the frame that has not been there for long enough. */
  get ready(): ReadonlySignal<boolean> {
    return this.#ready;
  }

  /** Has the frame stood still under it for half a second? */
  get still(): boolean {
    return isStill(this.#stillness, performance.now());
  }

  stop(): void {
    this.#over.abort();
    clearTimeout(this.#pause);
  }

  #track(event: PointerEvent): void {
    if (!event.isTrusted) return;
    const { screenX, screenY, clientX, clientY } = event;
    const before = this.#stillness;
    const after = follow(before, { at: performance.now(), screenX, screenY, clientX, clientY });
    if (before?.first === after.first) {
      this.#stillness = after;
      return;
    }
    this.#follow(after);
    // A pointer that has come in says nothing of what was before; one that was there says that the frame has moved.
    if (before) this.#moves.value++;
  }

  #follow(stillness: Stillness | undefined): void {
    this.#stillness = stillness;
    this.#ready.value = stillness === undefined;
    clearTimeout(this.#pause);
    if (stillness)
      this.#pause = setTimeout(() => {
        this.#ready.value = true;
      }, STILL_FOR);
  }
}
