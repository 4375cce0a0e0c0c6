// The signatures come from node:crypto, so that a mistake shared by our two halves cannot hide.

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { describe, expect, it } from "vitest";
import { concat } from "../bytes/bytes.ts";
import { fromBigEndian, toBigEndian, Writer } from "../bytes/wire.ts";
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
  it("Ed25519", () => {
    expect(verifySignature("ssh-ed25519", ED, named("ssh-ed25519", edSignature()), DATA)).toBe(true);
  });

  it.each(["nistp256", "nistp384", "nistp521"] as const)("ECDSA on %s, whatever the size of r and s", (curve) => {
    const name = `ecdsa-sha2-${curve}`;
    // About half of all r and s have the high bit set, and need a zero in front.
    for (let i = 0; i < 8; i++) {
      const data = Uint8Array.of(i);
      const blob = named(name, mpints(...ecSignature(curve, data)));
      expect(verifySignature(name, publicKeyOf(ecPairs[curve]), blob, data)).toBe(true);
    }
  });

  it("ECDSA with either s", () => {
    const [r, s] = ecSignature("nistp256");
    for (const other of [s, ORDER - s]) {
      const blob = named("ecdsa-sha2-nistp256", mpints(r, other));
      expect(verifySignature("ecdsa-sha2-nistp256", EC, blob, DATA)).toBe(true);
    }
  });

  it.each([
    ["rsa-sha2-256", "sha256"],
    ["rsa-sha2-512", "sha512"],
  ])("%s", async (name, hash) => {
    expect(await verifySignature(name, RSA, named(name, rsaSignature(hash)), DATA)).toBe(true);
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

  it("any signature by an Ed25519 key of small order", () => {
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
    expect(verifySignature("ssh-ed25519", key, named("ssh-ed25519", signature), DATA)).toBe(false);
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

  it("a signature of another key of the same type", () => {
    const other = publicKeyOf(generateKeyPairSync("ed25519"));
    expect(verifySignature("ssh-ed25519", other, good, DATA)).toBe(false);
  });
});
