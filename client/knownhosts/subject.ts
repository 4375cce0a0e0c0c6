// What a claim is judged by. Trust is bound to the host and port that were asked for, or to the alias that stands for both, and
// to the relay where only the relay can resolve the name.

import { isRelayLocal, knownHostsName, normaliseHost, SSH_PORT, type Target } from "../../shared/target.ts";
import { SshError } from "../bytes/errors.ts";
import { loaded } from "../bytes/loaded.ts";
import { isCertificateName, typeOf } from "../keys/algorithms.ts";
import type { Certificate } from "../keys/certificate.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { type PublicKey, parsePublicKey } from "../keys/public-key.ts";
import type { HostKeyClaim, HostKeyPlace } from "./claim.ts";
import type { SightingKey } from "./store.ts";

export interface Subject {
  /** Whose keys are looked up. */
  readonly target: Target;
  /** In which scope, under which name, and which key was shown. */
  readonly key: SightingKey;
  /** The key alone, also where it came in a certificate: this is what is described, compared and saved. */
  readonly plain: PublicKey;
  readonly certificate: Certificate | undefined;
}

/** Throws SshError `key-format` or `unsupported` for a key that cannot be read, `internal` for a place that is none. */
export async function subjectOf(claim: HostKeyClaim): Promise<Subject> {
  const target = targetOf(claim);
  const scope = scopeOf(claim);
  // Its size was judged when its signature was checked, by who knew whether old algorithms are allowed.
  const rules = { legacy: true };
  const certificate = isCertificateName(typeOf(claim.keyBlob) ?? "")
    ? (await loaded(import("../keys/certificate.ts"))).parseCertificate(claim.keyBlob, rules)
    : undefined;
  const plain = certificate?.key ?? parsePublicKey(claim.keyBlob, rules);
  return {
    target,
    key: { scope, name: knownHostsName(target), keySha256: fingerprint(plain.blob) },
    plain,
    certificate,
  };
}

/** HostKeyAlias stands for host and port together (ssh_config(5)), so it is looked up without a port. */
export function targetOf({ host, port, alias }: HostKeyPlace): Target {
  const normal = normaliseHost(alias ?? host);
  if (normal === undefined) {
    throw new SshError("internal", "A host key was to be checked for something that is no host.");
  }
  return { host: normal, port: alias === undefined ? port : SSH_PORT };
}

/** An alias does not widen it: the machine is the one that this relay found under the name that was asked for. */
export function scopeOf({ host, route }: HostKeyPlace): string {
  if (route === "") {
    throw new SshError("internal", "A host key was to be checked without saying how its host is reached.");
  }
  return isRelayLocal(normaliseHost(host) ?? host) ? route : "";
}
