import { createCipheriv } from "node:crypto";
import { describe, expect, it } from "vitest";
import { concat, toHex } from "../bytes/bytes.ts";
import { fromBigEndian, toBigEndian } from "../bytes/wire.ts";
import { aes128Ctr, aes192Ctr, aes256Ctr } from "./aes-ctr.ts";
import type { CipherSuite } from "./cipher.ts";
import { hmacSha256, hmacSha256Etm } from "./mac.ts";

const hex = (text: string) => toBigEndian(BigInt(`0x${text}`), text.length / 2);
const PLAIN =
  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

/** NIST SP 800-38A F.5, whose plain text stands for a packet. */
const vectors: readonly { suite: CipherSuite; key: string; sealed: string }[] = [
  {
    suite: aes128Ctr,
    key: "2b7e151628aed2a6abf7158809cf4f3c",
    sealed:
      "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
  },
  {
    suite: aes192Ctr,
    key: "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
    sealed:
      "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e941e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050",
  },
  {
    suite: aes256Ctr,
    key: "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
    sealed:
      "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
  },
];

describe("AES-CTR", () => {
  it.each(vectors)(
    "$suite.name seals the published plain text to the published bytes",
    async ({ suite, key, sealed }) => {
      const keys = { key: hex(key), iv: hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), mac: new Uint8Array(32) };
      const cipher = await suite.sealing(keys, hmacSha256);
      const [bytes = new Uint8Array(0)] = await cipher.seal(0, hex(PLAIN));
      expect(toHex(bytes)).toBe(sealed);
    },
  );

  it("reads the length out of the first block as often as it is asked, until the record is opened", async () => {
    const keys = { key: new Uint8Array(16).fill(1), iv: new Uint8Array(16).fill(255), mac: new Uint8Array(32) };
    const sealing = await aes128Ctr.sealing(keys, hmacSha256);
    const opening = await aes128Ctr.opening(keys, hmacSha256);
    for (const length of [28, 44]) {
      const packet = new Uint8Array(4 + length).fill(9);
      packet.set(toBigEndian(BigInt(length), 4));
      const record = concat(...(await sealing.seal(0, packet)));
      expect(opening.length(0, record.subarray(0, 16))).toBe(length);
      expect(opening.length(0, record.subarray(0, 16))).toBe(length);
      await opening.open(0, record);
    }
  });

  it("decrypts nothing before the MAC holds in the encrypt-then-MAC form", async () => {
    const keys = { key: new Uint8Array(16), iv: new Uint8Array(16), mac: new Uint8Array(32) };
    const sealing = await aes128Ctr.sealing(keys, hmacSha256Etm);
    const opening = await aes128Ctr.opening(keys, hmacSha256Etm);
    const packet = concat(toBigEndian(32n, 4), new Uint8Array(32).fill(5));
    const record = concat(...(await sealing.seal(0, packet)));
    const forged = record.slice();
    forged[10] = (forged[10] ?? 0) ^ 1;
    const before = forged.slice();
    expect(() => opening.open(0, forged)).toThrow();
    expect(forged).toEqual(before);
  });

  it.each([
    ["2^32", 2n ** 32n],
    ["2^64", 2n ** 64n],
    ["2^96", 2n ** 96n],
    ["2^128", 2n ** 128n],
  ])("carries its counter over %s as noble and Web Crypto do", async (_name, boundary) => {
    // The boundary falls inside the first packet, between two packets, and inside a packet for Web Crypto.
    for (const [blocksBefore, size] of [
      [1n, 64],
      [4n, 64],
      [1n, 4096],
      [256n, 4096],
    ] as const) {
      const iv = toBigEndian((boundary - blocksBefore) % 2n ** 128n, 16);
      const keys = { key: new Uint8Array(32).fill(3), iv, mac: new Uint8Array(32) };
      const cipher = await aes256Ctr.sealing(keys, hmacSha256);
      const parts: string[] = [];
      for (let i = 0; i < 2; i++) {
        const [bytes = new Uint8Array(0)] = await cipher.seal(0, new Uint8Array(size));
        parts.push(toHex(bytes));
      }
      let expected = "";
      for (let block = 0n; block < BigInt((2 * size) / 16); block++) {
        const counter = (fromBigEndian(iv) + block) % 2n ** 128n;
        expected += blockOf(keys.key, toBigEndian(counter, 16));
      }
      expect(parts.join("")).toBe(expected);
    }
  });

  it("asks for a MAC", async () => {
    const keys = { key: new Uint8Array(16), iv: new Uint8Array(16), mac: new Uint8Array(32) };
    await expect(aes128Ctr.sealing(keys, undefined)).rejects.toThrow(TypeError);
    await expect(aes128Ctr.opening(keys, undefined)).rejects.toThrow(TypeError);
  });
});

function blockOf(key: Uint8Array, block: Uint8Array): string {
  const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  return toHex(cipher.update(block));
}
