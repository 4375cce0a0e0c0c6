// What is done about a host key, from what is known of it and what the person chose. Pure: the order of these few lines is what
// trust means here. Revoked wins over everything; a pin and the operator can refuse; what was saved decides; and only where
// nothing is known does anything else count.

import { SshError } from "../bytes/errors.ts";
import type { TrustChoices } from "./claim.ts";
import type { Entry } from "./file.ts";
import type { Finding, Findings } from "./findings.ts";
import { refusedBy } from "./pins.ts";

/** By what the host was known until now. */
export interface KnownBy {
  readonly kind: "key" | "authority";
  readonly entry: Entry;
}

export type Decision =
  | { readonly kind: "refuse"; readonly error: SshError }
  | { readonly kind: "changed"; readonly known: readonly KnownBy[] }
  | { readonly kind: "known" }
  | { readonly kind: "certified"; readonly authority: string }
  | { readonly kind: "vouched"; readonly origin: string }
  /** The person compared it: it takes the place of what was saved. */
  | { readonly kind: "replace" }
  | { readonly kind: "save"; readonly source: "asked" | "accept-new" }
  | { readonly kind: "once" }
  | { readonly kind: "ask" };

/** `where` is host and port for people, `shown` the fingerprint of the plain key. */
export function decide(findings: Findings, choices: TrustChoices, where: string, shown: string): Decision {
  const { own, operator } = findings;
  const refused =
    revocation(own, where) ??
    revocation(operator, where, operator?.origin) ??
    mismatch(findings, choices, where, shown);
  if (refused) return { kind: "refuse", error: refused };

  if (own.certified.kind === "good") return { kind: "certified", authority: own.certified.authority };
  // A key that is known by itself needs nobody to vouch for it.
  if (own.trust.kind === "trusted") return { kind: "known" };
  if (own.certified.kind === "flawed") return { kind: "refuse", error: own.certified.error };

  const known = knownBy(findings);
  const earlier = choices.earlier?.fingerprint === shown ? choices.earlier.verdict : undefined;
  if (known.length > 0) return earlier === "replace" ? { kind: "replace" } : { kind: "changed", known };

  if (operator && (operator.trust.kind === "trusted" || operator.certified.kind === "good")) {
    return { kind: "vouched", origin: operator.origin };
  }
  if (operator?.certified.kind === "flawed") return { kind: "refuse", error: operator.certified.error };
  if (choices.mode === "strict") return { kind: "refuse", error: unknownHost(where) };
  // Where the browser lost the known hosts, or keeps none, nobody can say which of them are new.
  if (choices.mode === "accept-new" && choices.lostSince === undefined && choices.keep) {
    return { kind: "save", source: "accept-new" };
  }
  if (earlier === undefined) return { kind: "ask" };
  return earlier === "accept-once" || !choices.keep ? { kind: "once" } : { kind: "save", source: "asked" };
}

/** A host that came with certificates and now comes without is as changed as one with another key (security notes 7.3). */
function knownBy({ own, expected }: Findings): readonly KnownBy[] {
  if (own.trust.kind === "changed") return own.trust.known.map((entry) => ({ kind: "key", entry }));
  return expected.map((entry) => ({ kind: "authority", entry }));
}

function revocation(finding: Finding | undefined, where: string, origin?: string): SshError | undefined {
  if (finding?.trust.kind !== "revoked") return undefined;
  const by = origin === undefined ? "" : ` by ${origin}`;
  return new SshError(
    "host-key-revoked",
    finding.trust.what === "key"
      ? `The key of ${where} has been revoked${by}: whoever has it may not be that host. Ask whoever runs it for its new key.`
      : `The authority that vouches for ${where} has been revoked${by}: whoever has its key could pose as any host. Ask whoever runs it.`,
  );
}

function mismatch({ operator }: Findings, { pins }: TrustChoices, where: string, shown: string): SshError | undefined {
  const expectedBy = { link: "the link told you to expect", embedder: "the page around this one expects" };
  const source = refusedBy(pins, shown);
  if (source) return otherThan(where, expectedBy[source]);
  // A certificate by an authority that the operator names is as good as a key that they name.
  const other = operator?.trust.kind === "changed" && operator.certified.kind !== "good";
  return other ? otherThan(where, `${operator.origin} vouches for`) : undefined;
}

function otherThan(where: string, wanted: string): SshError {
  return new SshError(
    "host-key-pin",
    `The key of ${where} is another one than ${wanted}. Whoever answered may not be that host.`,
  );
}

function unknownHost(where: string): SshError {
  return new SshError("host-key-unknown", `Nothing is known of ${where}, and only known hosts are let through.`);
}
