// Every single bit of a recorded connection flipped, and the stream cut at every byte: what must come of it, and what did.

import { readUint32 } from "../../client/bytes/bytes.ts";
import { MSG } from "../../client/framing/numbers.ts";
import { type Recording, type Replayed, replay } from "./recording.ts";

/** True for a byte that neither the exchange hash nor a MAC covers: changing it may go unnoticed, and must do no harm. */
export type Uncovered = (at: number) => boolean;

/**
 * Lines before the version line, and the padding of the packets in the clear: neither is hashed (RFC 4253 4.2 and 8). All
 * else in the clear is in the hash that the host key signs, or is what frames it; behind NEWKEYS every bit has a MAC.
 */
export function uncovered({ pieces }: Recording): Uncovered {
  const bytes = Uint8Array.from(pieces.flatMap((piece) => [...piece.bytes]));
  const ranges: (readonly [from: number, to: number])[] = [];
  const text = new TextDecoder("latin1").decode(bytes);
  const version = text.startsWith("SSH-") ? 0 : text.indexOf("\nSSH-") + 1;
  ranges.push([0, version]);
  for (let at = text.indexOf("\n", version) + 1; at < bytes.length; ) {
    const length = readUint32(bytes, at);
    const end = at + 4 + length;
    ranges.push([end - (bytes[at + 4] ?? 0), end]);
    if (bytes[at + 5] === MSG.NEWKEYS) break;
    at = end;
  }
  return (at) => ranges.some(([from, to]) => at >= from && at < to);
}

export const flipped = (recording: Recording, bit: number): Promise<Replayed> =>
  replay(recording, (bytes, at) => {
    const index = (bit >> 3) - at;
    if (index >= 0 && index < bytes.length) bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit & 7));
    return bytes;
  });

export const truncated = (recording: Recording, length: number): Promise<Replayed> =>
  replay(recording, (bytes, at) => (at + bytes.length <= length ? bytes : bytes.subarray(0, Math.max(0, length - at))));

/** Of CPU, for a whole connection, with what the fuzzer itself needs. */
export const SLOW_REPLAY_MS = 1000;

/** What is wrong with this end of a flipped or cut connection; undefined if nothing is. */
export function wrongWith({ end, cause }: Replayed, harmless: boolean): string | undefined {
  if (end === "works") return harmless ? undefined : "it went on as if nothing had been changed";
  if (end === "changed") return "other output than was sent";
  if (end === "thrown" || end === "internal") return `not an error of ours: ${String(cause)}`;
  return undefined;
}
