// Is this a public key of Ed25519 (RFC 8032 5.1.3)? Judged without the library that verifies, which is loaded only with the
// first signature. Public numbers only.

const PRIME = 2n ** 255n - 19n;
/** -121665 / 121666: the curve is y^2 - x^2 = 1 + d x^2 y^2. */
const D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;

/**
 * Strict: the y coordinate is below the prime, there is an x for it, and zero has no sign. Otherwise one key would have two
 * spellings.
 */
export function isEdwardsPoint(point: Uint8Array): boolean {
  if (point.length !== 32) return false;
  let number = 0n;
  for (let i = 31; i >= 0; i--) number = (number << 8n) | BigInt(point[i] ?? 0);
  const y = number & (2n ** 255n - 1n);
  const isNegative = number !== y;
  if (y >= PRIME) return false;
  const yy = (y * y) % PRIME;
  // x^2 = u / v, and u / v is a square where u v is: v is never zero, because -1/d is no square.
  const u = (yy + PRIME - 1n) % PRIME;
  const v = (D * yy + 1n) % PRIME;
  if (u === 0n) return !isNegative;
  return power((u * v) % PRIME, (PRIME - 1n) / 2n) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % PRIME;
    square = (square * square) % PRIME;
  }
  return result;
}
