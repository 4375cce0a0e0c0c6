// Streamlined NTRU Prime with p = 761 and q = 4591, a post-quantum key encapsulation ("NTRU Prime: round 3", 2020-10-07;
// RFC 9941 brings it to SSH). No branch, no index and no division here depends on a secret: that is as constant in time as
// JavaScript gets. What is decoded is public.

import { sha512 } from "@noble/hashes/sha2.js";
import { concat } from "../bytes/bytes.ts";
import type { Random } from "../bytes/random.ts";
import { Reader } from "../bytes/wire.ts";

const P = 761;
const Q = 4591;
/** Nonzero coefficients of a short polynomial. */
const WEIGHT = 286;
const HALF_Q = (Q - 1) / 2;
/** Two bits a coefficient. */
const SMALL_BYTES = 191;
const HASH_BYTES = 32;
export const PUBLIC_KEY_BYTES = 1158;
const ROUNDED_BYTES = 1007;
export const CIPHERTEXT_BYTES = ROUNDED_BYTES + HASH_BYTES;
const SECRET_KEY_BYTES = 2 * SMALL_BYTES + PUBLIC_KEY_BYTES + SMALL_BYTES + HASH_BYTES;

/** How many values each encoded number can have: all residues, and a third of them after rounding. */
const RESIDUES: readonly number[] = new Array(P).fill(Q);
const ROUNDED: readonly number[] = new Array(P).fill((Q + 2) / 3);

/** Coefficients from x^0 up, each the representative next to zero. A small one has only -1, 0 and 1. */
type Polynomial = Float64Array;

export interface KeyPair {
  readonly publicKey: Uint8Array;
  /** f and 1/g, the public key, what stands in for a message that cannot be read, and the public key's hash. */
  readonly secretKey: Uint8Array;
}

export function keygen(random: Random): KeyPair {
  let g: Polynomial;
  let inverse: Polynomial | undefined;
  do {
    g = smallPolynomial(random);
    inverse = reciprocal(g, 3);
  } while (inverse === undefined);
  const f = shortPolynomial(random);
  const tripled = f.map((x) => 3 * x);
  const divisor = reciprocal(tripled, Q);
  // Modulo q the ring is a field, and f is not zero.
  if (divisor === undefined) throw new RangeError("no inverse in a field");
  const publicKey = encode(multiply(divisor, g, Q).map((x) => x + HALF_Q));
  const secretKey = concat(packSmall(f), packSmall(inverse), publicKey, random(SMALL_BYTES), hash(4, publicKey));
  for (const secret of [f, tripled, g, inverse, divisor]) secret.fill(0);
  return { publicKey, secretKey };
}

export function encapsulate(
  publicKey: Uint8Array,
  random: Random,
): { readonly cipherText: Uint8Array; readonly sharedSecret: Uint8Array } {
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new RangeError("a public key of the wrong length");
  const r = shortPolynomial(random);
  const cipherText = hide(r, publicKey, hash(4, publicKey));
  return { cipherText, sharedSecret: hash(1, hash(3, packSmall(r)), cipherText) };
}

/** Answers whatever it is given: a ciphertext that was not made for this key yields a secret that nobody else knows. */
export function decapsulate(cipherText: Uint8Array, secretKey: Uint8Array): Uint8Array {
  if (cipherText.length !== CIPHERTEXT_BYTES || secretKey.length !== SECRET_KEY_BYTES)
    throw new RangeError("a ciphertext or a key of the wrong length");
  const parts = new Reader(secretKey);
  const [f, inverse] = [unpackSmall(parts.bytes(SMALL_BYTES)), unpackSmall(parts.bytes(SMALL_BYTES))];
  const publicKey = parts.bytes(PUBLIC_KEY_BYTES);
  const substitute = parts.bytes(SMALL_BYTES);
  const publicHash = parts.bytes(HASH_BYTES);

  const rounded = Float64Array.from(decode(cipherText, ROUNDED), (x) => 3 * x - HALF_Q);
  const r = reveal(rounded, f, inverse);
  const again = hide(r, publicKey, publicHash);
  let difference = 0;
  for (let i = 0; i < CIPHERTEXT_BYTES; i++) difference |= at(again, i) ^ at(cipherText, i);
  const wrong = isNonzero(difference);
  const message = packSmall(r);
  for (let i = 0; i < SMALL_BYTES; i++) message[i] = at(message, i) ^ (-wrong & (at(message, i) ^ at(substitute, i)));
  const secret = hash(1 - wrong, hash(3, message), cipherText);
  for (const used of [f, inverse, r]) used.fill(0);
  message.fill(0);
  return secret;
}

/** h r, each coefficient rounded to a multiple of three, and a hash by which the other side knows r again. */
function hide(r: Polynomial, publicKey: Uint8Array, publicHash: Uint8Array): Uint8Array {
  const h = Float64Array.from(decode(publicKey, RESIDUES), (x) => x - HALF_Q);
  // 10923 / 2^15 is a third, exact for what is here.
  const thirds = multiply(h, r, Q).map((x) => ((x - centered(x, 3) + HALF_Q) * 10923) >> 15);
  return concat(encode(thirds, ROUNDED), hash(2, hash(3, packSmall(r)), publicHash));
}

