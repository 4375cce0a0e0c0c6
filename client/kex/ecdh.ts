// ecdh-sha2-nistp256 (RFC 5656 4).

import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { protocolError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import { mpintFromBigEndian, Writer } from "../bytes/wire.ts";
import { type Agreement, twoMessageExchange } from "./two-message-exchange.ts";

/** One byte 4 and both coordinates; compressed points are not used in SSH (RFC 5656 4 allows refusing them). */
const POINT_BYTES = 65;
/** Reduced modulo the group order with a bias below 2^-64 (FIPS 186-5 A.2.1). */
const SEED_BYTES = 48;

function generate(random: Random): Agreement {
  const secret = p256.utils.randomSecretKey(random(SEED_BYTES));
  return {
    publicValue: p256.getPublicKey(secret, false),
    agree(serverPublic) {
      if (serverPublic.length !== POINT_BYTES || serverPublic[0] !== 4)
        throw protocolError("a curve point in the wrong form");
      try {
        // Decoding checks that the point is on the curve; the group has no other subgroup. K is its x coordinate.
        const x = p256.getSharedSecret(secret, serverPublic, false).subarray(1, 33);
        return new Writer().string(mpintFromBigEndian(x)).done();
      } catch {
        throw protocolError("a point that is not on the curve");
      } finally {
        secret.fill(0);
      }
    },
  };
}

export const ecdhNistp256 = twoMessageExchange(sha256, generate);
