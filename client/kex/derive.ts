// RFC 4253 7.2: six keys out of K, H and the session id.

import { concat } from "../bytes/bytes.ts";
import type { DirectionKeys } from "../framing/cipher.ts";
import type { Hash } from "./exchange.ts";

export interface KeySource {
  readonly hash: Hash;
  /** K, encoded as it entered the hash. */
  readonly secret: Uint8Array;
  readonly exchangeHash: Uint8Array;
  readonly sessionId: Uint8Array;
}

export interface KeyLengths {
  readonly key: number;
  readonly iv: number;
  readonly mac: number;
}

/** RFC 4253 7.2's letters: IV, key, integrity key. */
const LETTERS = { outgoing: ["A", "C", "E"], incoming: ["B", "D", "F"] } as const;

export function deriveKeys(source: KeySource, direction: "outgoing" | "incoming", lengths: KeyLengths): DirectionKeys {
  const [iv, key, mac] = LETTERS[direction];
  return {
    iv: derive(source, iv, lengths.iv),
    key: derive(source, key, lengths.key),
    mac: derive(source, mac, lengths.mac),
  };
}

/** K1 = HASH(K, H, letter, session id); each next block hashes all blocks before it, not only the last. */
export function derive(
  { hash, secret, exchangeHash, sessionId }: KeySource,
  letter: string,
  length: number,
): Uint8Array {
  let key = hash(concat(secret, exchangeHash, Uint8Array.of(letter.charCodeAt(0)), sessionId));
  while (key.length < length) key = concat(key, hash(concat(secret, exchangeHash, key)));
  return key.slice(0, length);
}
