// curve25519-sha256 (RFC 8731), also under its older name.

import { x25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { protocolError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import { mpintFromBigEndian, Writer } from "../bytes/wire.ts";
import { type Agreement, twoMessageExchange } from "./two-message-exchange.ts";

export const X25519_BYTES = 32;

export interface X25519Pair {
  readonly publicValue: Uint8Array;
  /** The raw shared secret. Refuses wrong lengths and the all-zero result (RFC 8731 3). */
  shared(serverPublic: Uint8Array): Uint8Array;
}

export function x25519Pair(random: Random): X25519Pair {
  const secret = random(X25519_BYTES);
  return {
    publicValue: x25519.getPublicKey(secret),
    shared(serverPublic) {
      if (serverPublic.length !== X25519_BYTES) throw protocolError("an X25519 value of the wrong length");
      try {
        return x25519.getSharedSecret(secret, serverPublic);
      } catch {
        throw protocolError("an X25519 value that gives no secret");
      } finally {
        secret.fill(0);
      }
    },
  };
}

function generate(random: Random): Agreement {
  const pair = x25519Pair(random);
  return {
    publicValue: pair.publicValue,
    // Read as a big-endian number (RFC 8731 3.1), whatever the curve calls it: leading zero bytes fall away.
    agree: (serverPublic) => new Writer().string(mpintFromBigEndian(pair.shared(serverPublic))).done(),
  };
}

export const curve25519 = twoMessageExchange(sha256, generate);
