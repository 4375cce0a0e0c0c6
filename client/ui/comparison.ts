// What a person pasted beside what the server showed. Pure.

import { parseFingerprint } from "../keys/fingerprint.ts";

export type Comparison = "nothing" | "unreadable" | "match" | "mismatch";

/** `shown` is canonical: `SHA256:` and 43 characters. A match is of the whole fingerprint, never of a part of it. */
export function compareFingerprint(pasted: string, shown: string): Comparison {
  if (pasted.trim() === "") return "nothing";
  const expected = parseFingerprint(pasted);
  if (expected === undefined) return "unreadable";
  return expected === shown ? "match" : "mismatch";
}
