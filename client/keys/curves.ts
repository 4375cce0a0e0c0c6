// The NIST curves of RFC 5656, by the name they have inside SSH.

import { p256, p384, p521 } from "@noble/curves/nist.js";

export type CurveName = "nistp256" | "nistp384" | "nistp521";

export interface Curve {
  /** The name in Web Crypto (JWK, RFC 7518 6.2.1.1). */
  readonly webName: "P-256" | "P-384" | "P-521";
  /** The hash that RFC 5656 6.2.1 binds to the curve. */
  readonly hash: "SHA-256" | "SHA-384" | "SHA-512";
  readonly bits: number;
  /** Length of one coordinate, of the private scalar, and of each half of a signature. */
  readonly bytes: number;
  readonly order: bigint;
  readonly ecdsa: typeof p256;
}

export const CURVES: Readonly<Record<CurveName, Curve>> = {
  nistp256: curve("P-256", "SHA-256", 256, p256),
  nistp384: curve("P-384", "SHA-384", 384, p384),
  nistp521: curve("P-521", "SHA-512", 521, p521),
};

function curve(webName: Curve["webName"], hash: Curve["hash"], bits: number, ecdsa: typeof p256): Curve {
  return { webName, hash, bits, bytes: Math.ceil(bits / 8), order: ecdsa.Point.Fn.ORDER, ecdsa };
}

export function isCurveName(name: string): name is CurveName {
  return Object.hasOwn(CURVES, name);
}

/** An uncompressed point on the curve and not at infinity; compressed ones are not used in SSH (RFC 5656 3.1 allows them). */
export function isPoint({ bytes, ecdsa }: Curve, point: Uint8Array): boolean {
  return point.length === 1 + 2 * bytes && point[0] === 4 && ecdsa.utils.isValidPublicKey(point, false);
}

export function isScalar({ order }: Curve, value: bigint): boolean {
  return value > 0n && value < order;
}

/** The halves of a fixed-width pair: a point without its leading 4, or r and s. */
export function halves(pair: Uint8Array): readonly [Uint8Array, Uint8Array] {
  return [pair.subarray(0, pair.length / 2), pair.subarray(pair.length / 2)];
}
