// Messages that wait for a key exchange to end (RFC 4253 7.1), in order. Writers feel it as a send that does not resolve
// yet; what does not wait, the answers a server provokes, is bounded here.

import type { SshError } from "../bytes/errors.ts";

const MESSAGES_LIMIT = 4096;
const BYTES_LIMIT = 8 * 1024 * 1024;

interface Held {
  readonly payload: Uint8Array;
  readonly data: Uint8Array | undefined;
  readonly resolve: (sent: Promise<void>) => void;
  readonly reject: (cause: SshError) => void;
}

export class HoldQueue {
  #held: Held[] = [];
  #bytes = 0;

  get full(): boolean {
    return this.#held.length > MESSAGES_LIMIT || this.#bytes > BYTES_LIMIT;
  }

  push(payload: Uint8Array, data?: Uint8Array): Promise<void> {
    this.#bytes += payload.length + (data?.length ?? 0);
    return new Promise((resolve, reject) => this.#held.push({ payload, data, resolve, reject }));
  }

  /** Everything that waited, in order. */
  flush(send: (payload: Uint8Array, data?: Uint8Array) => Promise<void>): void {
    const held = this.#held;
    this.#held = [];
    this.#bytes = 0;
    for (const { payload, data, resolve } of held) resolve(send(payload, data));
  }

  fail(cause: SshError): void {
    const held = this.#held;
    this.#held = [];
    for (const { reject } of held) reject(cause);
  }
}
