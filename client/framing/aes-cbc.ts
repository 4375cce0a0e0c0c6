// aes128-cbc, aes192-cbc, aes256-cbc (RFC 4253 6.3): only for servers that have nothing better. All packets of a direction are
// one chain; the last block of each is the IV of the next. Web Crypto always pads, so this stays with noble.

import { cbc } from "@noble/ciphers/aes.js";
import type { CipherSuite, DirectionKeys, MacAlgorithm, OpeningCipher, SealingCipher } from "./cipher.ts";
import { BLOCK, type Deciphering, openingWith, sealingWith, type Transformation } from "./mac-forms.ts";

/** SSH pads by itself. */
const UNPADDED = { disablePadding: true };

function enciphering(keys: DirectionKeys): Transformation {
  const key = keys.key.slice();
  let iv = keys.iv.slice(0, BLOCK);
  return (data) => {
    const bytes = cbc(key, iv, UNPADDED).encrypt(data);
    iv = bytes.slice(-BLOCK);
    return () => bytes;
  };
}

function deciphering(keys: DirectionKeys): Deciphering {
  const key = keys.key.slice();
  let iv = keys.iv.slice(0, BLOCK);
  return {
    next(data) {
      const before = iv;
      iv = data.slice(-BLOCK);
      return () => cbc(key, before, UNPADDED).decrypt(data);
    },
    peek: (block) => cbc(key, iv, UNPADDED).decrypt(block),
  };
}

async function sealing(keys: DirectionKeys, mac: MacAlgorithm | undefined): Promise<SealingCipher> {
  if (!mac) throw new TypeError("AES-CBC needs a MAC");
  return sealingWith(enciphering(keys), await mac.keyed(keys.mac), mac);
}

async function opening(keys: DirectionKeys, mac: MacAlgorithm | undefined): Promise<OpeningCipher> {
  if (!mac) throw new TypeError("AES-CBC needs a MAC");
  return openingWith(deciphering(keys), await mac.keyed(keys.mac), mac, true);
}

const suite = (name: string, keyBytes: number): CipherSuite => ({
  name,
  keyBytes,
  ivBytes: BLOCK,
  authenticated: false,
  sealing,
  opening,
});

export const aes128Cbc: CipherSuite = suite("aes128-cbc", 16);
export const aes192Cbc: CipherSuite = suite("aes192-cbc", 24);
export const aes256Cbc: CipherSuite = suite("aes256-cbc", 32);
