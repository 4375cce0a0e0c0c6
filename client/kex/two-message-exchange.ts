// The shape that all elliptic curve and hybrid methods share: one public value each way (RFC 5656 4, RFC 8731).

import { protocolError } from "../bytes/errors.ts";
import { message, string } from "../bytes/message.ts";
import type { Random } from "../bytes/random.ts";
import { Writer } from "../bytes/wire.ts";
import type { Hash, KeyExchange, StartExchange } from "./exchange.ts";

/** RFC 5656 4: SSH_MSG_KEX_ECDH_INIT, and C_INIT of the hybrids. */
const Init = message(30, { clientPublic: string });
/** RFC 5656 4: SSH_MSG_KEX_ECDH_REPLY, and S_REPLY of the hybrids. */
const Reply = message(31, { hostKey: string, serverPublic: string, signature: string });

export interface Agreement {
  readonly publicValue: Uint8Array;
  /** The shared secret as it is hashed, length in front. Throws a protocol error on a value that is not a valid one. */
  agree(serverPublic: Uint8Array): Uint8Array;
}

/** A fresh pair for each exchange, rekeys included. */
export function twoMessageExchange(hash: Hash, generate: (random: Random) => Agreement): StartExchange {
  return ({ random }): KeyExchange => {
    const agreement = generate(random);
    let waiting = true;
    return {
      start: () => Init.encode({ clientPublic: agreement.publicValue }),
      step(payload) {
        if (!waiting) throw protocolError("a second reply in one key exchange");
        waiting = false;
        const { hostKey, serverPublic, signature } = Reply.decode(payload);
        const secret = agreement.agree(serverPublic);
        const publicValues = [agreement.publicValue, serverPublic].map((value) => new Writer().string(value).done());
        return { done: { hostKey, signature, secret, publicValues, hash } };
      },
    };
  };
}
