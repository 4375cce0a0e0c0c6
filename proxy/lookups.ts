// Name lookups, few at a time. The system's resolver cannot be called back and runs on the four threads that Node has for
// such work, the log's writes among it: names of a dead zone must keep neither other callers nor the log waiting.

import type { Resolve } from "./policy.ts";

/** Of the four threads, one is left to others. */
const MOST = 3;

interface Waiting {
  readonly caller: string;
  readonly start: () => void;
}

export class Lookups {
  readonly #resolve: Resolve;
  readonly #mostPerCaller: number;
  readonly #running: string[] = [];
  #queue: readonly Waiting[] = [];

  /** `mostPerCaller` at a time; the others wait for their turn. */
  constructor(resolve: Resolve, mostPerCaller: number) {
    this.#resolve = resolve;
    this.#mostPerCaller = mostPerCaller;
  }

  /** As the resolver answers. Rejects with the signal's reason if that comes before its turn; once asked, it is waited for. */
  lookUp(caller: string, name: string, signal: AbortSignal): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = (): void => {
        this.#queue = this.#queue.filter((entry) => entry !== waiting);
        reject(signal.reason);
      };
      const start = (): void => {
        signal.removeEventListener("abort", leave);
        this.#running.push(caller);
        const settled = (): void => {
          this.#running.splice(this.#running.indexOf(caller), 1);
          this.#next();
        };
        this.#resolve(name).finally(settled).then(resolve, reject);
      };
      const waiting: Waiting = { caller, start };
      signal.addEventListener("abort", leave, { once: true });
      this.#queue = [...this.#queue, waiting];
      this.#next();
    });
  }

  /** Who came first goes first, and whoever already has its share lets the others by. */
  #next(): void {
    if (this.#running.length >= MOST) return;
    const has = (caller: string): number => this.#running.filter((running) => running === caller).length;
    const first = this.#queue.find(({ caller }) => has(caller) < this.#mostPerCaller);
    if (!first) return;
    this.#queue = this.#queue.filter((entry) => entry !== first);
    first.start();
  }
}
