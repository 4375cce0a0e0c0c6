// RFC 8308: what a server tells of itself after its first NEWKEYS.

import { protocolError } from "../bytes/errors.ts";
import { parseNames, Reader } from "../bytes/wire.ts";

/** Real servers send two to five. */
const EXTENSIONS_LIMIT = 64;
const MESSAGES_LIMIT = 2;

export class ExtensionInfo {
  /** From `server-sig-algs`; undefined when the server did not say. */
  signatureAlgorithms: readonly string[] | undefined;
  #messages = 0;

  /** May come as the first packet after NEWKEYS and once more before USERAUTH_SUCCESS (RFC 8308 2.4). */
  receive(payload: Uint8Array): void {
    if (++this.#messages > MESSAGES_LIMIT) throw protocolError("extension information more often than twice");
    const reader = new Reader(payload, 1);
    const count = reader.uint32();
    if (count > EXTENSIONS_LIMIT) throw protocolError("too many extensions");
    for (let i = 0; i < count; i++) {
      const name = reader.text();
      const value = reader.string();
      if (name === "server-sig-algs") this.signatureAlgorithms = parseNames(value); // without a length of its own (RFC 8308 3.1)
    }
    reader.end();
  }
}
