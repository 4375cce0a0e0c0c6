// The picture of a key that ssh-keygen -lv draws: the drunken bishop (D. Loss, T. Limmer, A. von Gernler, 2009).
// A bishop starts in the middle of a chapel and walks diagonally, two bits of the fingerprint a step; walls make him slide.

import { sha256 } from "@noble/hashes/sha2.js";
import { parsePublicKey } from "./public-key.ts";

const WIDTH = 17;
const HEIGHT = 9;
/** By how often a square was visited, then the two marks of the start and the end. */
const MARKS = " .o+=*BOX@%&#/^SE";
const MOST_VISITS = 14;
const START = 15;
const END = 16;

/** Eleven lines, as `ssh-keygen -lv` prints them. Throws as `parsePublicKey` does. */
export function randomart(blob: Uint8Array): string {
  const { label, bits } = parsePublicKey(blob);
  const squares = walk(sha256(blob));
  const lines = [border(`[${label} ${bits}]`)];
  for (let y = 0; y < HEIGHT; y++) {
    const row = squares.subarray(y * WIDTH, (y + 1) * WIDTH);
    lines.push(`|${Array.from(row, (visits) => MARKS[visits]).join("")}|`);
  }
  lines.push(border("[SHA256]"));
  return lines.join("\n");
}

function walk(digest: Uint8Array): Uint8Array {
  const squares = new Uint8Array(WIDTH * HEIGHT);
  let x = (WIDTH - 1) / 2;
  let y = (HEIGHT - 1) / 2;
  const start = y * WIDTH + x;
  for (const byte of digest) {
    for (let shift = 0; shift < 8; shift += 2) {
      x = clamp(x + ((byte >> shift) & 1 ? 1 : -1), WIDTH);
      y = clamp(y + ((byte >> shift) & 2 ? 1 : -1), HEIGHT);
      const square = y * WIDTH + x;
      squares[square] = Math.min((squares[square] ?? 0) + 1, MOST_VISITS);
    }
  }
  squares[start] = START;
  squares[y * WIDTH + x] = END;
  return squares;
}

const clamp = (position: number, size: number): number => Math.max(0, Math.min(position, size - 1));

function border(title: string): string {
  const left = Math.floor((WIDTH - title.length) / 2);
  return `+${("-".repeat(left) + title).padEnd(WIDTH, "-")}+`;
}
