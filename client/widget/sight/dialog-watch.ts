// Watches one dialog in a frame, from its opening to its end: gathers the facts whenever one may have changed, and once more at
// every press. What they mean is decided in visibility.ts and pointer.ts.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Unseen, Watch } from "../../ui/sight.ts";
import type { FramePointer } from "./frame-pointer.ts";
import { isPlain, type Observed, obstacle, SEEN_FOR } from "./visibility.ts";

/** Intersection Observer v2, which TypeScript's library does not name. */
interface VisibilityEntry extends IntersectionObserverEntry {
  readonly isVisible?: boolean;
}
interface VisibilityOptions extends IntersectionObserverInit {
  readonly trackVisibility: true;
  /** In ms; the standard allows no less than 100. */
  readonly delay: number;
}

/** Can this browser prove that something is seen? Firefox and Safari cannot. */
export function canProve(): boolean {
  return typeof IntersectionObserverEntry === "function" && "isVisible" in IntersectionObserverEntry.prototype;
}

export class DialogWatch implements Watch {
  readonly unseen = signal<Unseen | undefined>("unknown");
  readonly #dialog: HTMLElement;
  readonly #pointer: FramePointer;
  readonly #observer: IntersectionObserver;
  readonly #over = new AbortController();
  #observed: Observed | undefined;
  /** Since when nothing stands in the way, in ms of performance.now(). */
  #since: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Did the press that is under way begin while it was permitted? Undefined where none is. */
  #began: boolean | undefined;

  constructor(dialog: HTMLElement, pointer: FramePointer) {
    this.#dialog = dialog;
    this.#pointer = pointer;
    const options: VisibilityOptions = { threshold: [0, 0.5, 0.9, 0.99, 1], trackVisibility: true, delay: 100 };
    this.#observer = new IntersectionObserver((entries) => this.#observe(entries), options);
    this.#observer.observe(dialog);
    const size = new ResizeObserver(() => this.#look());
    for (const element of [dialog, ...dialog.children]) size.observe(element);
    const { signal } = this.#over;
    signal.addEventListener("abort", () => size.disconnect());
    const anew = (): void => this.#anew();
    for (const type of ["resize", "focus", "blur"]) addEventListener(type, anew, { signal });
    document.addEventListener("visibilitychange", anew, { signal });
    signal.addEventListener("abort", pointer.moves.subscribe(anew));
  }

  get still(): ReadonlySignal<boolean> {
    return this.#pointer.ready;
  }

  permits(event: Event): boolean {
    this.#observe(this.#observer.takeRecords());
    const clear = event.isTrusted && this.unseen.peek() === undefined;
    if (event.type === "pointerdown") {
      this.#began = clear && this.#pointer.still;
      return this.#began;
    }
    if (event instanceof KeyboardEvent) {
      this.#began = clear && !event.repeat;
      return this.#began;
    }
    if (event.type !== "click") return clear;
    // A click that neither pointer nor key began is made by assistive software: that it is seen must do.
    const permitted = clear && this.#began !== false;
    this.#began = undefined;
    return permitted;
  }

  stop(): void {
    this.#over.abort();
    this.#observer.disconnect();
    clearTimeout(this.#timer);
  }

  #observe(entries: readonly VisibilityEntry[]): void {
    const last = entries.at(-1);
    if (last) {
      const { isVisible = false, boundingClientRect: target, intersectionRect: seen } = last;
      this.#observed = { isVisible, target, seen };
    }
    this.#look();
  }

  #look(): void {
    const why = obstacle(this.#facts());
    const now = performance.now();
    this.#since = why === undefined ? (this.#since ?? now) : undefined;
    const left = this.#since === undefined ? undefined : this.#since + SEEN_FOR - now;
    clearTimeout(this.#timer);
    if (left !== undefined && left > 0) this.#timer = setTimeout(() => this.#look(), left);
    this.unseen.value = why ?? (left !== undefined && left > 0 ? "settling" : undefined);
  }

  /** What was seen before does not count any more. */
  #anew(): void {
    this.#since = undefined;
    this.#look();
  }

  #facts(): Parameters<typeof obstacle>[0] {
    const dialog = this.#dialog;
    return {
      observed: this.#observed,
      contents: { width: dialog.scrollWidth, height: dialog.scrollHeight },
      view: { width: dialog.clientWidth, height: dialog.clientHeight },
      frame: { width: innerWidth, height: innerHeight },
      focused: document.hasFocus(),
      hidden: document.hidden,
      plain: [...andAncestors(dialog)].every((element) => {
        const style = getComputedStyle(element);
        return isPlain((property) => style.getPropertyValue(property));
      }),
    };
  }
}

function* andAncestors(element: Element): Iterable<Element> {
  for (let each: Element | null = element; each; each = each.parentElement) yield each;
}
