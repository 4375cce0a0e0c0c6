// Where a known host counts. A name that only a relay can resolve is known per relay (R-HK, claim.ts); every other name is known
// everywhere. A line that is imported goes to where it will be looked for.

import { isRelayLocal } from "../../../shared/target.ts";
import { type Entry, parseKnownHosts } from "../../knownhosts/file.ts";
import { isLiteral } from "../../knownhosts/names.ts";

/** The scope of names that mean the same machine everywhere. */
export const EVERYWHERE = "";

/** As a sentence goes on: "counts everywhere". */
export function scopeWords(scope: string): string {
  return scope === EVERYWHERE ? "everywhere" : `only over ${scope.replace(/^https?:\/\//, "")}`;
}

/**
 * The scopes in which a line can speak of a host. What hides its names, and what speaks of many, goes to both: where it matches
 * nothing it does no harm. A revocation holds everywhere.
 */
export function scopesOf({ marker, names }: Entry, relay: string): readonly string[] {
  if (marker === "revoked") return [EVERYWHERE];
  if (names.kind === "hashed") return [EVERYWHERE, relay];
  const spoken = names.patterns.filter(({ negated }) => !negated);
  const scopes = spoken.flatMap((pattern) => {
    if (!isLiteral(pattern)) return [EVERYWHERE, relay];
    return [isRelayLocal(hostIn(pattern.glob)) ? relay : EVERYWHERE];
  });
  return [EVERYWHERE, relay].filter((scope) => scopes.includes(scope));
}

export interface ScopedText {
  readonly scope: string;
  readonly text: string;
}

/**
 * A text, parted by where its lines count. The lines of the other part are blank ones, so that every line keeps its number; what
 * is no entry stays in the first part only. Throws SshError `trust-store` above 10 MiB.
 */
export function splitByScope(text: string, relay: string): readonly ScopedText[] {
  const parts: readonly [string[], string[]] = [[], []];
  for (const line of parseKnownHosts(text)) {
    const blank = line.text.endsWith("\n") ? "\n" : "";
    const scopes = line.kind === "entry" ? scopesOf(line.entry, relay) : [EVERYWHERE];
    parts[0].push(scopes.includes(EVERYWHERE) ? line.text : blank);
    parts[1].push(scopes.includes(relay) ? line.text : blank);
  }
  return [
    { scope: EVERYWHERE, text: parts[0].join("") },
    { scope: relay, text: parts[1].join("") },
  ];
}

/** Of a name as known_hosts writes it: without brackets and port. */
export function hostIn(name: string): string {
  return /^\[([^\]]*)\]:\d+$/.exec(name)?.[1] ?? name;
}
