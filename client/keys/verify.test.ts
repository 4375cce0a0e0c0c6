// The signatures come from node:crypto, so that a mistake shared by our two halves cannot hide.

import { constants, createHash, generateKeyPairSync, type KeyObject, privateEncrypt, sign } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { describe, expect, it, vi } from "vitest";
import { concat } from "../bytes/bytes.ts";
import { fromBigEndian, toBigEndian, Writer } from "../bytes/wire.ts";
import { CURVES } from "./curves.ts";
import { type PublicKey, parsePublicKey } from "./public-key.ts";
import { verifySignature } from "./verify.ts";

const DATA = new TextEncoder().encode("the exchange hash");
const number = (text: string | undefined) => fromBigEndian(Buffer.from(text ?? "", "base64url"));
const named = (algorithm: string, signature: Uint8Array) => new Writer().text(algorithm).string(signature).done();
const mpints = (r: bigint, s: bigint) => new Writer().mpint(r).mpint(s).done();

function publicKeyOf(pair: { publicKey: KeyObject }): PublicKey {
  const jwk = pair.publicKey.export({ format: "jwk" });
  const bytes = (text: string | undefined) => Uint8Array.from(Buffer.from(text ?? "", "base64url"));
  const writer = new Writer();
  if (jwk.kty === "OKP") writer.text("ssh-ed25519").string(bytes(jwk.x));
  else if (jwk.kty === "RSA") writer.text("ssh-rsa").mpint(number(jwk.e)).mpint(number(jwk.n));
  else {
    const curve = `nistp${jwk.crv?.slice(2)}`;
    writer.text(`ecdsa-sha2-${curve}`).text(curve);
    writer.string(concat(Uint8Array.of(4), bytes(jwk.x), bytes(jwk.y)));
  }
  return parsePublicKey(writer.done());
}

const edPair = generateKeyPairSync("ed25519");
const rsaPair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ecPairs = {
  nistp256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  nistp384: generateKeyPairSync("ec", { namedCurve: "P-384" }),
  nistp521: generateKeyPairSync("ec", { namedCurve: "P-521" }),
};
const HASHES = { nistp256: "sha256", nistp384: "sha384", nistp521: "sha512" };

const edSignature = (data = DATA) => Uint8Array.from(sign(null, data, edPair.privateKey));
const rsaSignature = (hash: string, data = DATA) => Uint8Array.from(sign(hash, data, rsaPair.privateKey));
function ecSignature(curve: keyof typeof ecPairs, data = DATA): readonly [bigint, bigint] {
  const key = { key: ecPairs[curve].privateKey, dsaEncoding: "ieee-p1363" as const };
  const pair = sign(HASHES[curve], data, key);
  return [fromBigEndian(pair.subarray(0, pair.length / 2)), fromBigEndian(pair.subarray(pair.length / 2))];
}

const ED = publicKeyOf(edPair);
const EC = publicKeyOf(ecPairs.nistp256);
const RSA = publicKeyOf(rsaPair);
const ORDER = p256.Point.Fn.ORDER;

