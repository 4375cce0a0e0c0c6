// diffie-hellman-group-exchange-sha*: Diffie-Hellman in a group that the server chooses (RFC 4419). What it chooses is
// checked: a server with a bad list of groups would give the session away to whoever listens.

import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { protocolError } from "../bytes/errors.ts";
import { message, mpint, string, uint32 } from "../bytes/message.ts";
import type { Random } from "../bytes/random.ts";
import { Writer } from "../bytes/wire.ts";
import type { ExchangeContext, Hash, KeyExchange, StartExchange } from "./exchange.ts";
import { bitLength, type DhGroup, type DhPair, dhPair } from "./modp.ts";
import { hasSmallFactor, isProbablePrime } from "./primality.ts";

/** RFC 4419 5: SSH_MSG_KEX_DH_GEX_REQUEST, in bits. */
const Request = message(34, { min: uint32, preferred: uint32, max: uint32 });
/** SSH_MSG_KEX_DH_GEX_GROUP */
const Group = message(31, { p: mpint, g: mpint });
/** SSH_MSG_KEX_DH_GEX_INIT */
const Init = message(32, { e: mpint });
/** SSH_MSG_KEX_DH_GEX_REPLY */
const Reply = message(33, { hostKey: string, f: mpint, signature: string });

/** RFC 8270 */
const MIN_BITS = 2048;
/** RFC 4419 3 */
const MAX_BITS = 8192;
/** What is asked for with keys of 128 bits. Above it the test would cost more than the exchange, up to a third of a second. */
const PRIMALITY_BITS = 3072;
/** Cisco's servers cannot do more, and do not say so (met by OpenSSH too). */
const CISCO = /^SSH-[\d.]+-Cisco-1\./;
const CISCO_BITS = 4096;

type State =
  | { readonly at: "group" }
  | { readonly at: "reply"; readonly group: DhGroup; readonly pair: DhPair }
  | { readonly at: "over" };

function groupExchange(hash: Hash): StartExchange {
  return ({ random, strength, serverIdentification }: ExchangeContext): KeyExchange => {
    const wanted = preferredBits(strength);
    const preferred = CISCO.test(serverIdentification) ? Math.min(wanted, CISCO_BITS) : wanted;
    let state: State = { at: "group" };
    return {
      start: () => Request.encode({ min: MIN_BITS, preferred, max: MAX_BITS }),
      step(payload) {
        const was = state;
        state = { at: "over" };
        switch (was.at) {
          case "group": {
            const group = Group.decode(payload);
            check(group, random);
            const pair = dhPair(group, random);
            state = { at: "reply", group, pair };
            return { send: Init.encode({ e: pair.publicValue }) };
          }
          case "reply": {
            const { hostKey, f, signature } = Reply.decode(payload);
            const secret = new Writer().mpint(was.pair.shared(f)).done();
            const { p, g } = was.group;
            const said = new Writer().uint32(MIN_BITS).uint32(preferred).uint32(MAX_BITS);
            for (const value of [p, g, was.pair.publicValue, f]) said.mpint(value);
            return { done: { hostKey, signature, secret, publicValues: [said.done()], hash } };
          }
          case "over":
            throw protocolError("a second reply in one key exchange");
        }
      },
    };
  };
}

/** How long a prime must be so that the group is as strong as the keys (NIST SP 800-57 part 1; OpenSSH asks the same). */
function preferredBits(strength: number): number {
  if (strength <= 112) return 2048;
  if (strength <= 128) return 3072;
  return strength <= 192 ? 7680 : MAX_BITS;
}

function check({ p, g }: DhGroup, random: Random): void {
  const bits = bitLength(p);
  if (bits < MIN_BITS || bits > MAX_BITS)
    throw protocolError("a Diffie-Hellman group of a size that was not asked for");
  if (g <= 1n || g >= p - 1n) throw protocolError("a Diffie-Hellman group with a generator that generates nothing");
  const composite = hasSmallFactor(p) || (bits <= PRIMALITY_BITS && !isProbablePrime(p, random));
  if (composite) throw protocolError("a Diffie-Hellman group whose modulus is not a prime");
}

export const groupExchangeSha256 = groupExchange(sha256);
/** Legacy: SHA-1. */
export const groupExchangeSha1 = groupExchange(sha1);
