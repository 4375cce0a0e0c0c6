// The order in which host key algorithms are offered: a host known by its RSA key must not look changed because it also has
// an Ed25519 one.

import type { Target } from "../../shared/target.ts";
import { isCertificateName, keyTypeOf, withoutCertificate } from "../keys/algorithms.ts";
import type { KnownKeys } from "./claim.ts";
import type { Entry } from "./file.ts";
import { authoritiesOf, keysOf } from "./lookup.ts";

/**
 * Certificates first if an authority is known for the host, then the algorithms of its known key types, else in the order
 * of `defaults`. When the best default's own type is known and no authority is, the list stays as it is, so that for the common
 * key an onlooker cannot tell a known host from a new one (R-HK-4, CVE-2020-14145). What remains to be seen, as with OpenSSH:
 * that an authority is known, or that only a key of another type is.
 */
export function preferredHostKeyAlgorithms(
  defaults: readonly string[],
  { keyTypes, authorities }: KnownKeys,
): readonly string[] {
  const isKnown = (algorithm: string): boolean => keyTypes.includes(keyTypeOf(withoutCertificate(algorithm)));
  const best = defaults[0];
  if (best === undefined || (!authorities && isKnown(best))) return defaults;
  const rank = (algorithm: string): number => {
    if (authorities && isCertificateName(algorithm)) return 0;
    return isKnown(algorithm) ? 1 : 2;
  };
  return [0, 1, 2].flatMap((wanted) => defaults.filter((algorithm) => rank(algorithm) === wanted));
}

/** Each key type once, in the order of the text. */
export function knownKeys(entries: readonly Entry[], target: Target): KnownKeys {
  return {
    keyTypes: [...new Set(keysOf(entries, target).map(({ keyType }) => keyType))],
    authorities: authoritiesOf(entries, target).length > 0,
  };
}
