// hmac-sha2-256, hmac-sha2-512 (RFC 6668) and, for old servers, hmac-sha1 (RFC 4253 6.4), each also in the encrypt-then-MAC
// form of OpenSSH (PROTOCOL 1.5), where the MAC covers the ciphertext. The form only changes what a cipher passes in: here
// both are the same HMAC.

import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { writeUint32 } from "../bytes/bytes.ts";
import type { KeyedMac, MacAlgorithm } from "./cipher.ts";
import { BULK_FROM } from "./padding.ts";

/**
 * Data of this many bytes or more goes to Web Crypto. At 1 KiB noble takes 25 us (Chromium) to 50 us (Firefox), about
 * the cost of the promise; at 32 KiB it would be ten times slower.
 */
const NATIVE_FROM = 1024;

const hashes = {
  "SHA-1": { noble: sha1, bytes: 20 },
  "SHA-256": { noble: sha256, bytes: 32 },
  "SHA-512": { noble: sha512, bytes: 64 },
} as const;

type HashName = keyof typeof hashes;

async function keyed(hash: HashName, key: Uint8Array): Promise<KeyedMac> {
  const native = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["sign"]);
  // Holds the key already hashed in; every packet goes on from a clone.
  const keyedHash = hmac.create(hashes[hash].noble, key);
  // Web Crypto takes one array and copies it before it returns, so that one is enough for all packets.
  let joined = new Uint8Array(0);
  return {
    compute(sequence, ...data) {
      const length = data.reduce((sum, part) => sum + part.length, 4);
      if (length < NATIVE_FROM) {
        const number = new Uint8Array(4);
        writeUint32(number, 0, sequence);
        const running = keyedHash.clone().update(number);
        for (const part of data) running.update(part);
        return running.digest();
      }
      if (joined.length < length) joined = new Uint8Array(length);
      writeUint32(joined, 0, sequence);
      let at = 4;
      for (const part of data) {
        joined.set(part, at);
        at += part.length;
      }
      const tag = crypto.subtle.sign("HMAC", native, joined.subarray(0, length));
      if (length < BULK_FROM) joined.fill(0, 0, length);
      return tag.then((bytes) => new Uint8Array(bytes));
    },
  };
}

const algorithm = (name: string, hash: HashName, encryptThenMac: boolean): MacAlgorithm => ({
  name,
  keyBytes: hashes[hash].bytes,
  tagBytes: hashes[hash].bytes,
  encryptThenMac,
  keyed: (key) => keyed(hash, key),
});

export const hmacSha256: MacAlgorithm = algorithm("hmac-sha2-256", "SHA-256", false);
export const hmacSha512: MacAlgorithm = algorithm("hmac-sha2-512", "SHA-512", false);
export const hmacSha256Etm: MacAlgorithm = algorithm("hmac-sha2-256-etm@openssh.com", "SHA-256", true);
export const hmacSha512Etm: MacAlgorithm = algorithm("hmac-sha2-512-etm@openssh.com", "SHA-512", true);
export const hmacSha1: MacAlgorithm = algorithm("hmac-sha1", "SHA-1", false);
export const hmacSha1Etm: MacAlgorithm = algorithm("hmac-sha1-etm@openssh.com", "SHA-1", true);
