// Everything that page and worker say to each other, over one transferred MessagePort per page, and a further one for each window
// that only answers. Each message names its connection, and its view where it has one: a connection has 0..n views, a prompt
// belongs to the connection. Bytes move by transfer. The only message that carries a secret of the person is `answer`, as a
// transferred buffer.

import type { Disagreement } from "../bytes/errors.ts";
import type { Facts } from "../kex/facts.ts";
import type {
  Basis,
  ChangedHostKey,
  HostKeyClaim,
  HostKeyQuestion,
  Pin,
  TrustChoices,
  Verdict,
} from "../knownhosts/claim.ts";
import type { ChallengeQuestion, CredentialQuestion, NewPasswordQuestion } from "../login/prompt.ts";
import type { Exit } from "../mux/exit.ts";
import type { TerminalSize } from "../mux/terminal-size.ts";

/** The rungs of the ladder, in order. A step is reported when it begins, and again when it is done. */
export const STEPS = [
  "page",
  "relay",
  "allowed",
  "answered",
  "spoken",
  "exchanged",
  "trusted",
  "authenticated",
  "shell",
] as const;
export type Step = (typeof STEPS)[number];

export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

export interface RelayAccess {
  /** ws: or wss: address of the relay. */
  readonly url: string;
  readonly token: string | undefined;
  /** In place of a token (shared/grant.ts). */
  readonly grant: string | undefined;
}

export interface ConnectionFailure {
  /** An SshErrorCode; a string here because it crossed a port. */
  readonly code: string;
  readonly message: string;
  /** The server's own words, cleaned. */
  readonly quoted: string | undefined;
  /** The rung that was being climbed; undefined once the shell was open. */
  readonly step: Step | undefined;
  /** With code `host-key-changed`. */
  readonly changed: ChangedHostKey | undefined;
  /** With code `negotiation`, where two lists had no common name. */
  readonly disagreement: Disagreement | undefined;
}

/** What was agreed, for the status line and the panel of the connection. */
export type ConnectionFacts = Facts;

/** A key text that cannot be used is no end: the question is asked again with the reason. */
export interface KeyProblem {
  /** The engine's own words: what is wrong, and what to do. */
  readonly sentence: string;
  /** The key is good, and wants its passphrase or another one. */
  readonly locked: boolean;
}

export type PromptQuestion =
  | HostKeyQuestion
  | (CredentialQuestion & { readonly keyProblem: KeyProblem | undefined })
  | ChallengeQuestion
  | NewPasswordQuestion;

/** The page around a frame wants to type. Asked by the frame itself, over the same kind of port, and never by a worker. */
export interface SendTextQuestion {
  readonly kind: "send-text";
  readonly origin: string;
  readonly text: string;
}

export type PromptAnswer =
  | { readonly kind: "cancel" }
  | { readonly kind: "host-key"; readonly verdict: Verdict }
  | { readonly kind: "password"; readonly password: Uint8Array }
  | { readonly kind: "key"; readonly key: Uint8Array; readonly passphrase: Uint8Array | undefined }
  | { readonly kind: "use-challenge" }
  | { readonly kind: "challenge"; readonly answers: readonly Uint8Array[] }
  | { readonly kind: "new-password"; readonly old: Uint8Array; readonly fresh: Uint8Array }
  | { readonly kind: "send-text"; readonly allow: boolean };

