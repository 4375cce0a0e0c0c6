// All timers of the engine. Passed in, so that tests decide what time it is.

export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls `ring` once after `ms`; the result cancels it. */
  after(ms: number, ring: () => void): () => void;
}
