// A connection as its questions see it: in the page that shows its terminal, or in a window that only answers.

import type { ReadonlySignal } from "@preact/signals";
import type { Destination, PromptAnswer } from "../switchboard/messages.ts";
import type { KeyDraft } from "./key-draft.ts";
import type { SessionState } from "./state.ts";

export interface Asked {
  readonly destination: Destination;
  /** Host and port of the relay. */
  readonly relayHost: string;
  readonly keyDraft: KeyDraft;
  readonly state: ReadonlySignal<Pick<SessionState, "question" | "phase" | "banner" | "basis" | "facts">>;
  answer(prompt: number, answer: PromptAnswer): void;
}
