// Looks for one name among many hashed ones (`|1|salt|hash`, sshd(8)). Each line has its own salt, so each costs an HMAC-SHA1
// (RFC 2104) of four blocks: what does not depend on the salt is done once, and nothing is allocated for a line.

import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { base64Value } from "../bytes/base64.ts";
import { equal } from "../bytes/bytes.ts";
import { encodeUtf8 } from "../bytes/text.ts";

const [INNER_PAD, OUTER_PAD] = [0x36363636, 0x5c5c5c5c];
const BLOCK_WORDS = 16;
/** Salt and hash are 20 bytes each: 27 characters of base64 and maybe one of padding. */
const WORDS = 5;
const DIGITS = 27;
const [BAR, EQUALS] = [0x7c, 0x3d];
const START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

/** Is it this name that the salt hides? The last word, in constant time. */
export function isHashOf(name: string, salt: Uint8Array, hash: Uint8Array): boolean {
  return equal(hmac(sha1, salt, encodeUtf8(name)), hash);
}

/**
 * Tells of a field that begins at `at` in `text` with `|` whether it may hide `name`: never no where `isHashOf` says yes, and yes
 * by chance once in four thousand million.
 */
export function hashSearch(name: string): (text: string, at: number) => boolean {
  const nameBlocks = paddedBlocks(encodeUtf8(name));
  const schedule = new Int32Array(80);
  const state = new Int32Array(WORDS);
  const salt = new Int32Array(WORDS);

  const padWithSalt = (pad: number): void => {
    for (let i = 0; i < BLOCK_WORDS; i++) schedule[i] = pad ^ (i < WORDS ? (salt[i] ?? 0) : 0);
    for (let i = 0; i < WORDS; i++) state[i] = START[i] ?? 0;
    compress(schedule, state);
  };

  return (text, at) => {
    const saltAt = at + 3; // behind `|1|`
    const saltEnd = saltAt + DIGITS + (text.charCodeAt(saltAt + DIGITS) === EQUALS ? 1 : 0);
    if (text.charCodeAt(saltEnd) !== BAR) return false;
    for (let i = 0; i < WORDS; i++) salt[i] = wordAt(text, saltAt, i);
    padWithSalt(INNER_PAD);
    for (const block of nameBlocks) {
      schedule.set(block);
      compress(schedule, state);
    }
    const [a, b, c, d, e] = [state[0] ?? 0, state[1] ?? 0, state[2] ?? 0, state[3] ?? 0, state[4] ?? 0];
    padWithSalt(OUTER_PAD);
    schedule.fill(0, 0, BLOCK_WORDS);
    schedule[0] = a;
    schedule[1] = b;
    schedule[2] = c;
    schedule[3] = d;
    schedule[4] = e;
    schedule[5] = 0x80000000;
    schedule[15] = (64 + 4 * WORDS) * 8;
    compress(schedule, state);
    return state[0] === wordAt(text, saltEnd + 1, 0);
  };
}

/** The word at `index` of what the base64 at `at` says; anything for what is no base64. */
function wordAt(text: string, at: number, index: number): number {
  const skipped = (32 * index) % 6;
  const first = at + (32 * index - skipped) / 6;
  let word = base64Value(text.charCodeAt(first + 5)) >> (4 - skipped);
  for (let i = 0; i < 5; i++) word |= base64Value(text.charCodeAt(first + i)) << (26 + skipped - 6 * i);
  return word;
}

/** FIPS 180-4 5.1.1, for a message that comes after one block of key. */
function paddedBlocks(message: Uint8Array): readonly Int32Array[] {
  const words = new Int32Array(BLOCK_WORDS * Math.ceil((message.length + 9) / 64));
  for (const [i, byte] of [...message, 0x80].entries())
    words[i >> 2] = (words[i >> 2] ?? 0) | (byte << (24 - 8 * (i & 3)));
  words[words.length - 1] = (64 + message.length) * 8;
  return Array.from({ length: words.length / BLOCK_WORDS }, (_, i) =>
    words.subarray(i * BLOCK_WORDS, (i + 1) * BLOCK_WORDS),
  );
}

/**
 * FIPS 180-4 6.1.2. The block stands in the first 16 words of the schedule. Four flat loops, because one loop that chooses its
 * function each round, or a function for the round, takes three times as long.
 */
function compress(schedule: Int32Array, state: Int32Array): void {
  for (let t = BLOCK_WORDS; t < 80; t++) {
    const mixed = (schedule[t - 3] ?? 0) ^ (schedule[t - 8] ?? 0) ^ (schedule[t - 14] ?? 0) ^ (schedule[t - 16] ?? 0);
    schedule[t] = (mixed << 1) | (mixed >>> 31);
  }
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  let e = state[4] ?? 0;
  for (let t = 0; t < 20; t++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + 0x5a827999 + e + (schedule[t] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let t = 20; t < 40; t++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + 0x6ed9eba1 + e + (schedule[t] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let t = 40; t < 60; t++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) - 0x70e44324 + e + (schedule[t] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let t = 60; t < 80; t++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) - 0x359d3e2a + e + (schedule[t] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
  state[4] = (state[4] ?? 0) + e;
}
