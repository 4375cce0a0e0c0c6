// Is it a prime? Asked of the modulus that a server chooses for a key exchange (RFC 4419 3).

import type { Random } from "../bytes/random.ts";
import { fromBigEndian } from "../bytes/wire.ts";
import { power } from "./modp.ts";

const SMALL_PRIMES = Array.from({ length: 1000 }, (_, n) => n).filter(
  (n) => n > 1 && !Array.from({ length: Math.floor(Math.sqrt(n)) - 1 }, (_, i) => i + 2).some((d) => n % d === 0),
);

/** Has it a factor below 1000? Five of six odd numbers that are no primes do. For numbers above a million. */
export function hasSmallFactor(n: bigint): boolean {
  return SMALL_PRIMES.some((prime) => n % BigInt(prime) === 0n);
}

/**
 * One round of Miller and Rabin, of an odd number. The base is random: nobody can make a composite that passes more than one
 * time in four, and one that was not made to pass hardly ever does. Takes about the cube of the length: 9 ms at 2048 bits,
 * 55 ms at 4096, 350 ms at 8192.
 */
export function isProbablePrime(n: bigint, random: Random): boolean {
  const minusOne = n - 1n;
  let odd = minusOne;
  let twos = 0;
  for (; (odd & 1n) === 0n; odd >>= 1n) twos++;
  const base = 2n + (fromBigEndian(random(Math.ceil(n.toString(16).length / 2))) % (n - 3n));
  let x = power(base, odd, n);
  if (x === 1n || x === minusOne) return true;
  for (let i = 1; i < twos; i++) {
    x = (x * x) % n;
    if (x === minusOne) return true;
  }
  return false;
}
