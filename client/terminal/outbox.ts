// What the terminal says within one turn of the event loop leaves as one message: a key press at once, and a server's
// burst of ten thousand questions as one array of answers instead of ten thousand messages.

import { concat } from "../bytes/bytes.ts";

export class Outbox {
  readonly #send: (bytes: Uint8Array) => void;
  #parts: Uint8Array[] = [];

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    if (this.#parts.length === 1) queueMicrotask(() => this.flush());
  }

  /** Sends now what is gathered, so that something else can follow it in order. */
  flush(): void {
    if (this.#parts.length === 0) return;
    const bytes = concat(...this.#parts);
    this.#parts = [];
    this.#send(bytes);
  }
}
