// The order in which host key algorithms are offered: a host known by its RSA key must not look changed because it also has
// an Ed25519 one.

import type { Target } from "../../shared/target.ts";
import type { Entry } from "./file.ts";
import { keysOf } from "./lookup.ts";

/** RFC 8332: one key type with several signature algorithms. Every other algorithm is named like its key type. */
const KEY_TYPES: Readonly<Record<string, string | undefined>> = {
  "rsa-sha2-512": "ssh-rsa",
  "rsa-sha2-256": "ssh-rsa",
};

/**
 * The algorithms of known key types first, else in the order of `defaults`. When the best default's own type is known the
 * list stays as it is, so that for the common key an onlooker cannot tell a known host from a new one (CVE-2020-14145).
 */
export function preferredHostKeyAlgorithms(defaults: readonly string[], known: readonly string[]): readonly string[] {
  const isKnown = (algorithm: string): boolean => known.includes(KEY_TYPES[algorithm] ?? algorithm);
  const best = defaults[0];
  if (best === undefined || isKnown(best)) return defaults;
  return [...defaults.filter(isKnown), ...defaults.filter((algorithm) => !isKnown(algorithm))];
}

/** Each type once, in the order of the text. */
export function knownKeyTypes(entries: readonly Entry[], target: Target): readonly string[] {
  return [...new Set(keysOf(entries, target).map(({ keyType }) => keyType))];
}
