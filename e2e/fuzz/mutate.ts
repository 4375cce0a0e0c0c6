// A message made a little wrong: its length fields, its length, its bytes, its number.

import { concat, readUint32, writeUint32 } from "../../client/bytes/bytes.ts";
import type { Choices } from "./choices.ts";

const LENGTHS = [0, 1, 4, 0x7fffffff, 0x80000000, 0xfffffffb, 0xfffffffc, 0xffffffff] as const;

type Mutation = (payload: Uint8Array, choices: Choices) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  // One bit.
  (payload, choices) => {
    const at = choices.below(payload.length);
    payload[at] = (payload[at] ?? 0) ^ (1 << choices.below(8));
    return payload;
  },
  // Cut short.
  (payload, choices) => payload.subarray(0, 1 + choices.below(payload.length)),
  // Bytes behind its end.
  (payload, choices) => concat(payload, choices.bytes(1 + choices.below(8))),
  // What looks like a length says something else.
  (payload, choices) => {
    const places: number[] = [];
    for (let at = 1; at + 4 <= payload.length; at++) {
      if (readUint32(payload, at) <= payload.length - at - 4) places.push(at);
      if (places.length > 32) break;
    }
    if (places.length === 0) return payload;
    const at = choices.pick(places);
    const said = readUint32(payload, at);
    writeUint32(payload, at, choices.pick([...LENGTHS, said + 1, said === 0 ? 0 : said - 1, payload.length]));
    return payload;
  },
  // A piece of it twice.
  (payload, choices) => {
    const from = choices.below(payload.length);
    const to = from + choices.below(Math.min(64, payload.length - from));
    return concat(payload.subarray(0, to), payload.subarray(from));
  },
  // A piece of it missing.
  (payload, choices) => {
    const from = 1 + choices.below(payload.length);
    return concat(payload.subarray(0, from), payload.subarray(from + choices.below(16)));
  },
  // Another message's number.
  (payload, choices) => {
    payload[0] = choices.below(256);
    return payload;
  },
  // Noise.
  (payload, choices) => concat(payload.subarray(0, 1), choices.bytes(choices.below(64))),
];

/** `payload` is consumed. What is returned has at least one byte. */
export function mutate(payload: Uint8Array, choices: Choices): Uint8Array {
  // A good part stays right, so that the engine gets anywhere.
  for (let left = choices.pick([0, 0, 0, 0, 0, 1, 1, 2, 4]); left > 0; left--) {
    payload = choices.pick(MUTATIONS)(payload, choices);
  }
  return payload;
}
