import { expect, it } from "vitest";
import type { Basis } from "../knownhosts/claim.ts";
import { formatRoundTrip } from "./round-trip.ts";
import { cipherName } from "./status-line.tsx";
import { isLasting, trustWords } from "./trust-basis.ts";

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

it.each<[Basis, string, boolean]>([
  [{ kind: "known" }, "known host", true],
  [{ kind: "certified", authority: "SHA256:x" }, "certified host", true],
  [{ kind: "vouched", origin: "https://relay.example" }, "vouched for by https://relay.example", false],
  [{ kind: "asked", saved: true }, "key saved", true],
  [{ kind: "asked", saved: false }, "trusted once", false],
  [{ kind: "new", saved: true }, "new host, saved", false],
  [{ kind: "new", saved: false }, "new host, not saved", false],
])("%j is shown as %s; also where room is short, unless it was decided for good", (basis, words, lasting) =>
  expect([trustWords(basis), isLasting(basis)]).toEqual([words, lasting]),
);
