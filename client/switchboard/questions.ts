// Questions to a person, asked through the port. A question belongs to the connection; it is answered once, or it is over.

import type { HostKeyClaim } from "../knownhosts/claim.ts";
import type { FromWorker, PromptAnswer, PromptQuestion } from "./messages.ts";
import { wipe } from "./secrets.ts";

/** What can be said to each kind of question; whoever asks takes everything else for a cancelled one. */
const ANSWERS: Readonly<Record<PromptQuestion["kind"], readonly PromptAnswer["kind"][]>> = {
  "host-key": ["host-key"],
  credential: ["password", "key", "use-challenge"],
  challenge: ["challenge"],
  "new-password": ["new-password"],
};

export class Questions {
  readonly #post: (message: FromWorker) => void;
  readonly #connection: string;
  readonly #open = new Map<number, (answer: PromptAnswer) => void>();
  #last = 0;

  constructor(connection: string, post: (message: FromWorker) => void) {
    this.#connection = connection;
    this.#post = post;
  }

  /** Rejects with the signal's reason when the connection dies; the page is then told that the question is over. */
  ask(question: PromptQuestion, signal: AbortSignal, claim?: HostKeyClaim): Promise<PromptAnswer> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const prompt = ++this.#last;
      const died = () => {
        this.#open.delete(prompt);
        this.#post({ type: "prompt-over", connection: this.#connection, prompt, answered: false });
        reject(signal.reason);
      };
      signal.addEventListener("abort", died, { once: true });
      this.#open.set(prompt, (answer) => {
        this.#open.delete(prompt);
        signal.removeEventListener("abort", died);
        if (!ANSWERS[question.kind].includes(answer.kind)) wipe(answer);
        resolve(answer);
      });
      this.#post({ type: "prompt", connection: this.#connection, prompt, question, claim });
    });
  }

  /** Was it taken? A second answer, or one to a question that is over, is not: it does nothing, and its secrets are wiped. */
  answer(prompt: number, answer: PromptAnswer): boolean {
    const open = this.#open.get(prompt);
    if (open) open(answer);
    else wipe(answer);
    return open !== undefined;
  }
}
