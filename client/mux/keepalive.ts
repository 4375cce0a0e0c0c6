// Is the server still there, and how far away is it? Asked every quarter of a minute, by ping@openssh.com where the server
// announced it, else by a global request that wants a reply. Whatever is heard counts as life, not only the reply.

import type { Clock } from "../bytes/clock.ts";
import { SshError } from "../bytes/errors.ts";
import type { Link } from "./link.ts";
import type { Multiplexer } from "./multiplexer.ts";
import type { Ping } from "./ping.ts";

export interface KeepaliveEvents {
  /** Milliseconds from probe to reply. */
  roundTrip(milliseconds: number): void;
  /** True after three probes without a sign of life, false at the next sign. */
  stalled(stalled: boolean): void;
}

interface KeepaliveOptions {
  /** Milliseconds between two probes. */
  readonly interval?: number;
  /** Milliseconds of silence before the connection is given up. */
  readonly limit?: number;
}

const PROBES_BEFORE_STALLED = 3;
/** By then a shell is open, in whose way no probe should be. */
const SETTLED_MS = 1000;

export class Keepalive {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #mux: Pick<Multiplexer, "globalRequest">;
  readonly #ping: Pick<Ping, "available" | "measure">;
  readonly #events: KeepaliveEvents;
  readonly #interval: number;
  readonly #limit: number;
  #heardAt: number;
  #begun = false;
  #unanswered = 0;
  #stalled = false;
  #stopTimer: () => void = () => undefined;

  /** Probes from the first second on, or from `begin`, until the link dies. Not to be made before the user is authenticated. */
  constructor(
    link: Link,
    clock: Clock,
    mux: Pick<Multiplexer, "globalRequest">,
    ping: Pick<Ping, "available" | "measure">,
    events: KeepaliveEvents,
    options: KeepaliveOptions = {},
  ) {
    this.#link = link;
    this.#clock = clock;
    this.#mux = mux;
    this.#ping = ping;
    this.#events = events;
    this.#interval = options.interval ?? 15_000;
    this.#limit = options.limit ?? 300_000;
    this.#heardAt = clock.now();
    if (link.signal.aborted) return;
    link.signal.addEventListener("abort", () => this.#stopTimer(), { once: true });
    this.#wait(SETTLED_MS);
  }

  /** The first probe goes now, if it has not gone yet. */
  begin(): void {
    if (this.#begun || this.#link.signal.aborted) return;
    this.#stopTimer();
    this.#probe();
    this.#wait(this.#interval);
  }

  /** Call it for every packet of the server's, whatever is in it. */
  heard(): void {
    this.#heardAt = this.#clock.now();
    this.#unanswered = 0;
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#events.stalled(false);
  }

  #wait(delay: number): void {
    const due = this.#clock.now() + delay;
    this.#stopTimer = this.#clock.after(delay, () => this.#ring(due));
  }

  #ring(due: number): void {
    if (this.#link.signal.aborted) return;
    const now = this.#clock.now();
    // The machine slept: the silence was ours. Ask now, and count from here.
    if (now - due > 2 * this.#interval) {
      this.#heardAt = now;
      this.#unanswered = 0;
    }
    if (now - this.#heardAt >= this.#limit) {
      const minutes = Math.round(this.#limit / 60_000);
      this.#link.fail(
        new SshError(
          "timeout",
          `The server has not answered for ${minutes} minutes. Check the network, then reconnect.`,
        ),
      );
      return;
    }
    if (this.#unanswered >= PROBES_BEFORE_STALLED && !this.#stalled) {
      this.#stalled = true;
      this.#events.stalled(true);
    }
    this.#probe();
    this.#wait(this.#interval);
  }

  #probe(): void {
    this.#begun = true;
    const sentAt = this.#clock.now();
    this.#unanswered++;
    const answered = (elapsed: number) => {
      // Longer than the connection would live in silence: the machine slept in between.
      if (elapsed <= this.#limit) this.#events.roundTrip(elapsed);
    };
    if (this.#ping.available) this.#ping.measure(answered);
    else {
      this.#mux.globalRequest("keepalive@openssh.com", new Uint8Array(0), true).then(
        () => answered(this.#clock.now() - sentAt),
        () => undefined, // the connection died, and whoever holds it knows
      );
    }
  }
}
