// What is claimed when a server shows a host key, and who decides. The signature over the exchange hash has been checked
// before a claim is made: nobody is asked about a key whose owner did not prove to have it.

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

/** Where a host key is looked up: before the server has shown one, too. */
export type HostKeyPlace = Pick<HostKeyClaim, "host" | "port" | "alias" | "route">;

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
  knownAlgorithms?(place: HostKeyPlace): Promise<KnownKeys>;
  /**
   * Called once per connection. Throws SshError `host-key-changed`, `host-key-revoked`, `host-key-certificate`, `host-key-pin`,
   * `host-key-unknown` or `trust-store` where there is nothing to decide; `signal` aborts when the connection dies while a person is being asked.
   */
  verify(claim: HostKeyClaim, signal: AbortSignal): Promise<Verdict>;
}

/** How a key came to be known: a person was asked, or allowed new hosts; it was imported, typed in, or told by the server. */
export type KeySource = "asked" | "accept-new" | "imported" | "added" | "rotation";

/** When a key of a host was first and last accepted, in ms since 1970. A missing row means "unknown date", never trust. */
export interface Sighting {
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Undefined where an older Periwinkle saved it. */
  readonly source?: KeySource | undefined;
  /** The relay's origin that carried the last connection, or "direct". Says nothing about trust. */
  readonly route?: string | undefined;
}

/** What is done about a key of a host that nothing is known of (ssh_config(5), StrictHostKeyChecking). */
export type TrustMode = "ask" | "accept-new" | "strict";

/** A fingerprint that somebody gave along. It can refuse every other key, and makes nothing trusted by itself. */
export interface Pin {
  readonly source: "link" | "embedder";
  /** `SHA256:` and 43 characters. */
  readonly fingerprint: string;
}

/**
 * What a person answered to a question that the server did not wait for, or "replace" after comparing a changed key: it counts
 * for the key with this fingerprint and for no other.
 */
export interface EarlierAnswer {
  readonly fingerprint: string;
  readonly verdict: "accept" | "accept-once" | "replace";
}

/** What the page knows and the verifier goes by, for one connection. */
export interface TrustChoices {
  readonly mode: TrustMode;
  /** HostKeyAlias (ssh_config(5)): the name under which this host's keys are looked up and saved. */
  readonly alias: string | undefined;
  readonly pins: readonly Pin[];
  /** Known hosts that the operator of the page vouches for: a known_hosts text, and the origin it came from. */
  readonly operator: { readonly origin: string; readonly text: string } | undefined;
  /** The browser has lost the known hosts since this time (ms since 1970): an unknown host may be one that was known. */
  readonly lostSince: number | undefined;
  readonly earlier: EarlierAnswer | undefined;
  /** False inside somebody else's page: nothing is read from this browser's known hosts, and nothing is saved. */
  readonly keep: boolean;
}

export const NO_CHOICES: TrustChoices = {
  mode: "ask",
  alias: undefined,
  pins: [],
  operator: undefined,
  lostSince: undefined,
  earlier: undefined,
  keep: true,
};

/** Why a key was trusted. */
export type Basis =
  /** It was saved before. */
  | { readonly kind: "known" }
  /** By a certificate; the fingerprint of its authority. */
  | { readonly kind: "certified"; readonly authority: string }
  /** By the operator's file, for this connection only. */
  | { readonly kind: "vouched"; readonly origin: string }
  /** A person said so, just now. */
  | { readonly kind: "asked"; readonly saved: boolean }
  /** The person accepts new hosts unasked. */
  | { readonly kind: "new"; readonly saved: boolean };

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
  /** The name it is looked up under, where that is not host and port. */
  readonly alias: string | undefined;
  /** Who gave this key's fingerprint along. */
  readonly pinnedBy: Pin["source"] | undefined;
  /** See `TrustChoices.lostSince`. */
  readonly lostSince: number | undefined;
  /** The key came in a certificate, by an authority that is not known for this host. */
  readonly certificate: ShownCertificate | undefined;
  /** Fingerprints of the authorities that are known for names like this one, though the server showed no certificate by them. */
  readonly authorities: readonly string[];
  /** An earlier answer was given for another key than this one. */
  readonly otherThanAnswered: boolean;
  /** Can the answer be saved? See `TrustChoices.keep`. */
  readonly keep: boolean;
}

/** Cleaned, and bounded: all of it is the server's own word. */
export interface ShownCertificate {
  /** `SHA256:` fingerprint of the key that signed it. */
  readonly authority: string;
  readonly keyId: string;
  readonly serial: string;
  /** "2026-01-31 12:00 UTC", or "always". */
  readonly validAfter: string;
  readonly validBefore: string;
  readonly principals: readonly string[];
}

/** What the changed-key page shows. Also when the host is known by another type of key: that is as serious. */
export interface ChangedHostKey {
  readonly host: string;
  readonly port: number;
  /** The name it is looked up under, where that is not host and port. */
  readonly alias: string | undefined;
  /** The scope whose text knows this host, for "Forget this host". */
  readonly scope: string;
  readonly known: readonly {
    /** "authority": certificates by this key were accepted, and now there is none. */
    readonly kind: "key" | "authority";
    readonly keyType: string;
    readonly fingerprint: string;
    readonly firstSeen: number | undefined;
    readonly lastSeen: number | undefined;
    readonly source: KeySource | undefined;
  }[];
  readonly shown: { readonly keyType: string; readonly fingerprint: string };
}
