// When keys have served long enough: by bytes, by packets and by time (RFC 4253 9, RFC 4344 3.1 and 3.2).

import type { Clock } from "../bytes/clock.ts";

export interface RekeyLimits {
  /** In either direction. RFC 4253 9 and RFC 4344 3: a gigabyte, an hour, and far fewer than 2^32 packets. */
  readonly bytes: number;
  readonly packets: number;
  readonly milliseconds: number;
}

export const DEFAULT_REKEY: RekeyLimits = { bytes: 2 ** 30, packets: 2 ** 31, milliseconds: 3_600_000 };

/** What went through one direction since its keys last changed. */
export interface Usage {
  readonly bytes: number;
  readonly packets: number;
}

export class RekeyPolicy {
  readonly #clock: Clock;
  readonly #limits: RekeyLimits;
  readonly #rekey: () => void;
  #cancelTimer: () => void = () => {};

  /** `rekey` is called when the time is up; it must not mind being called too often. */
  constructor(clock: Clock, limits: RekeyLimits, rekey: () => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#rekey = rekey;
  }

  /** The keys are new: their time begins. An idle connection is rekeyed as well. */
  restart(): void {
    this.stop();
    this.#cancelTimer = this.#clock.after(this.#limits.milliseconds, this.#rekey);
  }

  stop(): void {
    this.#cancelTimer();
  }

  /** Have the keys of either direction done enough? */
  due(incoming: Usage, outgoing: Usage): boolean {
    const { bytes, packets } = this.#limits;
    return Math.max(incoming.bytes, outgoing.bytes) >= bytes || Math.max(incoming.packets, outgoing.packets) >= packets;
  }
}
