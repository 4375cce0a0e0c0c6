// What the connection protocol needs of the transport below it, and nothing more. Implemented where the engine is wired.

import type { SshError } from "../bytes/errors.ts";

export interface Link {
  /**
   * Sends one payload, which may come in two parts, so that `data` is copied only once. The order on the wire is the order of the calls, awaited or not. Stays pending while the transport
   * can take no more (a rekey, a full stream): that is the backpressure. Rejects once the connection is dead.
   * The link owns the arrays until the promise settles.
   */
  send(payload: Uint8Array, data?: Uint8Array): Promise<void>;
  /** Kills the whole connection with this error. */
  fail(error: SshError): void;
  /** Aborts, with an SshError as its reason, when the connection dies. */
  readonly signal: AbortSignal;
}
