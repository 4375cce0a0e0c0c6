// What the login asks of a person, and what may come back. Every question names the host as it was asked for; words of
// the server travel in fields of their own, cleaned, and are shown as quotations.

import type { Signer } from "../keys/signer.ts";

/** "Log in as user@host:port": a password, or a key, by what the server still accepts. */
export interface CredentialQuestion {
  readonly kind: "credential";
  /** What this server would accept now: at least one is true. */
  readonly password: boolean;
  readonly key: boolean;
  /** The server would also ask questions of its own (keyboard-interactive). */
  readonly challenge: boolean;
  /** Why we ask again. */
  readonly problem: "password-refused" | "key-refused" | "challenge-refused" | undefined;
  /** True when an earlier method succeeded and the server wants one more (RFC 4252 5.1 partial success). */
  readonly furtherFactor: boolean;
}

/** The answer; null means the person cancelled the connection. */
export type Credential =
  /** UTF-8 bytes of the password; wiped by the login once sent. */
  | { readonly kind: "password"; readonly password: Uint8Array }
  | { readonly kind: "key"; readonly signer: Signer }
  /** Let the server ask its own questions. */
  | { readonly kind: "challenge" };

/** keyboard-interactive (RFC 4256): the server's own questions, cleaned and bounded. */
export interface ChallengeQuestion {
  readonly kind: "challenge";
  readonly name: string;
  readonly instruction: string;
  readonly prompts: readonly { readonly text: string; readonly echo: boolean }[];
}

/** The server wants a new password before it lets us in (RFC 4252 8). */
export interface NewPasswordQuestion {
  readonly kind: "new-password";
  readonly text: string;
}

/** How the login reaches a person. Each rejects or answers null when cancelled. */
export interface LoginPrompts {
  credential(question: CredentialQuestion, signal: AbortSignal): Promise<Credential | null>;
  /** One UTF-8 answer for each prompt, in order. */
  challenge(question: ChallengeQuestion, signal: AbortSignal): Promise<readonly Uint8Array[] | null>;
  newPassword(
    question: NewPasswordQuestion,
    signal: AbortSignal,
  ): Promise<{ readonly old: Uint8Array; readonly fresh: Uint8Array } | null>;
  /** USERAUTH_BANNER, cleaned (RFC 4252 5.4). */
  banner(text: string): void;
}
