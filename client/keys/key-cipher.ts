// The ciphers that an OpenSSH private key file may be locked with. Once per key, and small: the synchronous library
// serves all of them, also those that Web Crypto lacks.

import { poly1305 } from "@noble/ciphers/_poly1305.js";
import { cbc, ctr, gcm } from "@noble/ciphers/aes.js";
import { chacha20orig } from "@noble/ciphers/chacha.js";
import { concat, equal } from "../bytes/bytes.ts";

export interface KeyCipher {
  readonly keyBytes: number;
  readonly ivBytes: number;
  readonly blockBytes: number;
  /** Follows the locked part in the file; 0 where only the check numbers tell a right passphrase from a wrong one. */
  readonly tagBytes: number;
  /** Undefined when the tag does not fit. */
  open(key: Uint8Array, iv: Uint8Array, locked: Uint8Array, tag: Uint8Array): Uint8Array | undefined;
}

export const KEY_CIPHERS: ReadonlyMap<string, KeyCipher> = new Map([
  ["aes256-ctr", aesCtr(32)],
  ["aes192-ctr", aesCtr(24)],
  ["aes128-ctr", aesCtr(16)],
  ["aes256-cbc", aesCbc(32)],
  ["aes192-cbc", aesCbc(24)],
  ["aes128-cbc", aesCbc(16)],
  ["aes256-gcm@openssh.com", aesGcm(32)],
  ["aes128-gcm@openssh.com", aesGcm(16)],
  [
    "chacha20-poly1305@openssh.com",
    { keyBytes: 64, ivBytes: 0, blockBytes: 8, tagBytes: 16, open: openChacha20Poly1305 },
  ],
]);

function aesCtr(keyBytes: number): KeyCipher {
  const open: KeyCipher["open"] = (key, iv, locked) => ctr(key, iv).decrypt(locked);
  return { keyBytes, ivBytes: 16, blockBytes: 16, tagBytes: 0, open };
}

function aesCbc(keyBytes: number): KeyCipher {
  const open: KeyCipher["open"] = (key, iv, locked) => cbc(key, iv, { disablePadding: true }).decrypt(locked);
  return { keyBytes, ivBytes: 16, blockBytes: 16, tagBytes: 0, open };
}

function aesGcm(keyBytes: number): KeyCipher {
  const open: KeyCipher["open"] = (key, iv, locked, tag) => {
    try {
      return gcm(key, iv).decrypt(concat(locked, tag));
    } catch {
      return undefined;
    }
  };
  return { keyBytes, ivBytes: 12, blockBytes: 16, tagBytes: 16, open };
}

/** The construction of the wire with sequence number 0 and no length field: only the first 32 bytes of the key are used. */
function openChacha20Poly1305(key: Uint8Array, _iv: Uint8Array, locked: Uint8Array, tag: Uint8Array) {
  const main = key.subarray(0, 32);
  const nonce = new Uint8Array(8);
  const tagKey = chacha20orig(main, nonce, new Uint8Array(32));
  if (!equal(poly1305(locked, tagKey), tag)) return undefined;
  return chacha20orig(main, nonce, locked, undefined, 1);
}
