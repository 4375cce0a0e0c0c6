// diffie-hellman-group*-sha*: Diffie-Hellman in a group that both sides know by its name (RFC 4253 8, RFC 8268).

import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { protocolError } from "../bytes/errors.ts";
import { message, mpint, string } from "../bytes/message.ts";
import { Writer } from "../bytes/wire.ts";
import type { Hash, KeyExchange, StartExchange } from "./exchange.ts";
import { group1, group14, group16, group18 } from "./groups.ts";
import { type DhGroup, dhPair } from "./modp.ts";

/** RFC 4253 8: SSH_MSG_KEXDH_INIT */
const Init = message(30, { e: mpint });
/** RFC 4253 8: SSH_MSG_KEXDH_REPLY */
const Reply = message(31, { hostKey: string, f: mpint, signature: string });

function dh(group: DhGroup, hash: Hash): StartExchange {
  return ({ random }): KeyExchange => {
    const pair = dhPair(group, random);
    let waiting = true;
    return {
      start: () => Init.encode({ e: pair.publicValue }),
      step(payload) {
        if (!waiting) throw protocolError("a second reply in one key exchange");
        waiting = false;
        const { hostKey, f, signature } = Reply.decode(payload);
        const secret = new Writer().mpint(pair.shared(f)).done();
        const publicValues = [pair.publicValue, f].map((value) => new Writer().mpint(value).done());
        return { done: { hostKey, signature, secret, publicValues, hash } };
      },
    };
  };
}

export const group14Sha256 = dh(group14, sha256);
export const group16Sha512 = dh(group16, sha512);
export const group18Sha512 = dh(group18, sha512);
/** Legacy: SHA-1, and a group that a state can break. */
export const group14Sha1 = dh(group14, sha1);
export const group1Sha1 = dh(group1, sha1);
