import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testdataFor } from "../../e2e/testdata.ts";
import { toBase64 } from "../bytes/base64.ts";
import { concat } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { toBigEndian, Writer } from "../bytes/wire.ts";
import { CURVES } from "./curves.ts";
import { isEdwardsPoint } from "./edwards25519.ts";
import { type KeyRules, parsePublicKey, parsePublicKeyLine } from "./public-key.ts";

const secret = (length: number) => new Uint8Array(length).fill(1);
const ED_POINT = ed25519.getPublicKey(secret(32));
const POINT = p256.getPublicKey(secret(32), false);
const ed = (point: Uint8Array) => new Writer().text("ssh-ed25519").string(point).done();
const ec = (type: string, curve: string, point: Uint8Array) => new Writer().text(type).text(curve).string(point).done();
const rsa = (exponent: bigint, modulus: bigint) => new Writer().text("ssh-rsa").mpint(exponent).mpint(modulus).done();
/** Odd, with exactly this many bits. */
const modulus = (bits: number) => 2n ** BigInt(bits - 1) + 12_345n;

const ED = ed(ED_POINT);
const EC = ec("ecdsa-sha2-nistp256", "nistp256", POINT);
const RSA = rsa(65_537n, modulus(2048));

const flipped = (bytes: Uint8Array, bit: number) => {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

describe("parsePublicKey", () => {
  it.each([
    ["Ed25519", ED, { kind: "ed25519", type: "ssh-ed25519", label: "ED25519", bits: 256, point: ED_POINT }],
    ["ECDSA", EC, { kind: "ecdsa", type: "ecdsa-sha2-nistp256", label: "ECDSA", bits: 256, curve: "nistp256" }],
    [
      "ECDSA P-384",
      ec("ecdsa-sha2-nistp384", "nistp384", p384.getPublicKey(secret(48), false)),
      { kind: "ecdsa", type: "ecdsa-sha2-nistp384", bits: 384 },
    ],
    [
      "ECDSA P-521",
      ec("ecdsa-sha2-nistp521", "nistp521", p521.getPublicKey(p521.utils.randomSecretKey(), false)),
      { kind: "ecdsa", type: "ecdsa-sha2-nistp521", bits: 521 },
    ],
    ["RSA", RSA, { kind: "rsa", type: "ssh-rsa", label: "RSA", bits: 2048, modulus: modulus(2048), exponent: 65_537n }],
    ["RSA of an odd size", rsa(3n, modulus(2055)), { bits: 2055, exponent: 3n }],
    ["the largest RSA", rsa(2n ** 32n - 1n, modulus(16_384)), { bits: 16_384 }],
  ])("reads %s", (_, blob, expected) => {
    expect(parsePublicKey(blob)).toMatchObject({ ...expected, blob });
  });

  it("keeps its own copy of the blob", () => {
    const blob = ED.slice();
    const key = parsePublicKey(blob);
    blob.fill(0);
    expect(key.blob).toEqual(ED);
    expect(key).toMatchObject({ point: ED_POINT });
  });

  const prime = 2n ** 255n - 19n;
  const littleEndian = (value: bigint) =>
    Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
  it.each([
    ["nothing", new Uint8Array(0)],
    ["half a length", new Uint8Array(2)],
    ["a length of 4 GiB", concat(new Uint8Array(4).fill(255), ED)],
    ["a byte after an Ed25519 key", concat(ED, Uint8Array.of(0))],
    ["a byte after an ECDSA key", concat(EC, Uint8Array.of(0))],
    ["a byte after an RSA key", concat(RSA, Uint8Array.of(0))],
    ["an Ed25519 point of 31 bytes", ed(ED_POINT.subarray(1))],
    ["an Ed25519 point of 33 bytes", ed(concat(ED_POINT, Uint8Array.of(0)))],
    ["an Ed25519 point off the curve", ed(littleEndian(2n))],
    ["an Ed25519 point that is not canonical", ed(littleEndian(prime + 1n))],
    ["an ECDSA key that names two curves", ec("ecdsa-sha2-nistp256", "nistp384", POINT)],
    ["an ECDSA point of another curve", ec("ecdsa-sha2-nistp384", "nistp384", POINT)],
    ["an ECDSA point off the curve", ec("ecdsa-sha2-nistp256", "nistp256", flipped(POINT, 8 * 64))],
    ["a compressed ECDSA point", ec("ecdsa-sha2-nistp256", "nistp256", p256.getPublicKey(secret(32), true))],
    ["the ECDSA point at infinity", ec("ecdsa-sha2-nistp256", "nistp256", Uint8Array.of(0))],
    ["a hybrid ECDSA point", ec("ecdsa-sha2-nistp256", "nistp256", concat(Uint8Array.of(6), POINT.subarray(1)))],
    ["an even RSA modulus", rsa(65_537n, modulus(2048) + 1n)],
    ["an even RSA exponent", rsa(65_536n, modulus(2048))],
    ["an RSA exponent of 1", rsa(1n, modulus(2048))],
    ["an RSA exponent of 0", rsa(0n, modulus(2048))],
    ["a huge RSA exponent", rsa(2n ** 32n + 1n, modulus(2048))],
    ["an RSA modulus of 0", rsa(3n, 0n)],
    [
      "an RSA exponent with a needless zero",
      new Writer().text("ssh-rsa").string(Uint8Array.of(0, 3)).mpint(modulus(2048)).done(),
    ],
    ["a negative RSA exponent", new Writer().text("ssh-rsa").string(Uint8Array.of(0x83)).mpint(modulus(2048)).done()],
    ["an RSA key that is megabytes long", rsa(3n, modulus(100_000))],
  ])("refuses %s", (_, blob) => {
    expect(() => parsePublicKey(blob)).toThrow(expect.objectContaining({ code: "key-format" }));
  });

  it.each([
    ["RSA of 1024 bits", rsa(65_537n, modulus(1024)), "1024 bits"],
    ["RSA of 2047 bits", rsa(65_537n, modulus(2047)), "2047 bits"],
    ["RSA of 16385 bits", rsa(65_537n, modulus(16_385)), "16385 bits"],
    ["DSA", new Writer().text("ssh-dss").mpint(5n).done(), "not supported"],
    ["a curve we do not have", ec("ecdsa-sha2-nistk163", "nistk163", POINT), "not supported"],
    ["a name that every object has", ec("ecdsa-sha2-constructor", "constructor", POINT), "not supported"],
    ["a certificate", new Writer().text("ssh-ed25519-cert-v01@openssh.com").string(ED).done(), "not supported"],
  ])("does not support %s, and says so", (_, blob, words) => {
    const refusal = { code: "unsupported", message: expect.stringContaining(words) };
    expect(() => parsePublicKey(blob)).toThrow(expect.objectContaining(refusal));
  });

  it("reads RSA of 1024 to 2047 bits where old algorithms are allowed, and nothing shorter", () => {
    const legacy = { legacy: true };
    for (const bits of [1024, 2047]) expect(parsePublicKey(rsa(65_537n, modulus(bits)), legacy).bits).toBe(bits);
    for (const bits of [1023, 16_385])
      expect(() => parsePublicKey(rsa(65_537n, modulus(bits)), legacy)).toThrow(`${bits} bits`);
  });

  it("names the switch that would let a host's short key in, where there is one", () => {
    const refused = (bits: number, rules: KeyRules) => {
      try {
        return String(parsePublicKey(rsa(65_537n, modulus(bits)), rules));
      } catch (error) {
        return error instanceof SshError ? error.message : "";
      }
    };
    expect(refused(1024, { legacy: false })).toContain("allow old algorithms for this host under Options");
    expect(refused(1023, { legacy: false })).not.toContain("Options"); // it would not help
    expect(refused(1024, {})).not.toContain("Options"); // a person's own key has no such switch
  });

  it.each([
    ["nistp256", p256],
    ["nistp384", p384],
    ["nistp521", p521],
  ] as const)("judges points on %s as the library does", (curve, { Point, getPublicKey, utils }) => {
    const bytes = Math.ceil(CURVES[curve].bits / 8);
    expect(CURVES[curve]).toMatchObject({ order: Point.Fn.ORDER, prime: Point.Fp.ORDER, b: Point.CURVE().b, bytes });
    const parses = (point: Uint8Array) => {
      try {
        return parsePublicKey(ec(`ecdsa-sha2-${curve}`, curve, point)).bits > 0;
      } catch {
        return false;
      }
    };
    for (let i = 0; i < 10; i++) {
      const point = getPublicKey(utils.randomSecretKey(), false);
      expect(parses(point)).toBe(true);
      for (let bit = 8 + i; bit < point.length * 8; bit += 97) {
        const other = flipped(point, bit);
        expect([parses(other), `bit ${bit}`]).toEqual([utils.isValidPublicKey(other, false), `bit ${bit}`]);
      }
    }
    // The same point with a coordinate written as itself plus the prime, where that fits.
    const y = CURVES[curve].prime;
    const zeroes = concat(Uint8Array.of(4), toBigEndian(0n, bytes), toBigEndian(y, bytes));
    expect(parses(zeroes)).toBe(false);
  });

  it("judges Ed25519 points as the library does", () => {
    const judges = (point: Uint8Array) => [isEdwardsPoint(point), ed25519.utils.isValidPublicKey(point, false)];
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (point) => {
        const [ours, theirs] = judges(point);
        expect(ours).toBe(theirs);
      }),
    );
    const near = Array.from({ length: 60 }, (_, i) => BigInt(i - 30));
    for (const y of [...near.filter((value) => value >= 0n), ...near.map((value) => prime + value)]) {
      for (const sign of [0n, 2n ** 255n]) {
        const [ours, theirs] = judges(littleEndian(y + sign));
        expect([y, sign, ours]).toEqual([y, sign, theirs]);
      }
    }
    expect(judges(ED_POINT)).toEqual([true, true]);
    expect(isEdwardsPoint(ED_POINT.subarray(1))).toBe(false);
  });

  it("shows an unknown type as a cleaned quotation, never in our own sentence", () => {
    const blob = new Writer().text(`\u001b[31mevil\u202e${"x".repeat(500)}`).done();
    try {
      parsePublicKey(blob);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof SshError)) throw error;
      expect(error.message).not.toContain("evil");
      expect(error.quoted).toMatch(/^\ufffd\[31mevil\ufffdx{10,60}\u2026$/);
    }
  });

  it.each([
    ["Ed25519", ED],
    ["ECDSA", EC],
    ["RSA", RSA],
  ])("any flipped bit or cut of an %s key is refused or makes another key", (_, blob) => {
    const original = parsePublicKey(blob);
    const refusedOrOther = (bytes: Uint8Array) => {
      try {
        expect(parsePublicKey(bytes)).not.toEqual(original);
      } catch (error) {
        if (!(error instanceof SshError)) throw error;
        expect(["key-format", "unsupported"]).toContain(error.code);
      }
    };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: blob.length * 8 - 1 }), (bit) => refusedOrOther(flipped(blob, bit))),
      { numRuns: 200 },
    );
    for (let length = 0; length < blob.length; length++) {
      expect(() => parsePublicKey(blob.subarray(0, length))).toThrow(SshError);
    }
  });

  it("throws nothing but an SshError on noise", () => {
    const noise = fc.uint8Array({ maxLength: 300 });
    const type = fc.constantFrom("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256");
    fc.assert(
      fc.property(type, noise, (name, bytes) => {
        expect(() => parsePublicKey(new Writer().text(name).bytes(bytes).done())).toThrow(SshError);
      }),
    );
  });
});

