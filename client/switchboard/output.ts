// Output on its way to the page. The first piece of a burst leaves at once, so that a key press is echoed without delay;
// what follows while the event loop turns is joined, and costs one copy and one message instead of many.

import { concat } from "../bytes/bytes.ts";

export class Output {
  readonly #post: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly #soon: (task: () => void) => void;
  #pieces: Uint8Array[] = [];
  #gathering = false;

  /** `post` is given arrays of their own, to be transferred; `soon` runs a task after what the event loop has in hand. */
  constructor(post: (bytes: Uint8Array<ArrayBuffer>) => void, soon: (task: () => void) => void) {
    this.#post = post;
    this.#soon = soon;
  }

  /** `bytes` may be a view; it must not change until it is posted. */
  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    if (this.#gathering) return;
    this.flush();
    this.#gathering = true;
    this.#soon(() => this.#turned());
  }

  /** Nothing stays behind: before the end is told. */
  flush(): void {
    if (this.#pieces.length === 0) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#post(concat(...pieces));
  }

  #turned(): void {
    this.#gathering = this.#pieces.length > 0;
    if (!this.#gathering) return;
    this.flush();
    this.#soon(() => this.#turned());
  }
}
