import { generateKeyPairSync } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ascii, concat, toHex } from "../bytes/bytes.ts";
import { fromBigEndian, Reader, Writer } from "../bytes/wire.ts";
import { makeSigner } from "./key-signer.ts";
import type { PrivateKey } from "./private-key.ts";
import { parsePublicKey } from "./public-key.ts";
import { verifySignature } from "./verify.ts";

const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

/** RFC 8032 7.1, test 2. */
const ED = {
  seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
  point: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  message: "72",
  signature:
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
};
/** RFC 6979 A.2.5, "sample" with SHA-256. */
const EC = {
  scalar: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
  x: "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
  y: "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
  r: "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
  s: "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
};

function ed25519Key(): PrivateKey & { kind: "ed25519" } {
  const publicKey = parsePublicKey(new Writer().text("ssh-ed25519").string(fromHex(ED.point)).done());
  if (publicKey.kind !== "ed25519") throw new Error("not Ed25519");
  return { kind: "ed25519", publicKey, seed: fromHex(ED.seed) };
}

function ecdsaKey(): PrivateKey & { kind: "ecdsa" } {
  const point = concat(Uint8Array.of(4), fromHex(EC.x), fromHex(EC.y));
  const publicKey = parsePublicKey(new Writer().text("ecdsa-sha2-nistp256").text("nistp256").string(point).done());
  if (publicKey.kind !== "ecdsa") throw new Error("not ECDSA");
  return { kind: "ecdsa", publicKey, scalar: fromHex(EC.scalar) };
}

function rsaKey(): PrivateKey & { kind: "rsa" } {
  const jwk = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  const number = (text: string | undefined) => fromBigEndian(Buffer.from(text ?? "", "base64url"));
  const publicKey = parsePublicKey(new Writer().text("ssh-rsa").mpint(number(jwk.e)).mpint(number(jwk.n)).done());
  if (publicKey.kind !== "rsa") throw new Error("not RSA");
  const secret = { exponent: number(jwk.d), p: number(jwk.p), q: number(jwk.q), inverse: number(jwk.qi) };
  return { kind: "rsa", publicKey, secret };
}

/** A browser whose Web Crypto knows none of our algorithms. */
function withoutNativeKeys() {
  return vi.spyOn(crypto.subtle, "importKey").mockRejectedValue(new Error("Unrecognized name"));
}
afterEach(() => vi.restoreAllMocks());

const inner = (blob: Uint8Array) => {
  const reader = new Reader(blob);
  reader.text();
  return reader.string();
};

describe.each(["with", "without"])("a signer %s Web Crypto", (native) => {
  it("makes the Ed25519 signature of RFC 8032", async () => {
    if (native === "without") withoutNativeKeys();
    const signer = await makeSigner(ed25519Key(), "");
    const blob = await signer.sign("ssh-ed25519", fromHex(ED.message));
    expect(new Reader(blob).text()).toBe("ssh-ed25519");
    expect(toHex(inner(blob))).toBe(ED.signature);
  });

  it("makes ECDSA signatures that verify, whatever the size of r and s", async () => {
    if (native === "without") withoutNativeKeys();
    const key = ecdsaKey();
    const signer = await makeSigner(key, "");
    for (let i = 0; i < 20; i++) {
      const blob = await signer.sign("ecdsa-sha2-nistp256", Uint8Array.of(i));
      expect(await verifySignature("ecdsa-sha2-nistp256", key.publicKey, blob, Uint8Array.of(i))).toBe(true);
    }
  });

  it("wipes a secret only once it has moved into Web Crypto", async () => {
    if (native === "without") withoutNativeKeys();
    const [ed, ec] = [ed25519Key(), ecdsaKey()];
    await makeSigner(ed, "");
    await makeSigner(ec, "");
    for (const secret of [ed.seed, ec.scalar]) expect(secret.every((byte) => byte === 0)).toBe(native === "with");
  });
});

describe("a signer", () => {
  it("draws its own ECDSA nonces as RFC 6979 says", async () => {
    withoutNativeKeys();
    const signer = await makeSigner(ecdsaKey(), "");
    const reader = new Reader(inner(await signer.sign("ecdsa-sha2-nistp256", ascii("sample"))));
    expect([reader.mpint(), reader.mpint()]).toEqual([BigInt(`0x${EC.r}`), BigInt(`0x${EC.s}`)]);
  });

  it("keeps its native keys where they cannot be taken out", async () => {
    const imported = vi.spyOn(crypto.subtle, "importKey");
    for (const key of [ed25519Key(), ecdsaKey(), rsaKey()]) await makeSigner(key, "");
    const keys = await Promise.all(imported.mock.results.map(({ value }) => value as Promise<CryptoKey>));
    expect(keys.map(({ extractable, usages }) => ({ extractable, usages }))).toEqual(
      Array(4).fill({ extractable: false, usages: ["sign"] }),
    );
  });

  it("of an RSA key offers SHA-512 and SHA-256, and never SHA-1", async () => {
    const key = rsaKey();
    const signer = await makeSigner(key, "");
    expect(signer.algorithms).toEqual(["rsa-sha2-512", "rsa-sha2-256"]);
    expect(signer.keyType).toBe("ssh-rsa");
    for (const algorithm of signer.algorithms) {
      const blob = await signer.sign(algorithm, ascii("data"));
      expect(await verifySignature(algorithm, key.publicKey, blob, ascii("data"))).toBe(true);
    }
    await expect(signer.sign("ssh-rsa", ascii("data"))).rejects.toMatchObject({ code: "unsupported" });
  });

  it("refuses to sign with another algorithm than its own", async () => {
    const signer = await makeSigner(ed25519Key(), "");
    await expect(signer.sign("rsa-sha2-512", ascii("data"))).rejects.toMatchObject({ code: "unsupported" });
  });

  it("says when the browser cannot use an RSA key, and quotes nothing of it", async () => {
    withoutNativeKeys().mockImplementation(async (_format, jwk) => {
      throw new Error(`bad key ${JSON.stringify(jwk)}`);
    });
    const error: unknown = await makeSigner(rsaKey(), "").catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "unsupported", message: expect.stringContaining("2048 bits") });
    expect(error).not.toHaveProperty("cause");
    expect(String(error)).not.toContain("bad key");
  });

  it("agrees with noble about Ed25519 for messages of many lengths", async () => {
    const signer = await makeSigner(ed25519Key(), "");
    for (const length of [0, 1, 63, 64, 65, 1000]) {
      const data = new Uint8Array(length).fill(7);
      const blob = await signer.sign("ssh-ed25519", data);
      expect(toHex(inner(blob))).toBe(toHex(ed25519.sign(data, fromHex(ED.seed))));
    }
  });
});
