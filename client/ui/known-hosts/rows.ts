// The known hosts as rows of a list: one for each line that is an entry, of every scope. What costs time (a fingerprint) is worked
// out when a row is looked at.

import { cleanLine } from "../../bytes/text.ts";
import { fingerprint } from "../../keys/fingerprint.ts";
import type { KeySource, Sighting } from "../../knownhosts/claim.ts";
import { keyLabel } from "../../knownhosts/describe.ts";
import { bareLine, type Entry, parseKnownHosts } from "../../knownhosts/file.ts";
import { isLiteral } from "../../knownhosts/names.ts";

const NAMES_SHOWN = 500;
const COMMENT_SHOWN = 500;

export interface Row {
  readonly scope: string;
  /** The line as it stands, without its ending. */
  readonly text: string;
  readonly entry: Entry;
  /** Cleaned and bounded; "hidden name" for a hash. */
  readonly names: string;
  /** "ED25519", as ssh-keygen names it. */
  readonly keyType: string;
}

export function rowsOf(scope: string, text: string): readonly Row[] {
  return parseKnownHosts(text).flatMap((line): Row[] => {
    if (line.kind === "other") return [];
    const { entry } = line;
    return [
      {
        scope,
        text: bareLine(line.text),
        entry,
        names:
          entry.names.kind === "hashed" ? "hidden name" : cleanLine(entry.hosts.replaceAll(",", ", "), NAMES_SHOWN),
        keyType: keyLabel(entry.keyType),
      },
    ];
  });
}

const fingerprints = new WeakMap<Entry, string>();

export function fingerprintOf({ entry }: Row): string {
  let known = fingerprints.get(entry);
  if (known === undefined) {
    known = fingerprint(entry.keyBlob);
    fingerprints.set(entry, known);
  }
  return known;
}

/** The first twelve digits, in groups: enough to find a key, and never enough to trust one. */
export function shortFingerprint(row: Row): string {
  const digits = fingerprintOf(row).slice("SHA256:".length);
  return `SHA256:${digits.slice(0, 4)} ${digits.slice(4, 8)} ${digits.slice(8, 12)}…`;
}

/** A word for what the line is, where it is no host's own key. */
export function markerWord({ entry: { marker } }: Row): string | undefined {
  if (marker === undefined) return undefined;
  return marker === "revoked" ? "revoked" : "authority";
}

export const commentOf = ({ entry }: Row): string => cleanLine(entry.comment, COMMENT_SHOWN);

export const sightingRow = (scope: string, name: string, keySha256: string): string => `${scope} ${name} ${keySha256}`;

/** When any of the row's names was seen with this key, the latest first; a hidden name has no date that could be found. */
export function sightingOf(row: Row, seen: ReadonlyMap<string, Sighting>): Sighting | undefined {
  const { names } = row.entry;
  if (names.kind === "hashed" || seen.size === 0) return undefined;
  return names.patterns
    .filter((pattern) => isLiteral(pattern) && !pattern.negated)
    .map(({ glob }) => seen.get(sightingRow(row.scope, glob, fingerprintOf(row))))
    .filter((sighting) => sighting !== undefined)
    .sort((a, b) => b.lastSeen - a.lastSeen)[0];
}

/** Typed in or imported, and no connection has shown it yet: then its date is that day's. */
export function isUnseen({ firstSeen, lastSeen, source }: Sighting): boolean {
  return (source === "imported" || source === "added") && firstSeen === lastSeen;
}

const SOURCES: Readonly<Record<KeySource, string>> = {
  asked: "You were asked, and trusted it",
  "accept-new": "Accepted as a new host, unasked",
  imported: "Imported",
  added: "Typed in by you",
  rotation: "Told by the server, when you were logged in",
};

export function sourceWords(sighting: Sighting | undefined): string {
  return sighting?.source === undefined ? "Not noted" : SOURCES[sighting.source];
}
