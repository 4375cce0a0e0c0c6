// Answers that the server provokes and nobody here waits for: UNIMPLEMENTED and PONG. A server that asks without reading
// would make them pile up in the stream, so what it has not taken yet is bounded (CVE-2025-26466).

import { protocolError } from "../bytes/errors.ts";

const MESSAGES_LIMIT = 1024;
const BYTES_LIMIT = 1024 * 1024;

export class Answers {
  readonly #send: (payload: Uint8Array) => Promise<void>;
  #messages = 0;
  #bytes = 0;

  /** `send` resolves when the stream has room again. */
  constructor(send: (payload: Uint8Array) => Promise<void>) {
    this.#send = send;
  }

  /** Throws a protocol error when there are too many that were not taken. */
  post(payload: Uint8Array): void {
    const { length } = payload;
    if (this.#messages >= MESSAGES_LIMIT || this.#bytes + length > BYTES_LIMIT)
      throw protocolError("it makes us answer without end and does not read our answers");
    this.#messages++;
    this.#bytes += length;
    const taken = () => {
      this.#messages--;
      this.#bytes -= length;
    };
    this.#send(payload).then(taken, taken);
  }
}
