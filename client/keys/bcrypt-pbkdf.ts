// bcrypt_pbkdf, the slow hash behind the passphrase of an OpenSSH key (OpenBSD's bcrypt_pbkdf(3)): PBKDF2 with a
// function of bcrypt's kind in the place of HMAC, and with its output bytes dealt out like cards.

import { sha512 } from "@noble/hashes/sha2.js";
import { ascii, concat, writeUint32 } from "../bytes/bytes.ts";
import { aborted } from "../bytes/errors.ts";
import { encryptBlock, expandKey, initialState, words } from "./blowfish.ts";

const HASH_BYTES = 32;
const MAGIC = words(ascii("OxychromaticBlowfishSwatDynamite"));

export interface SlowWork {
  /** Called every few milliseconds of work: resolves when the event loop has had its turn. */
  readonly yieldNow: () => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** Derives `length` bytes. Throws `aborted` when the signal fires; what was derived so far is wiped. */
export async function bcryptPbkdf(
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  length: number,
  { yieldNow, signal }: SlowWork,
): Promise<Uint8Array> {
  const key = new Uint8Array(length);
  const secret = words(sha512(passphrase));
  const blocks = Math.ceil(length / HASH_BYTES);
  try {
    for (let block = 0; block < blocks; block++) {
      const counter = new Uint8Array(4);
      writeUint32(counter, 0, block + 1);
      let hashed = bcryptHash(secret, sha512(concat(salt, counter)));
      const sum = hashed.slice();
      for (let round = 1; round < rounds; round++) {
        await yieldNow();
        if (signal?.aborted) throw aborted(signal.reason);
        hashed = bcryptHash(secret, sha512(hashed));
        for (let i = 0; i < HASH_BYTES; i++) sum[i] = (sum[i] ?? 0) ^ (hashed[i] ?? 0);
      }
      // Not one block after the other: byte i of block b goes to i * blocks + b, so that no part of the key comes cheap.
      for (let i = 0; i * blocks + block < length; i++) key[i * blocks + block] = sum[i] ?? 0;
      sum.fill(0);
      hashed.fill(0);
    }
    return key;
  } catch (error) {
    key.fill(0);
    throw error;
  } finally {
    secret.fill(0);
  }
}

/** 129 key schedules, about 5 ms: the unit of work between two turns of the event loop. */
function bcryptHash(secret: Int32Array, hashedSalt: Uint8Array): Uint8Array<ArrayBuffer> {
  const salt = words(hashedSalt);
  const state = initialState();
  expandKey(state, secret, salt);
  for (let i = 0; i < 64; i++) {
    expandKey(state, salt);
    expandKey(state, secret);
  }
  const text = MAGIC.slice();
  for (let offset = 0; offset < text.length; offset += 2) {
    for (let i = 0; i < 64; i++) encryptBlock(state, text, offset);
  }
  state.fill(0);
  const hash = new Uint8Array(HASH_BYTES);
  const view = new DataView(hash.buffer);
  // Little-endian here, big-endian everywhere else in bcrypt: so it was published.
  text.forEach((word, i) => {
    view.setInt32(4 * i, word, true);
  });
  return hash;
}
