// aes128-ctr, aes192-ctr, aes256-ctr (RFC 4344 4).

import { ctr } from "@noble/ciphers/aes.js";
import type { Maybe } from "../bytes/stream.ts";
import type { CipherSuite, DirectionKeys, MacAlgorithm, OpeningCipher, SealingCipher } from "./cipher.ts";
import { advance } from "./counter.ts";
import { BLOCK, openingWith, sealingWith } from "./mac-forms.ts";

/** Packets of this many bytes or more go to Web Crypto, as their MAC does: one promise more or less no longer matters. */
const NATIVE_FROM = 1024;

/** One direction: its key, and a 128-bit counter that is ours; noble and Web Crypto are told it for each packet. */
class Ctr {
  readonly #key: Uint8Array;
  readonly #native: CryptoKey | undefined;
  readonly #counter: Uint8Array;

  constructor(keys: DirectionKeys, native: CryptoKey | undefined) {
    this.#key = keys.key.slice();
    this.#counter = keys.iv.slice(0, BLOCK);
    this.#native = native;
  }

  /** Encrypts or decrypts, which in this mode are the same. The counter moves now. */
  next(data: Uint8Array): () => Maybe<Uint8Array> {
    const counter = this.#counter.slice();
    advance(this.#counter, 0, Math.ceil(data.length / BLOCK));
    return () => this.#apply(counter, data);
  }

  peek(block: Uint8Array): Uint8Array {
    return ctr(this.#key, this.#counter).encrypt(block);
  }

  #apply(counter: Uint8Array, data: Uint8Array): Maybe<Uint8Array> {
    if (!this.#native || data.length < NATIVE_FROM) return ctr(this.#key, counter).encrypt(data);
    const parameters = { name: "AES-CTR", counter, length: 128 };
    return crypto.subtle.encrypt(parameters, this.#native, data).then((bytes) => new Uint8Array(bytes));
  }
}

async function ctrOf(keys: DirectionKeys): Promise<Ctr> {
  // Chromium's Web Crypto refuses 192-bit keys, so that size stays with noble everywhere.
  if (keys.key.length === 24) return new Ctr(keys, undefined);
  return new Ctr(keys, await crypto.subtle.importKey("raw", keys.key, "AES-CTR", false, ["encrypt"]));
}

async function sealing(keys: DirectionKeys, mac: MacAlgorithm | undefined): Promise<SealingCipher> {
  if (!mac) throw new TypeError("AES-CTR needs a MAC");
  const [cipher, keyed] = [await ctrOf(keys), await mac.keyed(keys.mac)];
  return sealingWith((data) => cipher.next(data), keyed, mac);
}

async function opening(keys: DirectionKeys, mac: MacAlgorithm | undefined): Promise<OpeningCipher> {
  if (!mac) throw new TypeError("AES-CTR needs a MAC");
  const [cipher, keyed] = [await ctrOf(keys), await mac.keyed(keys.mac)];
  // Every packet meets another part of the key stream: a replayed block tells nothing of what it held.
  return openingWith({ next: (data) => cipher.next(data), peek: (block) => cipher.peek(block) }, keyed, mac, false);
}

const suite = (name: string, keyBytes: number): CipherSuite => ({
  name,
  keyBytes,
  ivBytes: BLOCK,
  authenticated: false,
  sealing,
  opening,
});

export const aes128Ctr: CipherSuite = suite("aes128-ctr", 16);
export const aes192Ctr: CipherSuite = suite("aes192-ctr", 24);
export const aes256Ctr: CipherSuite = suite("aes256-ctr", 32);
