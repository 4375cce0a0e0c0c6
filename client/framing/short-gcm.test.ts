import { ghash } from "@noble/ciphers/_polyval.js";
import { gcm } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, toHex } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { Ghash } from "./ghash.ts";
import { ShortGcm } from "./short-gcm.ts";

const unhex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
const keys = fc.oneof(bytes(16), bytes(32));

describe("GHASH", () => {
  it("is the library's, for every key and any data", () => {
    fc.assert(
      fc.property(bytes(16), bytes(0, 40), bytes(0, 300), (subkey, additional, data) => {
        const padded = (part: Uint8Array) => concat(part, new Uint8Array((16 - (part.length % 16)) % 16));
        const lengths = new Uint8Array(16);
        const view = new DataView(lengths.buffer);
        view.setUint32(4, 8 * additional.length);
        view.setUint32(12, 8 * data.length);
        const expected = ghash(concat(padded(additional), padded(data), lengths), subkey);
        expect(toHex(new Ghash(subkey).digest(additional, data))).toBe(toHex(expected));
      }),
    );
  });
});

describe("AES-GCM of short packets", () => {
  // The GCM specification (McGrew and Viega), test cases 1, 2, 4 and 16.
  it.each([
    ["00000000000000000000000000000000", "000000000000000000000000", "", "", "58e2fccefa7e3061367f1d57a4e7455a"],
    [
      "00000000000000000000000000000000",
      "000000000000000000000000",
      "",
      "00000000000000000000000000000000",
      "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf",
    ],
    [
      "feffe9928665731c6d6a8f9467308308",
      "cafebabefacedbaddecaf888",
      "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47",
    ],
    [
      "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      "cafebabefacedbaddecaf888",
      "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
    ],
  ])("agrees with the specification's vector under %s", (key, nonce, additional, plain, sealed) => {
    const cipher = new ShortGcm(unhex(key));
    expect(toHex(cipher.encrypt(unhex(nonce), unhex(additional), unhex(plain)))).toBe(sealed);
    expect(toHex(cipher.decrypt(unhex(nonce), unhex(additional), unhex(sealed)))).toBe(plain);
  });

  it("is the library's, packet after packet under one key, wherever the bytes begin", () => {
    fc.assert(
      fc.property(keys, bytes(12), bytes(4), bytes(0, 520), fc.nat(3), (key, nonce, additional, plain, offset) => {
        const cipher = new ShortGcm(key);
        const moved = new Uint8Array(plain.length + offset).subarray(offset);
        moved.set(plain);
        for (let round = 0; round < 2; round++) {
          const sealed = cipher.encrypt(nonce, additional, moved);
          expect(toHex(sealed)).toBe(toHex(gcm(key, nonce, additional).encrypt(plain)));
          expect(toHex(cipher.decrypt(nonce, additional, sealed))).toBe(toHex(plain));
        }
        expect(moved).toEqual(plain);
      }),
    );
  });

  it("opens nothing with a bit changed, wherever it is, and nothing too short for a tag", () => {
    const cipher = new ShortGcm(new Uint8Array(16).fill(5));
    const nonce = new Uint8Array(12).fill(1);
    const additional = Uint8Array.of(0, 0, 0, 32);
    const sealed = cipher.encrypt(nonce, additional, new Uint8Array(32).fill(9));
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const changed = sealed.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => cipher.decrypt(nonce, additional, changed)).toThrow(SshError);
    }
    expect(() => cipher.decrypt(nonce, Uint8Array.of(0, 0, 0, 48), sealed)).toThrow(SshError);
    expect(() => cipher.decrypt(nonce, additional, sealed.subarray(0, 15))).toThrow(SshError);
  });
});
