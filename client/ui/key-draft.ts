// A private key between the question it was given for and the same question asked again for its passphrase. The worker
// gets a copy with each answer; this one is wiped as soon as the question is anything else. Never a signal, never a string.

/** Larger than any key ssh-keygen writes (RSA 16384 is about 12 KiB); a dropped film is refused before it is read. */
export const KEY_FILE_LIMIT = 64 * 1024;

export class KeyDraft {
  #bytes: Uint8Array | undefined;
  #name = "";

  /** What the person called it: a file name, or our word for a pasted text. */
  get name(): string {
    return this.#name;
  }

  get present(): boolean {
    return this.#bytes !== undefined;
  }

  /** Takes the array over. */
  keep(bytes: Uint8Array, name: string): void {
    this.wipe();
    this.#bytes = bytes;
    this.#name = name;
  }

  /** A fresh copy, to be transferred. */
  copy(): Uint8Array | undefined {
    return this.#bytes?.slice();
  }

  wipe(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
    this.#name = "";
  }

  toJSON(): string {
    return "[hidden]";
  }
}
