// Blowfish (B. Schneier, 1993) as far as bcrypt needs it: the two key schedules and the encryption of one block.
// Not for anything else: a cipher with 64-bit blocks has no place on the wire.

import { toBigEndian } from "../bytes/wire.ts";
import { piFraction } from "./pi.ts";

const SUBKEYS = 18;
const BOXES = 4 * 256;

/** 18 subkeys, then four boxes of 256 words. */
export type BlowfishState = Int32Array<ArrayBuffer>;

let digits: BlowfishState | undefined;

/** A fresh state: the digits of pi, computed at first use. */
export function initialState(): BlowfishState {
  digits ??= words(toBigEndian(piFraction(32 * (SUBKEYS + BOXES)), 4 * (SUBKEYS + BOXES)));
  return digits.slice();
}

/** Bytes as big-endian words; the length is a multiple of four. */
export function words(bytes: Uint8Array): Int32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i));
}

/** The key schedule of Blowfish, with `salt` mixed into every block (bcrypt's variant); without one, Blowfish's own. */
export function expandKey(state: BlowfishState, key: Int32Array, salt?: Int32Array): void {
  for (let i = 0; i < SUBKEYS; i++) state[i] = at(state, i) ^ at(key, i % key.length);
  const block = new Int32Array(2);
  let taken = 0;
  for (let i = 0; i < state.length; i += 2) {
    if (salt !== undefined) {
      block[0] = at(block, 0) ^ at(salt, taken);
      block[1] = at(block, 1) ^ at(salt, taken + 1);
      taken = (taken + 2) % salt.length;
    }
    encryptBlock(state, block, 0);
    state.set(block, i);
  }
}

/** Encrypts the two words at `offset` in place. */
export function encryptBlock(state: BlowfishState, block: Int32Array, offset: number): void {
  let left = at(block, offset) ^ at(state, 0);
  let right = at(block, offset + 1);
  for (let i = 1; i <= 16; i += 2) {
    right ^= mix(state, left) ^ at(state, i);
    left ^= mix(state, right) ^ at(state, i + 1);
  }
  block[offset] = right ^ at(state, 17);
  block[offset + 1] = left;
}

function mix(state: BlowfishState, word: number): number {
  const sum = at(state, SUBKEYS + (word >>> 24)) + at(state, SUBKEYS + 256 + ((word >>> 16) & 255));
  return ((sum ^ at(state, SUBKEYS + 512 + ((word >>> 8) & 255))) + at(state, SUBKEYS + 768 + (word & 255))) | 0;
}

// Every index above is in range by construction; the zero only satisfies the compiler, and costs nothing measurable.
const at = (array: Int32Array, index: number): number => array[index] ?? 0;