/** The short r of a ciphertext; a fixed short polynomial where there is none. */
function reveal(rounded: Polynomial, f: Polynomial, inverse: Polynomial): Polynomial {
  const e = multiply(rounded, f, Q).map((x) => centered(centered(3 * x, Q), 3));
  const r = multiply(e, inverse, 3);
  let weight = 0;
  for (const x of r) weight += x * x;
  const wrong = isNonzero(weight - WEIGHT);
  return r.map((x, i) => x + wrong * ((i < WEIGHT ? 1 : 0) - x));
}

function hash(prefix: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha512(concat(Uint8Array.of(prefix), ...parts)).subarray(0, HASH_BYTES);
}

// The rings: integers modulo 3 or q, and over them polynomials modulo x^761 - x - 1.

/** 1.5 times 2^52. A small number plus this minus this is rounded to an integer, without a branch. */
const ROUNDING = 6755399441055744;

/** Exact below 2^40 in magnitude: an odd modulus never leaves a quotient halfway between two integers. */
function centered(x: number, modulus: number): number {
  return x - modulus * (x * (1 / modulus) + ROUNDING - ROUNDING);
}

/** 1 or 0, of an integer of at most 31 bits. */
function isNonzero(x: number): number {
  return (x | -x) >>> 31;
}

function multiply(a: Polynomial, b: Polynomial, modulus: number): Polynomial {
  const product = new Float64Array(2 * P - 1);
  for (let i = 0; i < P; i++) {
    const x = coefficient(a, i);
    for (let j = 0; j < P; j++) product[i + j] = coefficient(product, i + j) + x * coefficient(b, j);
  }
  // x^761 = x + 1
  for (let i = 2 * P - 2; i >= P; i--) {
    product[i - P] = coefficient(product, i - P) + coefficient(product, i);
    product[i - P + 1] = coefficient(product, i - P + 1) + coefficient(product, i);
  }
  return product.slice(0, P).map((x) => centered(x, modulus));
}

/**
 * 1/a, or undefined where there is none. By division steps (Bernstein and Yang, "Fast constant-time gcd computation and
 * modular inversion", 2019, section 5), always as many as the worst polynomial needs: of f = x^761 - x - 1 and g = a, highest
 * coefficients first, one becomes a constant. What was done to them is done to v = 0 and r = 1 too, which makes v the inverse.
 */
function reciprocal(a: Polynomial, modulus: number): Polynomial | undefined {
  const steps = 2 * P - 1;
  // From index 1 up: what falls off the lower end at a step is zero.
  const f = new Float64Array(P + 2);
  f[1] = 1;
  f[P] = -1;
  f[P + 1] = -1;
  const g = new Float64Array(P + 2);
  for (let i = 0; i < P; i++) g[i + 1] = coefficient(a, P - 1 - i);
  const v = new Float64Array(steps + 1);
  const r = new Float64Array(steps + 1);
  r[steps] = 1;
  let delta = 1;
  for (let step = 0; step < steps; step++) {
    const f0 = coefficient(f, 1);
    const g0 = coefficient(g, 1);
    const swap = (-delta >>> 31) & isNonzero(g0);
    const sign = 1 - 2 * swap;
    delta = sign * delta + 1;
    // Only what can still come down to the lower end, and only what can have been reached from the upper one.
    divisionStep(f, g, 1, Math.min(P + 1, steps - step), sign * f0, sign * g0, swap, modulus);
    divisionStep(v, r, steps - step, Math.min(steps, steps + 1 - step + P), sign * f0, sign * g0, swap, modulus);
  }
  if (delta !== 0) return undefined;
  let scale = 1;
  for (let i = 0; i < modulus - 2; i++) scale = centered(scale * coefficient(f, 1), modulus);
  return v
    .slice(1, P + 1)
    .map((x) => centered(scale * x, modulus))
    .reverse();
}

/** a, b = swap ? b : a, (timesA b - timesB a) / x, between two indices. */
function divisionStep(
  a: Polynomial,
  b: Polynomial,
  from: number,
  to: number,
  timesA: number,
  timesB: number,
  swap: number,
  modulus: number,
): void {
  for (let i = from; i <= to; i++) {
    const ai = coefficient(a, i);
    const bi = coefficient(b, i);
    b[i - 1] = centered(timesA * bi - timesB * ai, modulus);
    a[i] = ai + swap * (bi - ai);
  }
  b[to] = 0;
}

// Every index is in range by construction; the zero only satisfies the compiler. Apart from `at`, for speed: an engine
// compiles what has seen one kind of array far better.
function coefficient(polynomial: Polynomial, index: number): number {
  return polynomial[index] ?? 0;
}

// Random polynomials.

