// The one error hierarchy. A code is stable API: the interface chooses its sentence and its next step by it.
// The message is a sentence of ours for a person; words of the peer travel apart, in `quoted`, already cleaned.

import type { CloseName } from "../../shared/close-codes.ts";

/** What went wrong, by what the caller can do about it. The relay's own reasons are the names of its close codes. */
export type SshErrorCode =
  | CloseName
  | "aborted" // the person or the caller ended it
  | "grant-refused" // the relay did not accept what a page gave along in place of a token
  | "relay-unreachable" // no WebSocket to the relay
  | "lost" // the byte stream ended under a live connection
  | "timeout" // a bounded wait ran out
  | "not-ssh" // what answered does not speak SSH
  | "version" // it speaks another SSH than 2.0
  | "negotiation" // no common algorithm
  | "protocol" // the peer broke a rule of the RFCs
  | "integrity" // a packet did not authenticate
  | "host-key-unproved" // the signature over the exchange hash is wrong
  | "host-key-rejected" // the person said no
  | "host-key-changed" // another key than the known one
  | "host-key-revoked"
  | "host-key-certificate" // its certificate is by a known authority, and does not hold
  | "host-key-pin" // another key than somebody gave along or vouches for
  | "host-key-unknown" // nothing is known of the host, and the person wants only known ones
  | "trust-store" // the known hosts could not be read
  | "authentication" // every way to log in was refused
  | "peer-disconnect" // the server sent DISCONNECT
  | "channel-refused" // CHANNEL_OPEN_FAILURE, or a request refused
  | "channel-closed" // used after CLOSE
  | "key-format" // a private or public key that cannot be read
  | "key-passphrase" // an encrypted key without its passphrase, or with a wrong one
  | "not-loaded" // a part of the program could not be fetched
  | "unsupported" // understood, and not something we do
  | "internal"; // our own fault

/** Two lists without a common name: with code `negotiation`. */
export interface Disagreement {
  /** What was to be agreed on, e.g. "cipher (to the server)". */
  readonly what: string;
  readonly ours: readonly string[];
  /** The server's names, each cleaned. */
  readonly theirs: readonly string[];
  /** Those of theirs that we would take if old algorithms were allowed for this host. */
  readonly legacy: readonly string[];
}

export interface SshErrorDetail {
  /** The peer's words, cleaned by `bytes/text.ts`. Shown as a quotation, never as ours. */
  readonly quoted?: string;
  readonly cause?: unknown;
  readonly disagreement?: Disagreement;
}

export class SshError extends Error {
  override readonly name: string = "SshError";
  readonly code: SshErrorCode;
  readonly quoted: string | undefined;
  readonly disagreement: Disagreement | undefined;

  constructor(code: SshErrorCode, message: string, detail: SshErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.quoted = detail.quoted;
    this.disagreement = detail.disagreement;
  }
}

/** The peer broke a rule. `rule` names it, with its RFC section where there is one. */
export function protocolError(rule: string, quoted?: string): SshError {
  return new SshError(
    "protocol",
    `The server broke the SSH protocol: ${rule}.`,
    quoted === undefined ? {} : { quoted },
  );
}

export function aborted(cause?: unknown): SshError {
  return new SshError("aborted", "The connection was cancelled.", { cause });
}

/** Anything thrown, as one of ours. */
export function asSshError(thrown: unknown): SshError {
  if (thrown instanceof SshError) return thrown;
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  return new SshError("internal", `Something went wrong inside Periwinkle: ${words}`, { cause: thrown });
}
