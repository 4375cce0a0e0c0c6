// The page's part in using buffers again: which chunks have been painted to their last byte. Painting is in order, and so is
// what is counted here.

import { LOAD_BYTES } from "./output.ts";

export class Spent {
  readonly #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that are painted. */
  #painted = 0;

  arrived(chunks: readonly Uint8Array[]): void {
    this.#chunks.push(...chunks);
  }

  /** So many more bytes are painted. The buffers that nobody needs any more, if they are worth sending back. */
  painted(bytes: number): ArrayBuffer[] {
    const spent: ArrayBuffer[] = [];
    this.#painted += bytes;
    for (let first = this.#chunks[0]; first && first.length <= this.#painted; first = this.#chunks[0]) {
      this.#chunks.shift();
      this.#painted -= first.length;
      if (first.buffer instanceof ArrayBuffer && first.buffer.byteLength === LOAD_BYTES) spent.push(first.buffer);
    }
    return spent;
  }
}
