import { expect, it } from "vitest";
import { formatRoundTrip } from "./round-trip.ts";
import { cipherName } from "./status-line.tsx";

it.each([
  ["aes128-gcm@openssh.com", "implicit", "aes128-gcm"],
  ["chacha20-poly1305@openssh.com", "hmac-sha2-256", "chacha20-poly1305"],
  ["aes256-ctr", "hmac-sha2-256-etm@openssh.com", "aes256-ctr, hmac-sha2-256-etm"],
])("%s with %j is shown as %s", (cipher, mac, shown) => expect(cipherName(cipher, mac)).toBe(shown));

it.each([
  [0.4, "<1 ms"],
  [12.4, "12 ms"],
  [999.4, "999 ms"],
  [999.6, "1.0 s"],
  [12_340, "12.3 s"],
])("a round trip of %d ms is shown as %s", (milliseconds, shown) => expect(formatRoundTrip(milliseconds)).toBe(shown));
