// Questions to a person, asked through the port. A question belongs to the connection; it is answered once, or it is over.

import type { FromWorker, PromptAnswer, PromptQuestion } from "./messages.ts";
import { secretsOf } from "./secrets.ts";

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
  ask(question: PromptQuestion, signal: AbortSignal): Promise<PromptAnswer> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const prompt = ++this.#last;
      const died = () => {
        this.#open.delete(prompt);
        this.#post({ type: "prompt-over", connection: this.#connection, prompt });
        reject(signal.reason);
      };
      signal.addEventListener("abort", died, { once: true });
      this.#open.set(prompt, (answer) => {
        this.#open.delete(prompt);
        signal.removeEventListener("abort", died);
        resolve(answer);
      });
      this.#post({ type: "prompt", connection: this.#connection, prompt, question });
    });
  }

  /** A second answer, or one to a question that is over, does nothing. */
  answer(prompt: number, answer: PromptAnswer): void {
    const open = this.#open.get(prompt);
    if (open) open(answer);
    else for (const secret of secretsOf(answer)) secret.fill(0);
  }
}
