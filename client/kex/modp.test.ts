import { createDiffieHellmanGroup } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Random } from "../bytes/random.ts";
import { fromBigEndian } from "../bytes/wire.ts";
import { piFraction } from "../keys/pi.ts";
import { group1, group14, group16, group18 } from "./groups.ts";
import { bitLength, dhPair, power } from "./modp.ts";
import { hasSmallFactor, isProbablePrime } from "./primality.ts";

const random: Random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));

// "The prime is: 2^n - 2^(n-64) - 1 + 2^64 * { [2^(n-130) pi] + c }" (RFC 2409 6.2, RFC 3526 3, 5 and 7)
const GROUPS = [
  { name: "group1", group: group1, bits: 1024, c: 129093n },
  { name: "group14", group: group14, bits: 2048, c: 124476n },
  { name: "group16", group: group16, bits: 4096, c: 240904n },
  { name: "group18", group: group18, bits: 8192, c: 4743158n },
];

describe("the known groups", () => {
  it.each(GROUPS)("$name is made of pi as its RFC says", ({ group, bits, c }) => {
    const two = (exponent: number) => 1n << BigInt(exponent);
    const pi = (3n << BigInt(bits - 130)) + piFraction(bits - 130);
    expect(group.p === two(bits) - two(bits - 64) - 1n + (pi + c) * two(64)).toBe(true);
    expect(group.g).toBe(2n);
    expect(bitLength(group.p)).toBe(bits);
  });
});

describe("power", () => {
  it("is repeated multiplication", () => {
    const number = fc.bigInt({ min: 0n, max: 10n ** 9n });
    fc.assert(
      fc.property(
        number,
        fc.bigInt({ min: 0n, max: 300n }),
        fc.bigInt({ min: 2n, max: 10n ** 9n }),
        (base, exponent, m) => {
          let expected = 1n;
          for (let i = 0n; i < exponent; i++) expected = (expected * base) % m;
          expect(power(base, exponent, m)).toBe(expected % m);
        },
      ),
    );
  });

  it("is OpenSSL's, in a real group", () => {
    const theirs = createDiffieHellmanGroup("modp14");
    theirs.generateKeys();
    const exponent = fromBigEndian(theirs.getPrivateKey());
    expect(power(group14.g, exponent, group14.p) === fromBigEndian(theirs.getPublicKey())).toBe(true);
  });
});

describe("dhPair", () => {
  it("draws 64 bytes, wipes them, and agrees with another pair of the same group", () => {
    const drawn: Uint8Array[] = [];
    const source: Random = (length) => {
      const bytes = random(length);
      drawn.push(bytes);
      return bytes;
    };
    const [ours, theirs] = [dhPair(group14, source), dhPair(group14, source)];
    expect(drawn).toEqual([new Uint8Array(64), new Uint8Array(64)]);
    const [e, f] = [ours.publicValue, theirs.publicValue];
    expect(e).not.toBe(f);
    expect(ours.shared(f) === theirs.shared(e)).toBe(true);
    expect(() => ours.shared(f)).toThrow("second");
  });

  it("refuses a group in which our own value, or K, would be known to all", () => {
    // A generator of two elements.
    const p = 2n ** 127n - 1n;
    expect(() => dhPair({ p, g: p - 1n }, random)).toThrow("nothing stays secret");
    // f has the order 3: in one of three exchanges K is 1.
    const f = power(5n, (p - 1n) / 3n, p);
    let refused = 0;
    for (let exponent = 300; exponent < 303; exponent++) {
      const bytes = Uint8Array.of(exponent >> 8, exponent & 255, ...new Uint8Array(8).fill(0));
      const pair = dhPair({ p, g: 3n }, () => bytes.slice());
      try {
        expect(pair.shared(f)).not.toBe(1n);
      } catch (error) {
        expect(String(error)).toContain("gives no secret");
        refused++;
      }
    }
    expect(refused).toBe(1);
  });
});

describe("primality", () => {
  const primes = [group1.p, group14.p, 2n ** 521n - 1n, 2n ** 127n - 1n, 1_000_003n, (group1.p - 1n) / 2n];
  // A product of two primes, a square, a Carmichael number (Chernick: 6k+1, 12k+1, 18k+1), strong pseudoprimes to base 2.
  const k = 1515n;
  const carmichael = (6n * k + 1n) * (12n * k + 1n) * (18n * k + 1n);
  const composites = [
    (2n ** 127n - 1n) * (2n ** 89n - 1n),
    (2n ** 127n - 1n) ** 2n,
    carmichael,
    1_373_653n,
    25_326_001n,
  ];

  it("every prime passes, each time", () => {
    for (const prime of primes) for (let i = 0; i < 3; i++) expect(isProbablePrime(prime, random)).toBe(true);
    for (const prime of primes) expect(hasSmallFactor(prime)).toBe(false);
  });

  it("a composite passes at most one round in four", () => {
    for (const composite of composites) {
      const passed = Array.from({ length: 200 }, () => isProbablePrime(composite, random)).filter(Boolean).length;
      expect(passed, String(composite)).toBeLessThan(90);
    }
  });

  it("factors below a thousand are found", () => {
    for (const factor of [2n, 3n, 29n, 31n, 961n, 991n, 997n])
      expect(hasSmallFactor(factor * (2n ** 521n - 1n))).toBe(true);
    expect(hasSmallFactor(1009n * 1013n)).toBe(false);
  });

  it("counts bits", () => {
    expect([0n, 1n, 2n, 255n, 256n, 2n ** 8191n].map(bitLength)).toEqual([0, 1, 2, 8, 9, 8192]);
  });
});
