// Hides the rhythm of typing, as OpenSSH's ObscureKeystrokeTiming does: what is typed leaves in steps of about 20 ms, and
// packets of the same size fill the steps in between until some time after the last key. An onlooker sees that somebody
// types, and neither when nor what. Only for terminals, and only where the server answers PING.

import { concat } from "../bytes/bytes.ts";
import type { Clock } from "../bytes/clock.ts";
import type { Random } from "../bytes/random.ts";

/** OpenSSH's numbers: the step, the part of it that is random, and how long it goes on after a key. */
const STEP_MS = 20;
const FUZZ_MS = STEP_MS / 10;
const CHAFF_LEAST_MS = 1024;
const CHAFF_RANDOM_MS = 2048;
/** So much at once is no typing; a paste must not wait. */
const BULK_BYTES = 256;

/** Sends one terminal's input. The same function for the same terminal. */
export type SendInput = (bytes: Uint8Array) => Promise<void>;

interface Chaff {
  readonly available: boolean;
  /** Undefined where none can be sent now: a key exchange runs, or the connection is over. */
  chaff(): Promise<void> | undefined;
}

interface Pacing {
  readonly at: "pacing";
  /** Makes the mean rate of each burst its own. */
  readonly rate: number;
  readonly waiting: Map<SendInput, Uint8Array[]>;
  waitingBytes: number;
  /** No more steps after this, unless there is another key. */
  until: number;
  /** The stream has not taken the last chaff yet: it is full of other things. */
  full: boolean;
  stopTimer: () => void;
}

type State = { readonly at: "idle" } | Pacing;

export class Keystrokes {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #chaff: Chaff;
  /** What a step sent and the terminal's channel has not taken yet: whoever writes there waits for it. */
  readonly #unsent = new Map<SendInput, Promise<void>>();
  #terminals = 0;
  #state: State = { at: "idle" };

  constructor(clock: Clock, random: Random, chaff: Chaff) {
    this.#clock = clock;
    this.#random = random;
    this.#chaff = chaff;
  }

  /** A terminal is open until `closed` settles. Behind the last one there is nothing to hide. */
  terminal(closed: Promise<unknown>): void {
    this.#terminals++;
    void closed.then(() => {
      if (--this.#terminals === 0) this.#stop();
    });
  }

  /** Sends now or with the next step. Resolves when it is fine to write more. */
  write(bytes: Uint8Array, send: SendInput): Promise<void> {
    const state = this.#state;
    if (bytes.length >= BULK_BYTES || !this.#chaff.available) {
      this.#stop();
      return send(bytes);
    }
    if (state.at === "idle") {
      this.#start();
      return send(bytes);
    }
    state.until = this.#chaffUntil();
    const mine = state.waiting.get(send);
    const kept = bytes.slice(); // the caller has it back when this resolves, which is before it leaves
    if (mine) mine.push(kept);
    else state.waiting.set(send, [kept]);
    state.waitingBytes += bytes.length;
    // What waits is little, so the next may be said at once.
    if (state.waitingBytes < BULK_BYTES) return this.#unsent.get(send) ?? Promise.resolve();
    state.waiting.delete(send);
    this.#stop();
    return send(concat(...(mine ?? [kept])));
  }

  /** What waits leaves now: something is to come behind it. */
  flush(): void {
    if (this.#state.at === "pacing") this.#sendWaiting(this.#state);
  }

  #start(): void {
    const state: Pacing = {
      at: "pacing",
      rate: this.#upTo(FUZZ_MS),
      waiting: new Map(),
      waitingBytes: 0,
      until: this.#chaffUntil(),
      full: false,
      stopTimer: () => undefined,
    };
    this.#state = state;
    this.#wait(state);
  }

  #wait(state: Pacing): void {
    const step = STEP_MS - FUZZ_MS + this.#upTo(FUZZ_MS) + state.rate;
    state.stopTimer = this.#clock.after(step, () => this.#step(state));
  }

  #step(state: Pacing): void {
    if (state.waitingBytes > 0) this.#sendWaiting(state);
    else if (state.full || this.#clock.now() >= state.until) return this.#stop();
    else {
      const sent = this.#chaff.chaff();
      if (!sent) return this.#stop();
      state.full = true;
      const taken = () => {
        state.full = false;
      };
      sent.then(taken, taken);
    }
    this.#wait(state);
  }

  #stop(): void {
    const state = this.#state;
    if (state.at === "idle") return;
    this.#state = { at: "idle" };
    state.stopTimer();
    this.#sendWaiting(state);
  }

  /** Keys of one step leave as one message: its size tells less than their number. */
  #sendWaiting(state: Pacing): void {
    const waiting = [...state.waiting];
    state.waiting.clear();
    state.waitingBytes = 0;
    for (const [send, parts] of waiting) {
      const sent = send(concat(...parts));
      this.#unsent.set(send, sent);
      const taken = () => {
        if (this.#unsent.get(send) === sent) this.#unsent.delete(send);
      };
      // A terminal that has closed meanwhile takes nothing, and whoever typed there is told so elsewhere.
      sent.then(taken, taken);
    }
  }

  #chaffUntil(): number {
    return this.#clock.now() + CHAFF_LEAST_MS + this.#upTo(CHAFF_RANDOM_MS);
  }

  #upTo(milliseconds: number): number {
    const [high = 0, low = 0] = this.#random(2);
    return (milliseconds * (high * 256 + low)) / 65_536;
  }
}
