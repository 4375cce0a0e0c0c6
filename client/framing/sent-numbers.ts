// Which message was that? An UNIMPLEMENTED names the sequence number of a packet of ours (RFC 4253 11.4); this remembers
// what the last ones were.

/** A power of two, so that the ring stays one where sequence numbers wrap. More than any server has unread of our small packets. */
const REMEMBERED = 1024;

export class SentNumbers {
  readonly #numbers = new Uint8Array(REMEMBERED);
  #next = 0;
  #known = 0;

  note(sequence: number, number: number): void {
    // Strict key exchange starts the count anew: what was sent under the old keys cannot be named any more.
    this.#known = sequence === this.#next ? Math.min(this.#known + 1, REMEMBERED) : 1;
    this.#numbers[sequence % REMEMBERED] = number;
    this.#next = (sequence + 1) >>> 0;
  }

  /** The message number, undefined where it is too long ago or was never sent. */
  numberOf(sequence: number): number | undefined {
    const age = (this.#next - 1 - sequence) >>> 0;
    return age < this.#known ? this.#numbers[sequence % REMEMBERED] : undefined;
  }
}
