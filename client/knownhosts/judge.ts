// What the known hosts make of a claim. Trust is bound to the host and port that were asked for, and to the relay where only the
// relay can resolve the name. A certificate counts by itself where the known hosts name its authority for this host; everywhere
// else it is the plain key inside it.

import {
  formatTarget,
  isRelayLocal,
  knownHostsName,
  normaliseHost,
  SSH_PORT,
  type Target,
} from "../../shared/target.ts";
import { equal } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { loaded } from "../bytes/loaded.ts";
import { isCertificateName, typeOf } from "../keys/algorithms.ts";
import type { Certificate } from "../keys/certificate.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { type PublicKey, parsePublicKey } from "../keys/public-key.ts";
import type { HostKeyClaim } from "./claim.ts";
import { type Entry, entriesOf, parseKnownHosts } from "./file.ts";
import { authoritiesOf, isRevoked, lookUp } from "./lookup.ts";
import type { KnownHostsStore, SightingKey } from "./store.ts";

/** What the claim is judged by: whose keys are looked up, in which scope, and what was shown. */
export interface Subject {
  readonly target: Target;
  readonly key: SightingKey;
  /** The key alone, also where it came in a certificate: this is what is described, compared and saved. */
  readonly plain: PublicKey;
  readonly certificate: Certificate | undefined;
}

export type Judgement =
  | { readonly kind: "trusted" }
  /** By an authority: its key was not seen for itself, and is dated nowhere. */
  | { readonly kind: "certified" }
  | { readonly kind: "unknown"; readonly entries: readonly Entry[] }
  | { readonly kind: "changed"; readonly known: readonly Entry[] };

/** Throws SshError `host-key-revoked`, `host-key-certificate` or `trust-store`. `now` is wall-clock time in ms since 1970. */
export async function judge(
  store: KnownHostsStore,
  claim: HostKeyClaim,
  subject: Subject,
  now: number,
): Promise<Judgement> {
  const { target, plain } = subject;
  const entries = await readEntries(store, claim.host, claim.route);
  const trust = lookUp(entries, target, plain.blob);
  if (trust.kind === "revoked") {
    throw new SshError(
      "host-key-revoked",
      `The key of ${formatTarget(claim)} has been revoked: whoever has it may not be that host. Ask whoever runs it for its new key.`,
    );
  }
  const certified = await judgeCertificate(claim, subject, entries, now);
  if (certified === "good") return { kind: "certified" };
  // A key that is known by itself needs nobody to vouch for it.
  if (certified !== "none" && trust.kind !== "trusted") throw certified;
  return trust.kind === "unknown" ? { kind: "unknown", entries } : trust;
}

/** "none": no certificate, or none by an authority of this host. Throws SshError `host-key-revoked`. */
async function judgeCertificate(
  claim: HostKeyClaim,
  { target, certificate }: Subject,
  entries: readonly Entry[],
  now: number,
): Promise<"good" | "none" | SshError> {
  if (certificate === undefined) return "none";
  const { authority } = certificate;
  if (isRevoked(entries, target, authority)) {
    throw new SshError(
      "host-key-revoked",
      `The authority that vouches for ${formatTarget(claim)} has been revoked: whoever has its key could pose as any host. Ask whoever runs it.`,
    );
  }
  if (!authoritiesOf(entries, target).some(({ keyBlob }) => equal(keyBlob, authority))) return "none";
  const use = { host: target.host, where: formatTarget(claim), now, legacy: claim.legacy === true };
  const { flawOf } = await loaded(import("./certified.ts"));
  return (await flawOf(certificate, use)) ?? "good";
}

export async function subjectOf(claim: HostKeyClaim): Promise<Subject> {
  const host = normaliseHost(claim.alias ?? claim.host);
  if (host === undefined) throw new SshError("internal", "A host key was to be checked for something that is no host.");
  // HostKeyAlias stands for host and port together (ssh_config(5)), so it is looked up without a port.
  const target = { host, port: claim.alias === undefined ? claim.port : SSH_PORT };
  const scope = scopeOf(claim.host, claim.route);
  // Its size was judged when its signature was checked, by who knew whether old algorithms are allowed.
  const rules = { legacy: true };
  const certificate = isCertificateName(typeOf(claim.keyBlob) ?? "")
    ? (await loaded(import("../keys/certificate.ts"))).parseCertificate(claim.keyBlob, rules)
    : undefined;
  const plain = certificate?.key ?? parsePublicKey(claim.keyBlob, rules);
  const key = { scope, name: knownHostsName(target), keySha256: fingerprint(plain.blob) };
  return { target, key, plain, certificate };
}

/**
 * The known hosts that speak of this host, before the key exchange and for the verdict. In the relay's scope nothing of the
 * global text counts but its revocations. Throws SshError `trust-store`.
 */
export async function readEntries(store: KnownHostsStore, host: string, route: string): Promise<readonly Entry[]> {
  const scope = scopeOf(host, route);
  try {
    const own = entriesOf(parseKnownHosts(await store.read(scope)));
    if (scope === "") return own;
    const everywhere = entriesOf(parseKnownHosts(await store.read("")));
    return [...own, ...everywhere.filter(({ marker }) => marker === "revoked")];
  } catch (cause) {
    if (cause instanceof SshError && cause.code === "trust-store") throw cause;
    throw new SshError(
      "trust-store",
      "The known hosts could not be read, so the host cannot be checked. Reload the page and try again.",
      { cause },
    );
  }
}

/** An alias does not widen it: the machine is the one that this relay found under the name that was asked for. */
function scopeOf(host: string, route: string): string {
  if (route === "")
    throw new SshError("internal", "A host key was to be checked without saying how its host is reached.");
  return isRelayLocal(normaliseHost(host) ?? host) ? route : "";
}