describe("verifySignature accepts", () => {
  it("Ed25519", async () => {
    expect(await verifySignature("ssh-ed25519", ED, named("ssh-ed25519", edSignature()), DATA)).toBe(true);
  });

  it.each(["nistp256", "nistp384", "nistp521"] as const)("ECDSA on %s, whatever the size of r and s", async (curve) => {
    const name = `ecdsa-sha2-${curve}`;
    // About half of all r and s have the high bit set, and need a zero in front.
    for (let i = 0; i < 8; i++) {
      const data = Uint8Array.of(i);
      const blob = named(name, mpints(...ecSignature(curve, data)));
      expect(await verifySignature(name, publicKeyOf(ecPairs[curve]), blob, data)).toBe(true);
    }
  });

  it("ECDSA with either s", async () => {
    const [r, s] = ecSignature("nistp256");
    for (const other of [s, ORDER - s]) {
      const blob = named("ecdsa-sha2-nistp256", mpints(r, other));
      expect(await verifySignature("ecdsa-sha2-nistp256", EC, blob, DATA)).toBe(true);
    }
  });

  it.each([
    ["rsa-sha2-256", "sha256"],
    ["rsa-sha2-512", "sha512"],
  ])("%s", async (name, hash) => {
    expect(await verifySignature(name, RSA, named(name, rsaSignature(hash)), DATA)).toBe(true);
  });

  it("each under the name of its certificate, whose key signs like any other (pitfall 17)", async () => {
    const certified = (name: string) => `${name}-cert-v01@openssh.com`;
    const accepts = (name: string, key: PublicKey, signature: Uint8Array) =>
      verifySignature(certified(name), key, named(name, signature), DATA);
    expect(await accepts("ssh-ed25519", ED, edSignature())).toBe(true);
    expect(await accepts("ecdsa-sha2-nistp256", EC, mpints(...ecSignature("nistp256")))).toBe(true);
    expect(await accepts("rsa-sha2-512", RSA, rsaSignature("sha512"))).toBe(true);
    expect(await accepts("rsa-sha2-256", RSA, rsaSignature("sha512"))).toBe(false);
  });

  it("SHA-1 with RSA, and SHA-2 as before, where old algorithms are allowed", async () => {
    const rules = { legacy: true };
    expect(await verifySignature("ssh-rsa", RSA, named("ssh-rsa", rsaSignature("sha1")), DATA, rules)).toBe(true);
    const sha2 = named("rsa-sha2-512", rsaSignature("sha512"));
    expect(await verifySignature("rsa-sha2-512", RSA, sha2, DATA, rules)).toBe(true);
  });

  it.each(["nistp256", "nistp384", "nistp521"] as const)("ECDSA on %s in a browser without it", async (curve) => {
    const importKey = vi.spyOn(crypto.subtle, "importKey").mockRejectedValue(new Error("NotSupportedError"));
    try {
      const name = `ecdsa-sha2-${curve}`;
      const key = publicKeyOf(ecPairs[curve]);
      const [r, s] = ecSignature(curve);
      expect(await verifySignature(name, key, named(name, mpints(r, s)), DATA)).toBe(true);
      expect(await verifySignature(name, key, named(name, mpints(r, CURVES[curve].order - s)), DATA)).toBe(true);
      expect(await verifySignature(name, key, named(name, mpints(r, s)), Uint8Array.of(1))).toBe(false);
      expect(await verifySignature(name, key, named(name, mpints(s, r)), DATA)).toBe(false);
      expect(importKey).toHaveBeenCalledTimes(4);
    } finally {
      importKey.mockRestore();
    }
  });

  it("RSA whose leading zero bytes the signer dropped", async () => {
    let data = new Uint8Array(4);
    let signature = rsaSignature("sha256", data);
    for (let i = 1; signature[0] !== 0; i++) {
      data = toBigEndian(BigInt(i), 4) as Uint8Array<ArrayBuffer>;
      signature = rsaSignature("sha256", data);
    }
    const blob = named("rsa-sha2-256", signature.subarray(1));
    expect(await verifySignature("rsa-sha2-256", RSA, blob, data)).toBe(true);
  });
});

