// Output on its way to the page. The first piece of a burst leaves at once, so that a key press is echoed without delay;
// what follows while the event loop turns goes in one message, and a flood in few large ones: waking the page costs as much
// as deciphering. Their buffers come back from the page and are used again: a browser collects what lies in messages late.

import type { Clock } from "../bytes/clock.ts";

/** As much in one turn of the event loop is a flood, */
const FLOOD = 16 * 1024;
/** which is gathered up to this size, */
export const LOAD_BYTES = 256 * 1024;
/** or for so long: a quarter of a frame. */
const FLOOD_MS = 4;
/** Buffers that are kept for the next flood. A window of 2 MiB fills half of them. */
const SPARE_LIMIT = 16;

type Post = (bytes: Uint8Array<ArrayBuffer>) => void;

export class Output {
  readonly #post: Post;
  readonly #soon: (task: () => void) => void;
  readonly #clock: Pick<Clock, "after">;
  #pieces: Uint8Array[] = [];
  #held = 0;
  #spare: ArrayBuffer[] = [];
  #gathering = false;

  /** `post` is given arrays whose buffers are to be transferred; `soon` runs a task after what the event loop has in hand. */
  constructor(post: Post, soon: (task: () => void) => void, clock: Pick<Clock, "after">) {
    this.#post = post;
    this.#soon = soon;
    this.#clock = clock;
  }

  /** `bytes` may be a view; it must not change until it is posted. */
  push(bytes: Uint8Array): void {
    if (this.#held + bytes.length > LOAD_BYTES) this.flush();
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    if (this.#gathering) return;
    this.flush();
    this.#gathering = true;
    this.#soon(() => this.#turned());
  }

  /** Nothing stays behind: before the end is told. */
  flush(): void {
    if (this.#pieces.length === 0) return;
    const joined = this.#room(this.#held);
    let at = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#held = 0;
    this.#post(joined);
  }

  /** What the page is done with. */
  recycle(buffers: readonly ArrayBuffer[]): void {
    for (const buffer of buffers) {
      if (buffer.byteLength === LOAD_BYTES && this.#spare.length < SPARE_LIMIT) this.#spare.push(buffer);
    }
  }

  #room(size: number): Uint8Array<ArrayBuffer> {
    if (size < FLOOD || size > LOAD_BYTES) return new Uint8Array(size);
    return new Uint8Array(this.#spare.pop() ?? new ArrayBuffer(LOAD_BYTES), 0, size);
  }

  #turned(): void {
    this.#gathering = this.#pieces.length > 0;
    if (!this.#gathering) return;
    if (this.#held < FLOOD) this.#flushAndTurn();
    else this.#clock.after(FLOOD_MS, () => this.#flushAndTurn());
  }

  #flushAndTurn(): void {
    this.flush();
    this.#soon(() => this.#turned());
  }
}