export type ToWorker =
  | {
      readonly type: "connect";
      readonly connection: string;
      readonly view: string;
      readonly destination: Destination;
      /** Old algorithms are allowed for this host. */
      readonly legacy: boolean;
      readonly trust: TrustChoices;
      readonly relay: RelayAccess;
      /** The origin of the page around the frame that shows this, if it is in one: told to windows that answer for it. */
      readonly embedder: string | undefined;
      readonly size: TerminalSize;
      readonly language: string;
    }
  | { readonly type: "answer"; readonly connection: string; readonly prompt: number; readonly answer: PromptAnswer }
  | { readonly type: "input"; readonly connection: string; readonly view: string; readonly bytes: Uint8Array }
  | { readonly type: "resize"; readonly connection: string; readonly view: string; readonly size: TerminalSize }
  /** The view has painted so many bytes of output: the server gets its window back, and the worker its buffers. */
  | {
      readonly type: "painted";
      readonly connection: string;
      readonly view: string;
      readonly bytes: number;
      readonly spent: readonly ArrayBuffer[];
    }
  /** A further port of this connection, transferred: see `ToWindow`. */
  | { readonly type: "attach"; readonly connection: string; readonly port: MessagePort }
  /** Leave politely: DISCONNECT, then the end. Also what cancels a connection that is being set up. */
  | { readonly type: "close"; readonly connection: string };

/** The first message on a further port of a connection. */
export interface Attached {
  readonly type: "attached";
  readonly connection: string;
  readonly destination: Destination;
  /** The relay's host and port. */
  readonly relay: string;
  readonly embedder: string | undefined;
  readonly pins: readonly Pin[];
}

export type FromWorker =
  /** The worker runs. The first message on the port. */
  | { readonly type: "ready" }
  | Attached
  | {
      readonly type: "step";
      readonly connection: string;
      readonly step: Step;
      readonly state: "begun" | "done";
      readonly elapsed: number;
    }
  | { readonly type: "facts"; readonly connection: string; readonly facts: ConnectionFacts }
  /** The host key is trusted, and why. */
  | { readonly type: "trusted"; readonly connection: string; readonly basis: Basis }
  /** The user is logged in; `method` is as RFC 4252 names it. */
  | { readonly type: "logged-in"; readonly connection: string; readonly method: string }
  | { readonly type: "banner"; readonly connection: string; readonly text: string }
  /** A sentence of ours that the person should see; nothing to decide. */
  | { readonly type: "notice"; readonly connection: string; readonly sentence: string }
  | {
      readonly type: "prompt";
      readonly connection: string;
      readonly prompt: number;
      readonly question: PromptQuestion;
      /** With a question about a host key: what a window with known hosts of its own needs to look it up. */
      readonly claim: HostKeyClaim | undefined;
    }
  /** Elsewhere the question was answered; or it is moot, since the connection died. */
  | {
      readonly type: "prompt-over";
      readonly connection: string;
      readonly prompt: number;
      readonly answered: boolean;
    }
  | {
      readonly type: "output";
      readonly connection: string;
      readonly view: string;
      readonly chunks: readonly Uint8Array[];
    }
  | { readonly type: "round-trip"; readonly connection: string; readonly milliseconds: number }
  /** A line for "Copy details". Never a secret. */
  | { readonly type: "log"; readonly connection: string; readonly line: string }
  | {
      readonly type: "closed";
      readonly connection: string;
      readonly exit: Exit | undefined;
      readonly failure: ConnectionFailure | undefined;
    };

type Told<Type extends FromWorker["type"]> = Extract<FromWorker, { type: Type }>;

/**
 * What is said on a further port, which a window gets to answer a connection's questions on: `attached` first, then what was
 * said before (each step, and the last of the others), then what comes. No output goes there, and no log. After `closed`, which
 * says nothing more where the connection was over already, the port is of no use.
 */
export type ToWindow =
  | Attached
  | Told<"step" | "facts" | "trusted" | "banner" | "prompt-over" | "closed">
  | (Omit<Told<"prompt">, "question"> & { readonly question: PromptQuestion | SendTextQuestion });

/** The end, where nothing is to be told of it: elsewhere it was, or there is nothing to tell. */
export function plainEnd(connection: string): Told<"closed"> {
  return { type: "closed", connection, exit: undefined, failure: undefined };
}

/** All that a window may say there. To say no is an answer, too. */
export type FromWindow = Extract<ToWorker, { type: "answer" }>;
