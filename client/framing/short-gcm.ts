// AES-GCM of short packets, at once (NIST SP 800-38D 7): what follows from the key alone is computed once for the key.

import { unsafe } from "@noble/ciphers/aes.js";
import { equal } from "../bytes/bytes.ts";
import { Ghash } from "./ghash.ts";
import { notAuthentic } from "./integrity.ts";

const BLOCK = 16;
const TAG = 16;

export class ShortGcm {
  readonly #roundKeys: Uint32Array;
  readonly #ghash: Ghash;

  /** `key` of 16 or 32 bytes. */
  constructor(key: Uint8Array) {
    this.#roundKeys = unsafe.expandKeyLE(key.slice());
    const zeros = new Uint8Array(BLOCK);
    this.#ghash = new Ghash(this.#encipher(zeros.slice(), zeros));
  }

  /** Ciphertext and tag, in one array. `nonce` of 12 bytes, never used before under this key. */
  encrypt(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array): Uint8Array {
    const counter = firstCounter(nonce);
    const mask = this.#encipher(counter, new Uint8Array(BLOCK));
    const sealed = new Uint8Array(plain.length + TAG);
    sealed.set(this.#encipher(counter, plain));
    sealed.set(this.#tag(mask, additional, sealed.subarray(0, plain.length)), plain.length);
    return sealed;
  }

  /** The plaintext. Throws `integrity` before anything is deciphered. */
  decrypt(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array): Uint8Array {
    const end = sealed.length - TAG;
    if (end < 0) throw notAuthentic();
    const counter = firstCounter(nonce);
    const mask = this.#encipher(counter, new Uint8Array(BLOCK));
    const tag = this.#tag(mask, additional, sealed.subarray(0, end));
    if (!equal(tag, sealed.subarray(end))) throw notAuthentic();
    return this.#encipher(counter, sealed.subarray(0, end));
  }

  /** Counter mode. Moves `counter` on by as many blocks as `bytes` has. */
  #encipher(counter: Uint8Array, bytes: Uint8Array): Uint8Array {
    // The library reads words, so bytes that do not begin at one are moved.
    return unsafe.ctr32(this.#roundKeys, false, counter, bytes.byteOffset % 4 === 0 ? bytes : bytes.slice());
  }

  #tag(mask: Uint8Array, additional: Uint8Array, sealed: Uint8Array): Uint8Array {
    const tag = this.#ghash.digest(additional, sealed);
    for (let i = 0; i < TAG; i++) tag[i] = (tag[i] ?? 0) ^ (mask[i] ?? 0);
    return tag;
  }
}

/** SP 800-38D 7.1: a nonce of 12 bytes, and a counter that begins at 1 with the tag's mask. */
function firstCounter(nonce: Uint8Array): Uint8Array {
  const counter = new Uint8Array(BLOCK);
  counter.set(nonce);
  counter[BLOCK - 1] = 1;
  return counter;
}
