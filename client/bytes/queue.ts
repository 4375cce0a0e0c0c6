// Bytes received and not yet parsed: appended in chunks, taken in records. A record inside one chunk comes out as a view;
// only one that spans chunks is copied. Never `buffer = buffer + chunk`, which is quadratic.

export class ByteQueue {
  readonly #chunks: Uint8Array[] = [];
  #first = 0; // chunks before this index are spent
  #offset = 0; // bytes of the first chunk already taken
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next `count` bytes without taking them; undefined if there are fewer. */
  peek(count: number): Uint8Array | undefined {
    if (count > this.#length) return undefined;
    const head = this.#chunks[this.#first];
    if (head && head.length - this.#offset >= count) return head.subarray(this.#offset, this.#offset + count);
    return this.#gather(count);
  }

  /** Takes the next `count` bytes; undefined, and nothing taken, if there are fewer. */
  take(count: number): Uint8Array | undefined {
    const bytes = this.peek(count);
    if (bytes) this.#drop(count);
    return bytes;
  }

  takeAll(): Uint8Array {
    return this.take(this.#length) ?? new Uint8Array(0);
  }

  #gather(count: number): Uint8Array {
    const joined = new Uint8Array(count);
    let at = 0;
    for (let i = this.#first; at < count; i++) {
      const chunk = this.#chunks[i];
      if (!chunk) break;
      const from = i === this.#first ? this.#offset : 0;
      const part = chunk.subarray(from, from + count - at);
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  #drop(count: number): void {
    this.#length -= count;
    let left = count;
    for (;;) {
      const head = this.#chunks[this.#first];
      if (!head || left < head.length - this.#offset) break;
      left -= head.length - this.#offset;
      this.#offset = 0;
      this.#first++;
    }
    this.#offset += left;
    // Compacting at once per drop would be quadratic again; every 64 spent chunks is cheap and bounded.
    if (this.#first === this.#chunks.length || this.#first >= 64) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
