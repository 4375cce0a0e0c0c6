// The NIST curves of RFC 5656, by the name they have inside SSH, with what is needed to judge what a peer sends: a few
// numbers of FIPS 186-4 D.1.2. Nothing here touches a secret; signing and verifying are done elsewhere.

import { fromBigEndian } from "../bytes/wire.ts";

export type CurveName = "nistp256" | "nistp384" | "nistp521";

export interface Curve {
  /** The name in Web Crypto (JWK, RFC 7518 6.2.1.1). */
  readonly webName: "P-256" | "P-384" | "P-521";
  /** The hash that RFC 5656 6.2.1 binds to the curve. */
  readonly hash: "SHA-256" | "SHA-384" | "SHA-512";
  readonly bits: number;
  /** Length of one coordinate, of the private scalar, and of each half of a signature. */
  readonly bytes: number;
  /** The curve is y^2 = x^3 - 3x + b modulo this prime. */
  readonly prime: bigint;
  readonly b: bigint;
  /** Of the group of points; the cofactor is 1, so every point but infinity generates it. */
  readonly order: bigint;
}

export const CURVES: Readonly<Record<CurveName, Curve>> = {
  nistp256: {
    webName: "P-256",
    hash: "SHA-256",
    bits: 256,
    bytes: 32,
    prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  nistp384: {
    webName: "P-384",
    hash: "SHA-384",
    bits: 384,
    bytes: 48,
    prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  nistp521: {
    webName: "P-521",
    hash: "SHA-512",
    bits: 521,
    bytes: 66,
    prime: 2n ** 521n - 1n,
    b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
};

export function isCurveName(name: string): name is CurveName {
  return Object.hasOwn(CURVES, name);
}

/** An uncompressed point on the curve and not at infinity; compressed ones are not used in SSH (RFC 5656 3.1 allows them). */
export function isPoint({ bytes, prime, b }: Curve, point: Uint8Array): boolean {
  if (point.length !== 1 + 2 * bytes || point[0] !== 4) return false;
  const [x, y] = halves(point.subarray(1)).map(fromBigEndian) as [bigint, bigint];
  return x < prime && y < prime && (y * y - (x * x * x - 3n * x + b)) % prime === 0n;
}

export function isScalar({ order }: Curve, value: bigint): boolean {
  return value > 0n && value < order;
}

/** The halves of a fixed-width pair: a point without its leading 4, or r and s. */
export function halves(pair: Uint8Array): readonly [Uint8Array, Uint8Array] {
  return [pair.subarray(0, pair.length / 2), pair.subarray(pair.length / 2)];
}
