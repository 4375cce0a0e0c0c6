// The ladder as it is climbed: which rung we are on, since when, and the page told of both.

import { type FromWorker, STEPS, type Step } from "./messages.ts";

export class Climb {
  readonly #connection: string;
  readonly #post: (message: FromWorker) => void;
  readonly #now: () => number;
  #begun = 0;
  #at: Step | undefined;

  constructor(connection: string, post: (message: FromWorker) => void, now: () => number) {
    this.#connection = connection;
    this.#post = post;
    this.#now = now;
  }

  /** The rung being climbed; undefined once the top is reached. */
  get at(): Step | undefined {
    return this.#at;
  }

  begin(step: Step): void {
    this.#at = step;
    this.#begun = this.#now();
    this.#post({ type: "step", connection: this.#connection, step, state: "begun", elapsed: 0 });
  }

  /** Ends this rung and begins the next one. */
  done(step: Step): void {
    const elapsed = Math.round(this.#now() - this.#begun);
    this.#post({ type: "step", connection: this.#connection, step, state: "done", elapsed });
    const next = STEPS[STEPS.indexOf(step) + 1];
    if (next) this.begin(next);
    else this.#at = undefined;
  }
}
