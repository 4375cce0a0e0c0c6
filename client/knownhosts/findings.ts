// What all the known hosts say about a claim: the facts, before anything is decided. A certificate counts by itself where the
// known hosts name its authority for this host; everywhere else it is the plain key inside it.

import { formatTarget } from "../../shared/target.ts";
import { equal } from "../bytes/bytes.ts";
import type { SshError } from "../bytes/errors.ts";
import { loaded } from "../bytes/loaded.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import type { HostKeyClaim } from "./claim.ts";
import type { Entry } from "./file.ts";
import type { KnownHosts } from "./known-hosts.ts";
import { type Known, unreadable } from "./known-texts.ts";
import { authoritiesOf, isRevoked, lookUp, type Trust } from "./lookup.ts";
import { isLiteral } from "./names.ts";
import type { KnownHostsStore } from "./store.ts";
import type { Subject } from "./subject.ts";

export type Certified =
  /** There is no certificate, or none by an authority of this host. */
  | { readonly kind: "none" }
  | { readonly kind: "good"; readonly authority: string }
  | { readonly kind: "flawed"; readonly error: SshError };

/** One list of known hosts about the plain key, and about its certificate. */
export interface Finding {
  readonly trust:
    | Exclude<Trust, { kind: "revoked" }>
    | { readonly kind: "revoked"; readonly what: "key" | "authority" };
  readonly certified: Certified;
}

export interface Findings {
  readonly own: Finding;
  readonly operator: (Finding & { readonly origin: string }) | undefined;
  /**
   * For a host of which nothing else is known: authorities by whom it must have a certificate, because it had one before or
   * because their line names it rather than a wildcard.
   */
  readonly expected: readonly Entry[];
  /** Fingerprints of all authorities that are known for the name. */
  readonly authorities: readonly string[];
}

/** `now` is wall-clock time in ms since 1970. Rejects with SshError `trust-store`. */
export async function findingsOf(
  store: KnownHostsStore,
  known: Known,
  claim: HostKeyClaim,
  subject: Subject,
  now: number,
): Promise<Findings> {
  const { own, everywhere, operator } = known;
  const { name } = subject.key;
  const authorities = authoritiesOf(own.about(name), subject.target);
  const vouching = operator ? authoritiesOf(operator.hosts.about(name), subject.target) : [];
  const revocations = everywhere ? [own, everywhere] : [own];
  const finding = await findingOf(own, revocations, claim, subject, now);
  const isNew = finding.trust.kind === "unknown" && finding.certified.kind === "none";
  return {
    own: finding,
    operator: operator && {
      origin: operator.origin,
      ...(await findingOf(operator.hosts, [operator.hosts], claim, subject, now)),
    },
    expected: isNew ? await expectedOf(store, authorities, subject) : [],
    authorities: [...new Set([...authorities, ...vouching].map(({ keyBlob }) => fingerprint(keyBlob)))],
  };
}

async function findingOf(
  hosts: KnownHosts,
  revocations: readonly KnownHosts[],
  claim: HostKeyClaim,
  { target, key, plain, certificate }: Subject,
  now: number,
): Promise<Finding> {
  const entries = hosts.about(key.name);
  const revoked = (blob: Uint8Array): boolean =>
    revocations.some((each) => isRevoked(each.about(key.name), target, blob));
  const none = { certified: { kind: "none" } } as const;
  if (revoked(plain.blob)) return { trust: { kind: "revoked", what: "key" }, ...none };
  // Also where the authority is not known: nobody's word about it makes its certificates better.
  if (certificate && revoked(certificate.authority)) return { trust: { kind: "revoked", what: "authority" }, ...none };
  const trust = lookUp(entries, target, plain.blob);
  if (trust.kind === "revoked") return { trust: { kind: "revoked", what: "key" }, ...none };
  const counts =
    certificate && authoritiesOf(entries, target).some(({ keyBlob }) => equal(keyBlob, certificate.authority));
  if (!counts) return { trust, ...none };
  const use = { host: target.host, where: formatTarget(claim), now, legacy: claim.legacy === true };
  const { flawOf } = await loaded(import("./certified.ts"));
  const error = await flawOf(certificate, use);
  const certified: Certified = error
    ? { kind: "flawed", error }
    : { kind: "good", authority: fingerprint(certificate.authority) };
  return { trust, certified };
}

async function expectedOf(
  store: KnownHostsStore,
  authorities: readonly Entry[],
  { key: { scope, name } }: Subject,
): Promise<readonly Entry[]> {
  const wasAccepted = async ({ keyBlob }: Entry): Promise<boolean> => {
    try {
      return (await store.sighting({ scope, name, keySha256: fingerprint(keyBlob) })) !== undefined;
    } catch (cause) {
      throw unreadable(cause); // a store that fails must not make a changed host a new one
    }
  };
  const expected: Entry[] = [];
  for (const each of authorities) if (namesItself(each, name) || (await wasAccepted(each))) expected.push(each);
  return expected;
}

/** Does the line speak of this host by its name, rather than by a wildcard? */
function namesItself({ names }: Entry, name: string): boolean {
  return names.kind === "hashed" || names.patterns.some((pattern) => isLiteral(pattern) && pattern.glob === name);
}
