// How much of something a server may ask of the page: a bucket of `capacity`, refilled steadily. Time is passed in.

export class Allowance {
  readonly #capacity: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  #left: number;
  #asOf: number;

  /** `now` in milliseconds, monotonic. */
  constructor(capacity: number, perSecond: number, now: () => number) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#now = now;
    this.#left = capacity;
    this.#asOf = now();
  }

  /** Takes `amount` if there is as much; otherwise takes nothing and says so. */
  spend(amount: number): boolean {
    const now = this.#now();
    this.#left = Math.min(this.#capacity, this.#left + ((now - this.#asOf) / 1000) * this.#perSecond);
    this.#asOf = now;
    if (amount > this.#left) return false;
    this.#left -= amount;
    return true;
  }
}
