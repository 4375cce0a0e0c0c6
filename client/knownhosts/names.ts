// The first field of a known_hosts line (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): which host names it speaks of. Either a
// comma list of patterns, or one name hidden behind a salted hash. Matching only; no keys here.

import { fromBase64 } from "../bytes/base64.ts";
import { isHashOf } from "./hashed-names.ts";

/** OpenSSH gives a pattern a buffer of 1024 bytes, and a list with a longer one matches nothing. */
const PATTERN_LIMIT = 1022;
const SHA1_LENGTH = 20;

export interface Pattern {
  /** Lower case, without the `!`. */
  readonly glob: string;
  readonly negated: boolean;
}

export type HostNames =
  | { readonly kind: "patterns"; readonly patterns: readonly Pattern[] }
  | { readonly kind: "hashed"; readonly salt: Uint8Array; readonly hash: Uint8Array };

/** Undefined for a hash that cannot be one, and for a pattern longer than any reader takes. */
export function parseHostNames(field: string): HostNames | undefined {
  if (field.startsWith("|")) return parseHashedName(field);
  const patterns = field.split(",").map(parsePattern);
  return patterns.some(({ glob }) => glob.length > PATTERN_LIMIT) ? undefined : { kind: "patterns", patterns };
}

export function parsePattern(text: string): Pattern {
  const negated = text.startsWith("!");
  return { glob: (negated ? text.slice(1) : text).toLowerCase(), negated };
}

/** `|1|salt|hash`: HMAC-SHA1 of the name under the salt, both of 20 bytes, in base64. The salt takes part as bytes. */
function parseHashedName(field: string): HostNames | undefined {
  const [before, version, salt64 = "", hash64 = "", ...more] = field.split("|");
  if (before !== "" || version !== "1" || more.length > 0) return undefined;
  const [salt, hash] = [fromBase64(salt64), fromBase64(hash64)];
  return salt?.length === SHA1_LENGTH && hash?.length === SHA1_LENGTH ? { kind: "hashed", salt, hash } : undefined;
}

/** Does the field speak of `name`, written as `knownHostsName` writes it? One negated pattern that matches decides: no. */
export function matchesName(names: HostNames, name: string): boolean {
  if (names.kind === "hashed") return isHashOf(name, names.salt, names.hash);
  const matching = names.patterns.filter(({ glob }) => matchesGlob(glob, name));
  return matching.length > 0 && !matching.some(({ negated }) => negated);
}

/** Names this host and no other: what may be learned and dropped with it when the host changes its keys. */
export function isExactly(names: HostNames, name: string): boolean {
  if (names.kind === "hashed") return matchesName(names, name);
  const [only, ...others] = names.patterns;
  return only !== undefined && others.length === 0 && !only.negated && only.glob === name;
}

/** Names one host, rather than many: neither `*` nor `?`. */
export function isLiteral({ glob }: Pattern): boolean {
  return !/[*?]/.test(glob);
}

/**
 * `*` is any run of characters, `?` exactly one. Goes back to the last star only, so that no pattern takes more than
 * pattern times name steps: a file from elsewhere must not be able to hang a connection.
 */
export function matchesGlob(glob: string, name: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  for (let i = 0; i < name.length; ) {
    if (glob[at] === "*") {
      star = at++;
      resume = i;
    } else if (glob[at] === "?" || glob[at] === name[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  while (glob[at] === "*") at++;
  return at === glob.length;
}
