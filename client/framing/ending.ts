// The end of a connection. The first cause wins; a DISCONNECT leaves where somebody is there to hear it, and then the stream
// is closed. Everyone who waits is told by one signal.

import type { Clock } from "../bytes/clock.ts";
import { SshError } from "../bytes/errors.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { Disconnect } from "./transport-messages.ts";
import type { PacketWriter } from "./writer.ts";

/** How long a DISCONNECT may take to leave before the stream is closed under it. */
const GOODBYE_MS = 1000;

export class Ending {
  /** Aborted with the cause, an SshError, at once. */
  readonly signal: AbortSignal;
  /** Settles when the goodbye is out and the stream closed: with the cause, or with nothing for a wanted end. */
  readonly closed: Promise<SshError | undefined>;
  readonly #stream: ByteStream;
  readonly #writer: PacketWriter;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  #settleClosed: (cause: SshError | undefined) => void = () => {};
  #over = false;

  constructor(stream: ByteStream, writer: PacketWriter, clock: Clock) {
    this.#stream = stream;
    this.#writer = writer;
    this.#clock = clock;
    this.signal = this.#abort.signal;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /** `code` is what our DISCONNECT says of why (RFC 4253 11.1); none is sent without it. Later calls change nothing. */
  end(cause: SshError | undefined, code: number | undefined): void {
    if (this.#over) return;
    this.#over = true;
    const reason = cause ?? new SshError("channel-closed", "The connection is closed.");
    let finished = false;
    const finish = () => {
      if (finished) return;
      finished = true;
      this.#writer.fail(reason);
      this.#stream.close(cause);
      this.#settleClosed(cause);
    };
    if (code === undefined) finish();
    else this.#goodbye(code, finish);
    this.#abort.abort(reason);
  }

  #goodbye(code: number, finish: () => void): void {
    this.#writer.send(Disconnect.encode({ reason: code, description: "", language: "" })).catch(() => {});
    const cancelTimer = this.#clock.after(GOODBYE_MS, finish);
    const gone = () => {
      cancelTimer();
      finish();
    };
    // A stream that is over takes no goodbye.
    void this.#stream.closed.then(gone);
    void this.#writer.flushed().then(gone, () => {});
  }
}

/** Why the stream ended, if it was not cleanly. A clean end of one direction leaves `closed` open: not waited for. */
export async function streamEnd(stream: ByteStream): Promise<SshError | undefined> {
  let cause: SshError | undefined;
  void stream.closed.then((reason) => {
    cause = reason;
  });
  // A stream that is torn down ends its reader and settles `closed` in one turn, in whatever order.
  for (let turns = 0; turns < 4 && cause === undefined; turns++) await Promise.resolve();
  return cause;
}