describe("verifySignature refuses", () => {
  const good = named("ssh-ed25519", edSignature());
  const [r, s] = ecSignature("nistp256");
  const ec = "ecdsa-sha2-nistp256";
  const rsa512 = rsaSignature("sha512");
  const orderOf25519 = 2n ** 252n + 27742317777372353535851937790883648493n;

  /** RFC 8032 8.4: s + L signs the same, and must not. */
  function malleable(): Uint8Array {
    const signature = edSignature();
    const value = fromBigEndian(signature.slice(32).reverse()) + orderOf25519;
    return concat(signature.subarray(0, 32), toBigEndian(value, 32).reverse());
  }

  it.each<readonly [string, string, PublicKey, Uint8Array]>([
    ["an empty blob", "ssh-ed25519", ED, new Uint8Array(0)],
    ["a cut blob", "ssh-ed25519", ED, good.subarray(0, -1)],
    ["a byte after the blob", "ssh-ed25519", ED, concat(good, Uint8Array.of(0))],
    ["a blob with a huge length", "ssh-ed25519", ED, new Uint8Array(8).fill(255)],
    ["the name of another algorithm", "ssh-ed25519", ED, named("ssh-ed448", edSignature())],
    ["a blob of another algorithm than agreed", "rsa-sha2-512", ED, good],
    ["an algorithm we do not have", "ssh-ed448", ED, named("ssh-ed448", edSignature())],
    ["an Ed25519 signature of 63 bytes", "ssh-ed25519", ED, named("ssh-ed25519", edSignature().subarray(1))],
    [
      "an Ed25519 signature of 65 bytes",
      "ssh-ed25519",
      ED,
      named("ssh-ed25519", concat(edSignature(), Uint8Array.of(0))),
    ],
    ["an Ed25519 signature with s above the order", "ssh-ed25519", ED, named("ssh-ed25519", malleable())],
    ["an ECDSA algorithm with an Ed25519 key", ec, ED, named(ec, mpints(r, s))],
    ["the algorithm of another curve", "ecdsa-sha2-nistp384", EC, named("ecdsa-sha2-nistp384", mpints(r, s))],
    ["ECDSA with r = 0", ec, EC, named(ec, mpints(0n, s))],
    ["ECDSA with s = 0", ec, EC, named(ec, mpints(r, 0n))],
    ["ECDSA with r = 0 and s = 0", ec, EC, named(ec, mpints(0n, 0n))],
    ["ECDSA with s past the order", ec, EC, named(ec, mpints(r, s + ORDER))],
    ["ECDSA with r past the order", ec, EC, named(ec, mpints(r + ORDER, s))],
    ["ECDSA with huge numbers", ec, EC, named(ec, mpints(r, 2n ** 5000n))],
    ["ECDSA in fixed width", ec, EC, named(ec, concat(toBigEndian(r, 32), toBigEndian(s, 32)))],
    [
      "ECDSA with a needless zero",
      ec,
      EC,
      named(
        ec,
        new Writer()
          .string(concat(Uint8Array.of(0, 0), toBigEndian(r, 32)))
          .mpint(s)
          .done(),
      ),
    ],
    [
      "ECDSA with a negative s",
      ec,
      EC,
      named(
        ec,
        new Writer()
          .mpint(r)
          .string(toBigEndian(s, 32).fill(255, 0, 1))
          .done(),
      ),
    ],
    ["ECDSA with a byte after s", ec, EC, named(ec, concat(mpints(r, s), Uint8Array.of(0)))],
    ["ECDSA with r and s swapped", ec, EC, named(ec, mpints(s, r))],
    ["the other SHA-2 with RSA", "rsa-sha2-256", RSA, named("rsa-sha2-256", rsa512)],
    ["an rsa-sha2-512 signature where rsa-sha2-256 was agreed", "rsa-sha2-256", RSA, named("rsa-sha2-512", rsa512)],
    ["SHA-1 by its name", "ssh-rsa", RSA, named("ssh-rsa", rsaSignature("sha1"))],
    ["SHA-1 under the name of SHA-2", "rsa-sha2-256", RSA, named("rsa-sha2-256", rsaSignature("sha1"))],
    ["an ssh-rsa signature where SHA-2 was agreed", "rsa-sha2-512", RSA, named("ssh-rsa", rsa512)],
    [
      "an RSA signature with zeros in front",
      "rsa-sha2-512",
      RSA,
      named("rsa-sha2-512", concat(Uint8Array.of(0), rsa512)),
    ],
    ["an empty RSA signature", "rsa-sha2-512", RSA, named("rsa-sha2-512", new Uint8Array(0))],
    ["a name that every object has", "constructor", RSA, named("constructor", rsa512)],
  ])("%s", async (_, algorithm, key, blob) => {
    expect(await verifySignature(algorithm, key, blob, DATA)).toBe(false);
  });

  it("SHA-1 without leave, also in a certificate's name, and what SHA-2 signed under SHA-1's name", async () => {
    const sha1 = named("ssh-rsa", rsaSignature("sha1"));
    for (const name of ["ssh-rsa", "ssh-rsa-cert-v01@openssh.com"]) {
      expect(await verifySignature(name, RSA, sha1, DATA, { legacy: false })).toBe(false);
      expect(await verifySignature(name, RSA, named("ssh-rsa", rsa512), DATA, { legacy: true })).toBe(false);
    }
    expect(await verifySignature("rsa-sha2-256", RSA, sha1, DATA, { legacy: true })).toBe(false); // pitfall 17
  });

  it("a signature under a certificate's name (pitfall 17)", async () => {
    const name = "ssh-ed25519-cert-v01@openssh.com";
    expect(await verifySignature(name, ED, named(name, edSignature()), DATA)).toBe(false);
  });

  it("an RSA signature that is the modulus or more", async () => {
    if (RSA.kind !== "rsa") throw new Error("not RSA");
    const value = fromBigEndian(rsa512);
    for (const other of [0n, RSA.modulus, RSA.modulus + 1n, value + RSA.modulus]) {
      const bytes = toBigEndian(other, 1 + RSA.bits / 8);
      const blob = named("rsa-sha2-512", bytes[0] === 0 ? bytes.subarray(1) : bytes);
      expect(await verifySignature("rsa-sha2-512", RSA, blob, DATA)).toBe(false);
    }
  });

  it("an RSA signature over a hash whose padding was forged (RFC 8017 9.2)", async () => {
    const key = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 });
    const digest = createHash("sha256").update(DATA).digest();
    const prefix = Buffer.from("3031300d060960864801650304020105000420", "hex");
    const encoded = (padding: Buffer, tail: Buffer) => {
      const block = Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), prefix, digest, tail]);
      return Uint8Array.from(privateEncrypt({ key: key.privateKey, padding: constants.RSA_NO_PADDING }, block));
    };
    const rest = 256 - 3 - prefix.length - digest.length;
    const judge = (signature: Uint8Array) =>
      verifySignature("rsa-sha2-256", publicKeyOf(key), named("rsa-sha2-256", signature), DATA);
    expect(await judge(encoded(Buffer.alloc(rest, 255), Buffer.alloc(0)))).toBe(true);
    expect(await judge(encoded(Buffer.alloc(8, 255), Buffer.alloc(rest - 8, 7)))).toBe(false); // Bleichenbacher 2006
    expect(await judge(encoded(Buffer.alloc(rest, 254), Buffer.alloc(0)))).toBe(false);
    expect(await judge(encoded(Buffer.concat([Buffer.alloc(rest - 1, 255), Buffer.from([0])]), Buffer.alloc(0)))).toBe(
      false,
    );
  });

  it("any signature by an Ed25519 key of small order", async () => {
    // With the neutral element as the key, R = the neutral element and s = 0 fit every message.
    const neutral = Uint8Array.of(1, ...new Uint8Array(31));
    const key: PublicKey = {
      kind: "ed25519",
      type: "ssh-ed25519",
      label: "ED25519",
      bits: 256,
      blob: neutral,
      point: neutral,
    };
    const signature = concat(neutral, new Uint8Array(32));
    expect(ed25519.verify(signature, DATA, neutral, { zip215: true })).toBe(true);
    expect(await verifySignature("ssh-ed25519", key, named("ssh-ed25519", signature), DATA)).toBe(false);
  });

  // RFC 8032 7.1, TEST 2, and what may be made of it.
  const RFC = {
    key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    r: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
    s: "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  };
  const plusOrder = (hex: string, times: bigint) => {
    const value = fromBigEndian(Uint8Array.from(Buffer.from(hex, "hex")).reverse()) + times * orderOf25519;
    return Buffer.from(toBigEndian(value, 32).reverse()).toString("hex");
  };
  const smallOrderPoint = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
  it.each([
    ["as it stands", RFC, true],
    ["with s + L", { ...RFC, s: plusOrder(RFC.s, 1n) }, false],
    ["with s + 7 L", { ...RFC, s: plusOrder(RFC.s, 7n) }, false],
    ["with s = 0", { ...RFC, s: "00".repeat(32) }, false],
    ["with s = L", { ...RFC, s: plusOrder("00".repeat(32), 1n) }, false],
    ["with every bit of s set", { ...RFC, s: "ff".repeat(32) }, false],
    ["with R = 0", { ...RFC, r: "00".repeat(32) }, false],
    ["with R of small order", { ...RFC, r: smallOrderPoint }, false],
    ["with the other sign of R", { ...RFC, r: `${RFC.r.slice(0, 62)}5a` }, false],
    ["with a key of small order", { ...RFC, key: smallOrderPoint }, false],
    [
      "with a key of order two and nothing else",
      { key: `ec${"ff".repeat(30)}7f`, r: `01${"00".repeat(31)}`, s: "00".repeat(32) },
      false,
    ],
  ])("the Ed25519 vector of RFC 8032 %s: %#", async (_, { key, r, s: half }, expected) => {
    const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
    const point = bytes(key);
    const shown: PublicKey = { kind: "ed25519", type: "ssh-ed25519", label: "ED25519", bits: 256, blob: point, point };
    const blob = named("ssh-ed25519", bytes(r + half));
    expect(await verifySignature("ssh-ed25519", shown, blob, Uint8Array.of(0x72))).toBe(expected);
  });

  it.each([
    ["ssh-ed25519", ED, good, 3],
    [ec, EC, named(ec, mpints(r, s)), 3],
    ["rsa-sha2-512", RSA, named("rsa-sha2-512", rsa512), 11],
  ])("a %s signature with any bit flipped", async (algorithm, key, blob, step) => {
    for (let bit = 0; bit < blob.length * 8; bit += step) {
      const flipped = blob.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await verifySignature(algorithm, key, flipped, DATA), `bit ${bit}`).toBe(false);
    }
  });

  it.each([
    ["ssh-ed25519", ED, good],
    [ec, EC, named(ec, mpints(r, s))],
    ["rsa-sha2-512", RSA, named("rsa-sha2-512", rsa512)],
  ])("a %s signature over data with any bit flipped", async (algorithm, key, blob) => {
    for (let bit = 0; bit < DATA.length * 8; bit++) {
      const flipped = DATA.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await verifySignature(algorithm, key, blob, flipped), `bit ${bit}`).toBe(false);
    }
  });

  it("a signature of another key of the same type", async () => {
    const other = publicKeyOf(generateKeyPairSync("ed25519"));
    expect(await verifySignature("ssh-ed25519", other, good, DATA)).toBe(false);
  });
});
