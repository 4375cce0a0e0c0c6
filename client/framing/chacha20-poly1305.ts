// chacha20-poly1305@openssh.com (OpenSSH PROTOCOL.chacha20poly1305): two ChaCha20 instances with a 64-bit nonce, the
// packet's sequence number. One hides the length field, the other the packet; Poly1305 covers both ciphertexts.
// This is not the AEAD of RFC 8439, so no Web Crypto can do it; everything here is synchronous.

import { chacha20orig } from "@noble/ciphers/chacha.js";
import { equal, readUint32, writeUint32 } from "../bytes/bytes.ts";
import type { CipherSuite, DirectionKeys, Layout, OpeningCipher, SealingCipher } from "./cipher.ts";
import { notAuthentic } from "./integrity.ts";
import { BULK_FROM } from "./padding.ts";
import { poly1305 } from "./poly1305.ts";

const KEY_BYTES = 32;
const TAG_BYTES = 16;
const layout: Layout = { head: 4, block: 8, lengthAligned: false, tag: TAG_BYTES };

/** One direction. No counter to keep: the sequence number is the nonce, and never repeats under one key. */
class ChaChaPoly {
  readonly #packetKey: Uint8Array;
  readonly #lengthKey: Uint8Array;
  // Scratch of one call, kept because a packet every few microseconds would otherwise be mostly garbage.
  readonly #nonce = new Uint8Array(8);
  readonly #tagKey = new Uint8Array(KEY_BYTES);

  constructor(keys: DirectionKeys) {
    this.#packetKey = keys.key.slice(0, KEY_BYTES);
    this.#lengthKey = keys.key.slice(KEY_BYTES, 2 * KEY_BYTES);
  }

  /** The four length bytes, hidden or shown. `output` may be `bytes` itself. */
  applyToLength(sequence: number, bytes: Uint8Array, output: Uint8Array): void {
    chacha20orig(this.#lengthKey, this.#nonceOf(sequence), bytes, output);
  }

  /** The packet behind the length. Block 0 of its key stream is the Poly1305 key, so the packet starts at 1. */
  applyToPacket(sequence: number, packet: Uint8Array, output: Uint8Array): void {
    chacha20orig(this.#packetKey, this.#nonceOf(sequence), packet, output, 1);
  }

  /** Over the ciphertext of length and packet. */
  tag(sequence: number, sealed: Uint8Array): Uint8Array {
    this.#tagKey.fill(0);
    chacha20orig(this.#packetKey, this.#nonceOf(sequence), this.#tagKey, this.#tagKey);
    return poly1305(this.#tagKey, sealed);
  }

  #nonceOf(sequence: number): Uint8Array {
    writeUint32(this.#nonce, 4, sequence);
    return this.#nonce;
  }
}

function sealing(keys: DirectionKeys): SealingCipher {
  const cipher = new ChaChaPoly(keys);
  return {
    layout,
    seal(sequence, packet) {
      const sealed = new Uint8Array(packet.length);
      cipher.applyToLength(sequence, packet.subarray(0, 4), sealed.subarray(0, 4));
      cipher.applyToPacket(sequence, packet.subarray(4), sealed.subarray(4));
      if (packet.length < BULK_FROM) packet.fill(0);
      return [sealed, cipher.tag(sequence, sealed)];
    },
  };
}

function opening(keys: DirectionKeys): OpeningCipher {
  const cipher = new ChaChaPoly(keys);
  const clear = new Uint8Array(4);
  return {
    layout,
    length(sequence, head) {
      cipher.applyToLength(sequence, head.subarray(0, 4), clear);
      return readUint32(clear, 0);
    },
    open(sequence, record) {
      const sealed = record.subarray(0, record.length - TAG_BYTES);
      if (!equal(cipher.tag(sequence, sealed), record.subarray(sealed.length))) throw notAuthentic();
      const packet = sealed.slice(4); // aligned memory is worth the copy: noble takes a quarter less time on it
      cipher.applyToPacket(sequence, packet, packet);
      return packet;
    },
  };
}

export const chaCha20Poly1305: CipherSuite = {
  name: "chacha20-poly1305@openssh.com",
  keyBytes: 2 * KEY_BYTES,
  ivBytes: 0,
  authenticated: true,
  sealing,
  opening,
};
