// Fingerprints that somebody gave along. A pin can refuse every other key; it makes nothing trusted by itself.

import type { Pin } from "./claim.ts";

/** Who gave this key's fingerprint along. */
export function pinnedBy(pins: readonly Pin[], fingerprint: string): Pin["source"] | undefined {
  return pins.find((pin) => pin.fingerprint === fingerprint)?.source;
}

/**
 * Who expects another key than this one. Each source counts for itself: a link that anyone can write must not talk the page
 * around us out of the key that it expects.
 */
export function refusedBy(pins: readonly Pin[], fingerprint: string): Pin["source"] | undefined {
  const agrees = (source: Pin["source"]): boolean =>
    pins.some((pin) => pin.source === source && pin.fingerprint === fingerprint);
  return pins.find(({ source }) => !agrees(source))?.source;
}
