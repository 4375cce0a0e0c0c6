// What is claimed when a server shows a host key, and who decides. The signature over the exchange hash has been checked
// before a claim is made: nobody is asked about a key whose owner did not prove to have it.

import type { Target } from "../../shared/target.ts";

/** Never an address that a relay or DNS reported: trust belongs to the host and port that were asked for. */
export interface HostKeyClaim {
  readonly host: string;
  readonly port: number;
  readonly alias?: string;
  /** How the bytes get there: the relay's origin, or "direct". Names that only that relay can resolve are trusted per relay. */
  readonly route: string;
  /** The raw blob as it was received: a plain key or a certificate. */
  readonly keyBlob: Uint8Array;
  /** The negotiated host key algorithm, e.g. `rsa-sha2-512`. */
  readonly algorithm: string;
  /** Are old algorithms allowed for this host? They may then vouch for its certificate, too. */
  readonly legacy?: boolean;
}

export type Verdict = "accept" | "accept-once" | "reject";

/** What is known of a host before it has shown anything: it decides the order in which algorithms are offered. */
export interface KnownKeys {
  /** Key types of its own lines, e.g. "ssh-rsa". */
  readonly keyTypes: readonly string[];
  /** Is there an authority whose certificates are accepted for it? */
  readonly authorities: boolean;
}

export interface HostKeyVerifier {
  /** Called before the first proposal. May reject: then nothing counts as known, and `verify` will refuse. */
  knownAlgorithms?(target: Target, route: string): Promise<KnownKeys>;
  /**
   * Called once per connection. Throws SshError `host-key-changed`, `host-key-revoked`, `host-key-certificate` or
   * `trust-store` where there is nothing to decide; `signal` aborts when the connection dies while a person is being asked.
   */
  verify(claim: HostKeyClaim, signal: AbortSignal): Promise<Verdict>;
}

/** When a key of a host was first and last accepted, in ms since 1970. A missing row means "unknown date", never trust. */
export interface Sighting {
  readonly firstSeen: number;
  readonly lastSeen: number;
}

/** What the trust dialog shows. Names and fingerprints only: the page needs no key material. */
export interface HostKeyQuestion {
  readonly kind: "host-key";
  readonly host: string;
  readonly port: number;
  /** "ED25519", "ECDSA", "RSA": as ssh-keygen names it. */
  readonly keyType: string;
  readonly bits: number;
  /** `SHA256:` and 43 characters. */
  readonly fingerprint: string;
  /** The drunken bishop's picture, eleven lines, as `ssh-keygen -lv` prints it. */
  readonly randomart: string;
  /** Other known hosts that have this same key, at most 8. */
  readonly alsoKeyOf: readonly string[];
}

/** What the changed-key page shows. Also when the host is known by another type of key: that is as serious. */
export interface ChangedHostKey {
  readonly host: string;
  readonly port: number;
  /** The scopes whose text knows this host, for "Forget this host". */
  readonly scope: string;
  readonly known: readonly {
    readonly keyType: string;
    readonly fingerprint: string;
    readonly firstSeen: number | undefined;
    readonly lastSeen: number | undefined;
  }[];
  readonly shown: { readonly keyType: string; readonly fingerprint: string };
}
