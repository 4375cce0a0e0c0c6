// What was agreed, in words that can be shown: names as they are on the wire, and what they mean for a person.

import { isPostQuantum } from "./exchanges.ts";
import type { DirectionAlgorithms, Negotiated } from "./negotiate.ts";
import { isLegacy } from "./proposal.ts";

/** What was agreed; a rekey may change it. */
export interface Facts {
  readonly serverIdentification: string;
  readonly kex: string;
  readonly postQuantum: boolean;
  /** Strict key exchange (OpenSSH PROTOCOL 1.10). */
  readonly strict: boolean;
  readonly hostKeyAlgorithm: string;
  readonly hostKeyFingerprint: string;
  readonly outgoing: DirectionFacts;
  readonly incoming: DirectionFacts;
  /** Those of the above that are used only because old algorithms are allowed for this host. */
  readonly legacy: readonly string[];
}

/** The plain key that the server has proved to have. */
export interface ShownKey {
  /** `SHA256:` and 43 characters. */
  readonly fingerprint: string;
  /** What is old about it, if anything: "RSA of 1024 bits". */
  readonly weakness: readonly string[];
}

export interface DirectionFacts {
  readonly cipher: string;
  /** "implicit" where the cipher authenticates by itself. */
  readonly mac: string;
  readonly compression: string;
}

export function factsOf(
  serverIdentification: string,
  hostKey: ShownKey,
  { kex, hostKey: hostKeyAlgorithm, strict, outgoing, incoming }: Negotiated,
): Facts {
  const used = [kex, hostKeyAlgorithm, ...Object.values(outgoing), ...Object.values(incoming)];
  return {
    serverIdentification,
    kex,
    postQuantum: isPostQuantum(kex),
    strict,
    hostKeyAlgorithm,
    hostKeyFingerprint: hostKey.fingerprint,
    outgoing: directionFacts(outgoing),
    incoming: directionFacts(incoming),
    legacy: [...new Set([...used.filter((name) => name !== undefined && isLegacy(name)), ...hostKey.weakness])],
  };
}

const directionFacts = ({ cipher, mac = "implicit", compression }: DirectionAlgorithms): DirectionFacts => ({
  cipher,
  mac,
  compression,
});
