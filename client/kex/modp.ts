// Diffie-Hellman in the numbers modulo a prime (RFC 4253 8). BigInt is not constant in time and cannot be wiped: each
// exponent serves one exchange and is dropped with it, so that nobody can time it twice.

import { protocolError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import { fromBigEndian } from "../bytes/wire.ts";

export interface DhGroup {
  readonly p: bigint;
  readonly g: bigint;
}

export interface DhPair {
  /** g^x mod p */
  readonly publicValue: bigint;
  /** K. Refuses values from which it could be guessed. Once: the exponent is gone then. */
  shared(theirs: bigint): bigint;
}

/** Twice the bits of the longest key that is derived from K: shorter would be the weakest part, longer costs time only. */
const EXPONENT_BYTES = 64;

export function dhPair({ p, g }: DhGroup, random: Random): DhPair {
  const bytes = random(EXPONENT_BYTES);
  let exponent: bigint | undefined = fromBigEndian(bytes);
  bytes.fill(0);
  const publicValue = power(g, exponent, p);
  if (!isPublicValue(publicValue, p)) throw protocolError("a Diffie-Hellman group in which nothing stays secret");
  return {
    publicValue,
    shared(theirs) {
      if (exponent === undefined) throw protocolError("a second Diffie-Hellman value in one key exchange");
      if (!isPublicValue(theirs, p)) throw protocolError("a Diffie-Hellman value that gives no secret");
      const secret = power(theirs, exponent, p);
      exponent = undefined;
      // Only in a group that is not what it seems.
      if (secret <= 1n || secret >= p - 1n) throw protocolError("a Diffie-Hellman value that gives no secret");
      return secret;
    },
  };
}

/** Neither 0, 1, p-1 nor beyond (RFC 4253 8), nor with so few bits set that its logarithm can be read off, as OpenSSH asks. */
function isPublicValue(value: bigint, p: bigint): boolean {
  if (value <= 1n || value >= p - 1n) return false;
  let rest = value;
  for (let removed = 0; removed < 3; removed++) rest &= rest - 1n;
  return rest > 0n;
}

const WINDOW_BITS = 5n;
const WINDOW_MASK = (1n << WINDOW_BITS) - 1n;

/** base^exponent mod modulus, five bits of the exponent at a time. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const powers = [1n];
  for (let i = 0; i < Number(WINDOW_MASK); i++) powers.push(((powers[i] ?? 1n) * base) % modulus);
  const digits: number[] = [];
  for (let rest = exponent; rest > 0n; rest >>= WINDOW_BITS) digits.push(Number(rest & WINDOW_MASK));
  let result = 1n;
  for (const digit of digits.reverse()) {
    for (let i = 0; i < Number(WINDOW_BITS); i++) result = (result * result) % modulus;
    result = (result * (powers[digit] ?? 1n)) % modulus;
  }
  return result;
}

export function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
