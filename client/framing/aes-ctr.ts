// aes128-ctr, aes192-ctr, aes256-ctr (RFC 4344 4) with a MAC of their own, in both forms: over the plain packet with its
// length encrypted too (RFC 4253 6.4), or over the ciphertext with its length in clear (OpenSSH PROTOCOL 1.5).

import { ctr } from "@noble/ciphers/aes.js";
import { equal, readUint32 } from "../bytes/bytes.ts";
import type { Maybe } from "../bytes/stream.ts";
import type {
  CipherSuite,
  DirectionKeys,
  KeyedMac,
  Layout,
  MacAlgorithm,
  OpeningCipher,
  SealingCipher,
} from "./cipher.ts";
import { advance } from "./counter.ts";
import { notAuthentic } from "./integrity.ts";
import { andThen, both } from "./maybe.ts";

const BLOCK = 16;

/** Packets of this many bytes or more go to Web Crypto, as their MAC does: one promise more or less no longer matters. */
const NATIVE_FROM = 1024;

const lengthEncrypted = (tag: number): Layout => ({ head: BLOCK, block: BLOCK, lengthAligned: true, tag });
const lengthInClear = (tag: number): Layout => ({ head: 4, block: BLOCK, lengthAligned: false, tag });

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

  /** The counter for the next `length` bytes. Taken before any promise, so that calls in flight together never share one. */
  take(length: number): Uint8Array {
    const counter = this.#counter.slice();
    advance(this.#counter, 0, Math.ceil(length / BLOCK));
    return counter;
  }

  /** Encrypts or decrypts, which in this mode are the same. */
  apply(counter: Uint8Array, data: Uint8Array): Maybe<Uint8Array> {
    if (!this.#native || data.length < NATIVE_FROM) return ctr(this.#key, counter).encrypt(data);
    const parameters = { name: "AES-CTR", counter, length: 128 };
    return crypto.subtle.encrypt(parameters, this.#native, data).then((bytes) => new Uint8Array(bytes));
  }

  /** The next block, decrypted without moving on. */
  peek(block: Uint8Array): Uint8Array {
    return ctr(this.#key, this.#counter).encrypt(block);
  }
}

async function ctrOf(keys: DirectionKeys): Promise<Ctr> {
  // Chromium's Web Crypto refuses 192-bit keys, so that size stays with noble everywhere.
  if (keys.key.length === 24) return new Ctr(keys, undefined);
  return new Ctr(keys, await crypto.subtle.importKey("raw", keys.key, "AES-CTR", false, ["encrypt"]));
}

/** Encrypt-and-MAC: the MAC reads the plain packet, and the length is under the cipher like the rest. */
/** Above this a packet is bulk data. */
const SHORT = 4096;

const plainMacSealing = (cipher: Ctr, mac: KeyedMac, layout: Layout): SealingCipher => ({
  layout,
  seal(sequence, packet) {
    const sealed = cipher.apply(cipher.take(packet.length), packet);
    return both(sealed, mac.compute(sequence, packet), (bytes, tag) => {
      if (packet.length < SHORT && bytes.buffer !== packet.buffer) packet.fill(0); // it may be a password
      return [bytes, tag];
    });
  },
});

const plainMacOpening = (cipher: Ctr, mac: KeyedMac, layout: Layout): OpeningCipher => ({
  layout,
  length: (_sequence, head) => readUint32(cipher.peek(head.subarray(0, BLOCK)), 0),
  open(sequence, record) {
    const end = record.length - layout.tag;
    const opened = cipher.apply(cipher.take(end), record.subarray(0, end));
    return andThen(opened, (packet) =>
      andThen(mac.compute(sequence, packet), (tag) => {
        if (!equal(tag, record.subarray(end))) throw notAuthentic();
        return packet.subarray(4);
      }),
    );
  },
});

/** Encrypt-then-MAC: nothing is decrypted before the MAC over length and ciphertext holds. */
const cipherMacSealing = (cipher: Ctr, mac: KeyedMac, layout: Layout): SealingCipher => ({
  layout,
  seal(sequence, packet) {
    const sealed = cipher.apply(cipher.take(packet.length - 4), packet.subarray(4));
    return andThen(sealed, (bytes) => {
      packet.set(bytes, 4); // behind its own length field, so that the MAC reads both in one piece
      return andThen(mac.compute(sequence, packet), (tag) => [packet, tag]);
    });
  },
});

const cipherMacOpening = (cipher: Ctr, mac: KeyedMac, layout: Layout): OpeningCipher => ({
  layout,
  length: (_sequence, head) => readUint32(head, 0),
  open(sequence, record) {
    const end = record.length - layout.tag;
    const counter = cipher.take(end - 4);
    return andThen(mac.compute(sequence, record.subarray(0, end)), (tag) => {
      if (!equal(tag, record.subarray(end))) throw notAuthentic();
      return cipher.apply(counter, record.subarray(4, end));
    });
  },
});

async function sealing(keys: DirectionKeys, mac: MacAlgorithm | undefined): Promise<SealingCipher> {
  if (!mac) throw new TypeError("AES-CTR needs a MAC");
  const [cipher, keyed] = [await ctrOf(keys), await mac.keyed(keys.mac)];
  return mac.encryptThenMac
    ? cipherMacSealing(cipher, keyed, lengthInClear(mac.tagBytes))
    : plainMacSealing(cipher, keyed, lengthEncrypted(mac.tagBytes));
}

async function opening(keys: DirectionKeys, mac: MacAlgorithm | undefined): Promise<OpeningCipher> {
  if (!mac) throw new TypeError("AES-CTR needs a MAC");
  const [cipher, keyed] = [await ctrOf(keys), await mac.keyed(keys.mac)];
  return mac.encryptThenMac
    ? cipherMacOpening(cipher, keyed, lengthInClear(mac.tagBytes))
    : plainMacOpening(cipher, keyed, lengthEncrypted(mac.tagBytes));
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
