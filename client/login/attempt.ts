// What one authentication method is given to make its attempt with, and what comes of it.

import type { Expectation, LoginTransport, Outcome, Reply } from "./auth-requests.ts";
import type { LoginPrompts } from "./prompt.ts";

export interface Attempt {
  readonly user: string;
  readonly transport: Pick<LoginTransport, "sessionId" | "serverSignatureAlgorithms" | "hostBoundTo" | "signal">;
  readonly prompts: LoginPrompts;
  /** One round with the server. Throws `authentication` when there have been too many. */
  request(payload: Uint8Array): Promise<Outcome>;
  /** The same, where the server may also answer with message 60. */
  converse<M>(payload: Uint8Array, expectation: Expectation<M>): Promise<Reply<M>>;
  /**
   * One question to the person. Throws `aborted` when it is cancelled, and the connection's cause when that is over;
   * an answer that comes after that goes to `wipe`.
   */
  ask<T>(question: (signal: AbortSignal) => Promise<T | null>, wipe: (answer: T) => void): Promise<T>;
}

/** The service that is to start after the login (RFC 4252 5): there is only one. */
export const CONNECTION_SERVICE = "ssh-connection";

/** The longest text of a server that is shown with a question, in characters (security notes, R-UI-1). */
export const PROMPT_LIMIT = 4096;
