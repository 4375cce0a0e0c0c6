// ecdh-sha2-nistp256, 384 and 521 (RFC 5656 4).

import { p256, p384, p521 } from "@noble/curves/nist.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { protocolError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import { mpintFromBigEndian, Writer } from "../bytes/wire.ts";
import type { Hash, StartExchange } from "./exchange.ts";
import { type Agreement, twoMessageExchange } from "./two-message-exchange.ts";

interface Ecdh {
  readonly curve: typeof p256;
  /** Of one coordinate. */
  readonly bytes: number;
  /** What a scalar is reduced from, modulo the group order: half as long again, for a bias below 2^-64 (FIPS 186-5 A.2.1). */
  readonly seedBytes: number;
  /** RFC 5656 6.2.1 */
  readonly hash: Hash;
}

function ecdh({ curve, bytes, seedBytes, hash }: Ecdh): StartExchange {
  // One byte 4 and both coordinates; compressed points are not used in SSH (RFC 5656 4 allows refusing them).
  const pointBytes = 1 + 2 * bytes;
  const generate = (random: Random): Agreement => {
    const seed = random(seedBytes);
    const secret = curve.utils.randomSecretKey(seed);
    seed.fill(0);
    return {
      publicValue: curve.getPublicKey(secret, false),
      agree(serverPublic) {
        if (serverPublic.length !== pointBytes || serverPublic[0] !== 4)
          throw protocolError("a curve point in the wrong form");
        try {
          // Decoding checks that the point is on the curve; the group has no other subgroup. K is its x coordinate.
          const point = curve.getSharedSecret(secret, serverPublic, false);
          const K = new Writer().string(mpintFromBigEndian(point.subarray(1, 1 + bytes))).done();
          point.fill(0);
          return K;
        } catch {
          throw protocolError("a point that is not on the curve");
        } finally {
          secret.fill(0);
        }
      },
    };
  };
  return twoMessageExchange(hash, generate);
}

export const ecdhNistp256 = ecdh({ curve: p256, bytes: 32, seedBytes: 48, hash: sha256 });
export const ecdhNistp384 = ecdh({ curve: p384, bytes: 48, seedBytes: 72, hash: sha384 });
export const ecdhNistp521 = ecdh({ curve: p521, bytes: 66, seedBytes: 99, hash: sha512 });