function randomWords(random: Random): Int32Array {
  const bytes = random(4 * P);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = Int32Array.from({ length: P }, (_, i) => view.getInt32(4 * i, true));
  bytes.fill(0);
  return words;
}

/** Each coefficient by itself, with a bias below 2^-28. */
function smallPolynomial(random: Random): Polynomial {
  return polynomialOf(randomWords(random), (word) => (((word & 0x3fffffff) * 3) >>> 30) - 1);
}

/** 286 signs and 475 zeros in an order that is drawn: the two lowest bits of random words that are then sorted. */
function shortPolynomial(random: Random): Polynomial {
  const words = randomWords(random);
  for (let i = 0; i < P; i++) words[i] = i < WEIGHT ? at(words, i) & -2 : (at(words, i) & -3) | 1;
  sort(words);
  return polynomialOf(words, (word) => (word & 3) - 1);
}

/** The words are wiped. */
function polynomialOf(words: Int32Array, coefficientOf: (word: number) => number): Polynomial {
  const polynomial = Float64Array.from(words, coefficientOf);
  words.fill(0);
  return polynomial;
}

/** As unsigned numbers. Merge exchange (Knuth, 5.2.2, Algorithm M): what is compared depends on the length alone. */
function sort(words: Int32Array): void {
  const top = 1 << (31 - Math.clz32(words.length - 1));
  for (let p = top; p > 0; p >>= 1) {
    for (let q = top, r = 0, d = p; ; d = q - p, q >>= 1, r = p) {
      for (let i = 0; i < words.length - d; i++) if ((i & p) === r) order(words, i, i + d);
      if (q === p) break;
    }
  }
}

function order(words: Int32Array, low: number, high: number): void {
  const [a, b] = [at(words, low), at(words, high)];
  // The borrow of b - a.
  const less = ((~b & a) | ((~b | a) & (b - a))) >>> 31;
  const swap = (a ^ b) & -less;
  words[low] = a ^ swap;
  words[high] = b ^ swap;
}

// Bytes.

/** Four coefficients a byte, the first in the lowest bits. */
function packSmall(small: Polynomial): Uint8Array {
  const bytes = new Uint8Array(SMALL_BYTES);
  for (let i = 0; i < P; i++) bytes[i >> 2] = at(bytes, i >> 2) | ((at(small, i) + 1) << (2 * (i & 3)));
  return bytes;
}

function unpackSmall(bytes: Uint8Array): Polynomial {
  return Float64Array.from({ length: P }, (_, i) => ((at(bytes, i >> 2) >> (2 * (i & 3))) & 3) - 1);
}

/** Numbers are merged by pairs until one is left; whole bytes leave while the bound of a number has more than 14 bits. */
const MERGED_BOUND = 1 << 14;

function encode(values: ArrayLike<number>, bounds: readonly number[] = RESIDUES): Uint8Array {
  const bytes: number[] = [];
  const shed = (value: number, bound: number, limit: number): readonly [value: number, bound: number] => {
    for (; bound >= limit; bound = (bound + 255) >> 8, value >>= 8) bytes.push(value & 255);
    return [value, bound];
  };
  let numbers = Array.from({ length: bounds.length }, (_, i) => [at(values, i), at(bounds, i)] as const);
  while (numbers.length > 1) {
    const merged: typeof numbers = [];
    for (let i = 0; i < numbers.length; i += 2) {
      const [low = [0, 1], high] = [numbers[i], numbers[i + 1]];
      merged.push(high ? shed(low[0] + high[0] * low[1], low[1] * high[1], MERGED_BOUND) : low);
    }
    numbers = merged;
  }
  for (const [value, bound] of numbers) shed(value, bound, 2);
  return Uint8Array.from(bytes);
}

/** Reads any bytes: numbers at or beyond their bounds are reduced. */
function decode(bytes: Uint8Array, bounds: readonly number[]): number[] {
  let taken = 0;
  const gather = (bound: number, limit: number) => {
    let [low, scale] = [0, 1];
    for (; bound >= limit; bound = (bound + 255) >> 8, scale *= 256) low += scale * at(bytes, taken++);
    return { bound, low, scale };
  };
  if (bounds.length === 1) return [gather(at(bounds, 0), 2).low % at(bounds, 0)];
  const pairs = Array.from({ length: bounds.length >> 1 }, (_, i) =>
    gather(at(bounds, 2 * i) * at(bounds, 2 * i + 1), MERGED_BOUND),
  );
  const rest = bounds.slice(2 * pairs.length);
  const high = decode(bytes.subarray(taken), [...pairs.map(({ bound }) => bound), ...rest]);
  const values = pairs.flatMap(({ low, scale }, i) => {
    const value = low + scale * at(high, i);
    const bound = at(bounds, 2 * i);
    return [value % bound, Math.floor(value / bound) % at(bounds, 2 * i + 1)];
  });
  return [...values, ...high.slice(pairs.length)];
}

// Every index above is in range by construction, or reads public bytes that may be short; the zero satisfies the compiler.
function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? 0;
}
