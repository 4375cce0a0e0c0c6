// aes128-gcm@openssh.com, aes256-gcm@openssh.com (RFC 5647, OpenSSH PROTOCOL 1.6): the length field travels in clear as
// additional data, and the 16-byte tag covers it and the packet.

import { readUint32 } from "../bytes/bytes.ts";
import type { Maybe } from "../bytes/stream.ts";
import type { CipherSuite, DirectionKeys, Layout, OpeningCipher, SealingCipher } from "./cipher.ts";
import { advance } from "./counter.ts";
import { notAuthentic } from "./integrity.ts";
import { andThen } from "./maybe.ts";
import { BULK_FROM } from "./padding.ts";
import { ShortGcm } from "./short-gcm.ts";

const layout: Layout = { head: 4, block: 16, lengthAligned: false, tag: 16 };

/**
 * Packets of this many bytes or more go to Web Crypto. Its promise costs 8 us (Chromium) to 80 us (Firefox) whatever the
 * size, our own about 5 us and then 0.05 us a byte: below, keystrokes and their echo stay synchronous.
 */
const NATIVE_FROM = 512;

/** RFC 5647 7.1: 4 fixed bytes, then a 64-bit invocation counter, both out of the derived IV. */
const NONCE_BYTES = 12;
const FIXED_BYTES = 4;

/** One direction: its key, and a nonce for every packet that is taken once and never again. */
class Gcm {
  readonly #short: ShortGcm;
  readonly #native: CryptoKey;
  readonly #nonce: Uint8Array;

  constructor(keys: DirectionKeys, native: CryptoKey) {
    this.#short = new ShortGcm(keys.key);
    this.#nonce = keys.iv.slice(0, NONCE_BYTES);
    this.#native = native;
  }

  encrypt(aad: Uint8Array, plain: Uint8Array): Maybe<Uint8Array> {
    const nonce = this.#takeNonce();
    if (plain.length < NATIVE_FROM) return this.#short.encrypt(nonce, aad, plain);
    return crypto.subtle.encrypt(parameters(nonce, aad), this.#native, plain).then(bytesOf);
  }

  decrypt(aad: Uint8Array, sealed: Uint8Array): Maybe<Uint8Array> {
    const nonce = this.#takeNonce();
    if (sealed.length < NATIVE_FROM) return this.#short.decrypt(nonce, aad, sealed);
    return crypto.subtle.decrypt(parameters(nonce, aad), this.#native, sealed).then(bytesOf, (cause: unknown) => {
      throw notAuthentic(cause);
    });
  }

  // Taken before any promise, so that calls in flight together never share a nonce.
  #takeNonce(): Uint8Array {
    const nonce = this.#nonce.slice();
    advance(this.#nonce, FIXED_BYTES, 1);
    return nonce;
  }
}

const parameters = (iv: Uint8Array, additionalData: Uint8Array): object => ({ name: "AES-GCM", iv, additionalData });
const bytesOf = (buffer: ArrayBuffer): Uint8Array => new Uint8Array(buffer);

async function gcmOf(keys: DirectionKeys, usage: "encrypt" | "decrypt"): Promise<Gcm> {
  return new Gcm(keys, await crypto.subtle.importKey("raw", keys.key, "AES-GCM", false, [usage]));
}

async function sealing(keys: DirectionKeys): Promise<SealingCipher> {
  const cipher = await gcmOf(keys, "encrypt");
  return {
    layout,
    seal(_sequence, packet) {
      const length = packet.slice(0, 4);
      const sealed = cipher.encrypt(length, packet.subarray(4));
      return andThen(sealed, (bytes) => {
        if (packet.length < BULK_FROM) packet.fill(0, 4);
        return [length, bytes];
      });
    },
  };
}

async function opening(keys: DirectionKeys): Promise<OpeningCipher> {
  const cipher = await gcmOf(keys, "decrypt");
  return {
    layout,
    length: (_sequence, head) => readUint32(head, 0),
    open: (_sequence, record) => cipher.decrypt(record.subarray(0, 4), record.subarray(4)),
  };
}

const suite = (name: string, keyBytes: number): CipherSuite => ({
  name,
  keyBytes,
  ivBytes: NONCE_BYTES,
  authenticated: true,
  sealing,
  opening,
});

export const aes128Gcm: CipherSuite = suite("aes128-gcm@openssh.com", 16);
export const aes256Gcm: CipherSuite = suite("aes256-gcm@openssh.com", 32);
