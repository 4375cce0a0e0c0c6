// How much waits for one side of a pipe, and whether its source is held back for it: from the high mark on, down to the
// low one. A message costs memory beside its bytes, so that a flood of tiny ones is no way around the marks.

/** What `ws` and Node's streams keep for a message or a write that waits; rounded up from what was measured. */
const MESSAGE_COST = 1024;

export interface Marks {
  readonly high: number;
  readonly low: number;
}

export class Backlog {
  readonly #marks: Marks;
  readonly #resume: () => void;
  #waiting = 0;
  #holds = false;

  /** `resume` is called when a source that was held back may go on. */
  constructor(marks: Marks, resume: () => void) {
    this.#marks = marks;
    this.#resume = resume;
  }

  /** True: hold the source back. */
  add(bytes: number): boolean {
    this.#waiting += bytes + MESSAGE_COST;
    if (this.#waiting > this.#marks.high) this.#holds = true;
    return this.#holds;
  }

  /** So many of the bytes and messages that were added have gone. */
  remove(bytes: number, messages: number): void {
    this.#waiting -= bytes + messages * MESSAGE_COST;
    if (!this.#holds || this.#waiting > this.#marks.low) return;
    this.#holds = false;
    this.#resume();
  }
}
