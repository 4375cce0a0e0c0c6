// The caller's credential, looked at before anything else in the first frame, and compared in constant time.

import { createHash, timingSafeEqual } from "node:crypto";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Same text? In a time that tells neither where they differ nor how long the wanted one is. */
export function sameSecret(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted));
}

/** The token of a first frame, whatever else is in the frame or wrong with it. */
function tokenIn(frame: string): string {
  try {
    const value: unknown = JSON.parse(frame);
    if (typeof value === "object" && value !== null && "token" in value && typeof value.token === "string")
      return value.token;
  } catch {
    // Not JSON: it holds no token, and the caller hears the same as for a wrong one.
  }
  return "";
}

/** `wanted` undefined: the relay asks for no token. */
export function authorised(frame: string, wanted: string | undefined): boolean {
  return wanted === undefined || sameSecret(tokenIn(frame), wanted);
}