describe("parsePublicKeyLine", () => {
  const line = `ssh-ed25519 ${toBase64(ED)}`;
  it.each([
    ["without a comment", line, ""],
    ["with a comment of several words", `${line} ann at home`, "ann at home"],
    ["with tabs, CRLF and space around it", `\t${line.replace(" ", "\t")} ann \r\n`, "ann"],
    ["with a hostile comment", `${line} a\u001b]0;x\u0007\u202eb`, "a\ufffd]0;x\ufffd\ufffdb"],
  ])("reads a line %s", (_, text, comment) => {
    expect(parsePublicKeyLine(text)).toEqual({ key: parsePublicKey(ED), comment });
  });

  it.each([
    ["nothing", ""],
    ["a type only", "ssh-ed25519"],
    ["base64 only", toBase64(ED)],
    ["two lines", `${line}\n${line}`],
    ["base64 that is broken", `${line.slice(0, -1)}!`],
    ["another type in front", line.replace("ssh-ed25519", "ssh-rsa")],
    ["a line that never ends", `${line} ${"x".repeat(20_000)}`],
  ])("refuses %s", (_, text) => {
    expect(() => parsePublicKeyLine(text)).toThrow(expect.objectContaining({ code: "key-format" }));
  });

  const folder = testdataFor("public keys of OpenSSH's test suite");
  if (folder) {
    const keys = join(folder, "openssh-known-hosts");
    const names = readdirSync(keys).filter((name) => /^(ecdsa|ed25519|rsa)_\d\.pub$/.test(name));
    it.each(names)("reads OpenSSH's own %s, or says which size is too small", (name) => {
      const text = readFileSync(join(keys, name), "utf8");
      try {
        expect(text).toContain(toBase64(parsePublicKeyLine(text).key.blob));
      } catch (error) {
        expect(error).toMatchObject({ code: "unsupported", message: expect.stringMatching(/RSA key has 1024 bits/) });
      }
    });
    it("all of them were found", () => expect(names.length).toBe(18));
  }
});
