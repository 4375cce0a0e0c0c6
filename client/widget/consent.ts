// The page around wants to type: the person is asked once for each connection, in the frame or in a window of ours, and sees
// the text. What they said holds until the connection ends.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Attached } from "../switchboard/messages.ts";
import { OwnQuestion } from "../switchboard/own-question.ts";
import type { AskedByPage } from "./sight/framed-question.tsx";

export class Consent {
  readonly #open = signal<AskedByPage | undefined>(undefined);
  #question: OwnQuestion | undefined;
  #answer: boolean | undefined;

  /** The open question, for whoever shows it. */
  get open(): ReadonlySignal<AskedByPage | undefined> {
    return this.#open;
  }

  /** A sentence where the text may not be typed; otherwise `type` is called, now or when the person has agreed. */
  ask(text: string, about: Omit<Attached, "type" | "connection">, type: () => void): string | undefined {
    if (this.#answer === true) {
      type();
      return undefined;
    }
    if (this.#answer === false) return "The person does not want this page to type.";
    if (this.#question) return "A text waits for the person's answer.";
    const shown = { kind: "send-text", origin: about.embedder ?? "", text } as const;
    const question = new OwnQuestion(about, shown);
    this.#question = question;
    void question.allowed.then((allowed) => {
      if (this.#question !== question) return;
      this.#question = undefined;
      this.#answer = allowed;
      this.#open.value = undefined;
      if (allowed) type();
    });
    this.#open.value = {
      question: shown,
      settle: (allow) => question.settle(allow),
      share: () => question.share(),
    };
    return undefined;
  }

  /** The connection is over: the next one is asked about anew. */
  reset(): void {
    const question = this.#question;
    this.#question = undefined;
    this.#answer = undefined;
    this.#open.value = undefined;
    question?.settle(false);
  }
}
