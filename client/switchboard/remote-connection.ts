// The page's view of a connection that lives in a worker: what the interface and the terminal hold. Implemented over a
// MessagePort in `port.ts`; tests of the interface hand in a fake.

import type { Basis, TrustChoices } from "../knownhosts/claim.ts";
import type { Exit } from "../mux/exit.ts";
import type { TerminalSize } from "../mux/terminal-size.ts";
import type {
  ConnectionFacts,
  ConnectionFailure,
  Destination,
  PromptAnswer,
  PromptQuestion,
  RelayAccess,
  Step,
} from "./messages.ts";

export interface RemoteConnectionEvents {
  step(step: Step, state: "begun" | "done", elapsed: number): void;
  /** Again whenever a rekey changes something. */
  facts(facts: ConnectionFacts): void;
  trusted(basis: Basis): void;
  loggedIn(method: string): void;
  banner(text: string): void;
  notice(sentence: string): void;
  /** At most one question is open at a time. */
  prompt(id: number, question: PromptQuestion): void;
  /** `answered`: by a window. Otherwise nobody will answer it any more. */
  promptOver(id: number, answered: boolean): void;
  /** Terminal output in order; call `painted` with the byte count once it is on the screen. */
  output(chunks: readonly Uint8Array[]): void;
  roundTrip(milliseconds: number): void;
  log(line: string): void;
  /** Exactly once, last. */
  closed(exit: Exit | undefined, failure: ConnectionFailure | undefined): void;
}

export interface RemoteConnection {
  readonly destination: Destination;
  answer(prompt: number, answer: PromptAnswer): void;
  /** The array is transferred: the caller must not use it again. */
  input(bytes: Uint8Array): void;
  resize(size: TerminalSize): void;
  painted(bytes: number): void;
  /** A further port to this connection, to be transferred to a window that answers its questions. */
  share(): MessagePort;
  close(): void;
}

export interface ConnectRequest {
  readonly destination: Destination;
  /** Old algorithms are allowed for this host. */
  readonly legacy: boolean;
  readonly trust: TrustChoices;
  readonly relay: RelayAccess;
  /** See `connect` in messages.ts. */
  readonly embedder?: string | undefined;
  readonly size: TerminalSize;
}

export type Connector = (request: ConnectRequest, events: RemoteConnectionEvents) => RemoteConnection;
