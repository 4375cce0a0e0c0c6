// Replies to requests carry no number: they answer the oldest request still open (RFC 4254 4 and 5.4). One queue for the
// connection's global requests, one for each channel.

import type { Clock } from "../bytes/clock.ts";
import { deadline } from "../bytes/deadline.ts";
import type { SshError } from "../bytes/errors.ts";
import { noAnswer } from "./waits.ts";

interface Waiting<T> {
  readonly resolve: (reply: T) => void;
  readonly reject: (cause: SshError) => void;
  readonly stopTimer: () => void;
}

export class ReplyQueue<T> {
  readonly #clock: Clock;
  readonly #waiting: Waiting<T>[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The reply to the request that is sent now. Rejects with `timeout` after `patience` ms, if that is given. */
  expect(patience?: number): Promise<T> {
    return new Promise((resolve, reject) => {
      // Out of patience, the entry keeps its place: its reply may still come, and must not answer the next request.
      const stopTimer =
        patience === undefined ? () => undefined : deadline(this.#clock, patience, () => reject(noAnswer(patience)));
      this.#waiting.push({ resolve, reject, stopTimer });
    });
  }

  /** A reply has come. One that nobody asked for is dropped: kept, such replies have filled the queues of other clients. */
  settle(reply: T): void {
    const oldest = this.#waiting.shift();
    oldest?.stopTimer();
    oldest?.resolve(reply);
  }

  /** No further reply will come. */
  fail(cause: SshError): void {
    for (const { stopTimer, reject } of this.#waiting.splice(0)) {
      stopTimer();
      reject(cause);
    }
  }
}
