// ping@openssh.com (OpenSSH PROTOCOL 1.8): how far away is the server, and packets that look like a keystroke and are none.
// Nothing is sent to a server that did not announce it.

import { equal } from "../bytes/bytes.ts";
import type { Clock } from "../bytes/clock.ts";
import type { Random } from "../bytes/random.ts";

/** So much data makes PING as long as a CHANNEL_DATA with one byte in it: 1 + 4 + 5 = 1 + 4 + 4 + 1. */
const DATA_BYTES = 5;
/** Measurements whose answer is still awaited; a server that answers none is not remembered without end. */
const AWAITED_LIMIT = 8;

/** What sends: the transport. Undefined where no PING can leave now. */
export type SendPing = (data: Uint8Array) => Promise<void> | undefined;

interface Awaited {
  readonly data: Uint8Array;
  readonly sentAt: number;
  readonly answered: (milliseconds: number) => void;
}

export class Ping {
  /** The server announced it and has not said since that it does not know it. */
  available = false;
  readonly #send: SendPing;
  readonly #random: Random;
  readonly #clock: Clock;
  #awaited: readonly Awaited[] = [];

  constructor(send: SendPing, random: Random, clock: Clock) {
    this.#send = send;
    this.#random = random;
    this.#clock = clock;
  }

  /** One round trip; `answered` is called if and when the answer comes. Where none can be sent now, nothing happens. */
  measure(answered: (milliseconds: number) => void): void {
    const data = this.#random(DATA_BYTES);
    const sentAt = this.#clock.now();
    if (!this.#ping(data)) return;
    this.#awaited = [...this.#awaited, { data, sentAt, answered }].slice(-AWAITED_LIMIT);
  }

  /** A packet for an onlooker. Undefined where none can be sent now; else it resolves when it is fine to send more. */
  chaff(): Promise<void> | undefined {
    return this.#ping(this.#random(DATA_BYTES));
  }

  /** PONG. Those of chaff, and those that answer nothing, are dropped. */
  pong(data: Uint8Array): void {
    const index = this.#awaited.findIndex((one) => equal(one.data, data));
    const found = this.#awaited[index];
    if (!found) return;
    // Answers come in order: what was asked before this one gets none any more.
    this.#awaited = this.#awaited.slice(index + 1);
    found.answered(this.#clock.now() - found.sentAt);
  }

  /** The server does not know PING after all. */
  unknown(): void {
    this.available = false;
    this.#awaited = [];
  }

  #ping(data: Uint8Array): Promise<void> | undefined {
    const sent = this.available ? this.#send(data) : undefined;
    sent?.catch(() => undefined); // the end of the connection is told elsewhere
    return sent;
  }
}
