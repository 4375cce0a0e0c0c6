// What the known hosts say about a key that a host has proved to own. Pure; who is asked, and what is refused, is the
// verifier's matter. The entries are all there are, or those that an index has picked for this name or key (known-hosts.ts).

import { knownHostsName, type Target } from "../../shared/target.ts";
import { equal } from "../bytes/bytes.ts";
import type { Entry } from "./file.ts";
import { matchesName } from "./names.ts";

export type Trust =
  | { readonly kind: "trusted" }
  /** No key of this host is known. */
  | { readonly kind: "unknown" }
  /** The host is known, by these keys and not by this one. A key of another type is as serious (R-HK-2). */
  | { readonly kind: "changed"; readonly known: readonly Entry[] }
  | { readonly kind: "revoked" };

/** A revocation wins over everything; after that any equal key of several is enough. */
export function lookUp(entries: readonly Entry[], target: Target, keyBlob: Uint8Array): Trust {
  if (isRevoked(entries, target, keyBlob)) return { kind: "revoked" };
  const known = keysOf(entries, target);
  if (known.length === 0) return { kind: "unknown" };
  return known.some((entry) => equal(entry.keyBlob, keyBlob)) ? { kind: "trusted" } : { kind: "changed", known };
}

export function isRevoked(entries: readonly Entry[], target: Target, keyBlob: Uint8Array): boolean {
  const name = knownHostsName(target);
  return entries.some(
    ({ marker, names, keyBlob: revoked }) =>
      marker === "revoked" && equal(revoked, keyBlob) && matchesName(names, name),
  );
}

/** The lines that name this host's own keys. `@cert-authority` lines vouch for certificates, never for a plain key. */
export function keysOf(entries: readonly Entry[], target: Target): Entry[] {
  const name = knownHostsName(target);
  return entries.filter(({ marker, names }) => marker === undefined && matchesName(names, name));
}

/** The lines whose keys vouch for certificates of this host. */
export function authoritiesOf(entries: readonly Entry[], target: Target): Entry[] {
  const name = knownHostsName(target);
  return entries.filter(({ marker, names }) => marker === "cert-authority" && matchesName(names, name));
}

/** Readable names of other hosts that have this very key, each once, at most `limit`. Hashed names cannot be read. */
export function otherNamesOf(
  entries: Iterable<Entry>,
  target: Target,
  keyBlob: Uint8Array,
  limit: number,
): readonly string[] {
  const own = knownHostsName(target);
  const found = new Set<string>();
  for (const { marker, names, keyBlob: known } of entries) {
    if (marker !== undefined || names.kind === "hashed" || !equal(known, keyBlob)) continue;
    for (const { glob, negated } of names.patterns) {
      if (found.size >= limit) return [...found];
      if (!negated && glob !== "" && glob !== own) found.add(glob);
    }
  }
  return [...found];
}

/** Is this key known for anybody else, under a name that can be read or not? */
export function isKeyOfOthers(entries: Iterable<Entry>, target: Target, keyBlob: Uint8Array): boolean {
  const own = knownHostsName(target);
  for (const { marker, names, keyBlob: known } of entries) {
    if (marker === undefined && equal(known, keyBlob) && !matchesName(names, own)) return true;
  }
  return false;
}
