// The sending half of a channel: writes leave in the order they were asked for, in packets that fit the peer's window, and
// EOF goes once, behind the last of them.

import { asSshError, type SshError } from "../bytes/errors.ts";
import type { SendWindow } from "./window.ts";

/** What the outbox sends, as messages of its channel. */
interface OutboxPort {
  data(bytes: Uint8Array): Promise<void>;
  eof(): void;
}

interface Write {
  readonly bytes: Uint8Array;
  sent: number;
  readonly resolve: () => void;
  readonly reject: (reason: SshError) => void;
}

type State =
  | { readonly at: "open" }
  | { readonly at: "ending"; readonly reason: SshError } // EOF leaves behind what is queued
  | { readonly at: "stopped"; readonly reason: SshError };

export class Outbox {
  readonly #window: SendWindow;
  readonly #port: OutboxPort;
  readonly #queue: Write[] = [];
  #state: State = { at: "open" };
  #draining = false;

  constructor(window: SendWindow, port: OutboxPort) {
    this.#window = window;
    this.#port = port;
  }

  /** Resolves when the last byte has been given to the link; rejects with the reason the outbox stopped for. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#state.at !== "open") return Promise.reject(this.#state.reason);
    return new Promise((resolve, reject) => {
      this.#queue.push({ bytes, sent: 0, resolve, reject });
      void this.#drain();
    });
  }

  /** EOF behind everything written so far. Later writes are rejected with `reason`. */
  end(reason: SshError): void {
    if (this.#state.at !== "open") return;
    this.#state = { at: "ending", reason };
    void this.#drain();
  }

  /** Throws a protocol error where the window would no longer be a uint32. */
  adjust(bytes: number): void {
    this.#window.adjust(bytes);
    void this.#drain();
  }

  /** Nothing more is sent, EOF neither: every write waiting or to come is rejected. */
  stop(reason: SshError): void {
    if (this.#state.at === "stopped") return;
    this.#state = { at: "stopped", reason };
    for (const write of this.#queue.splice(0)) write.reject(reason);
  }

  /** The peer takes no more input: what waits is rejected, and EOF goes now. */
  abandon(reason: SshError): void {
    if (this.#state.at === "stopped") return;
    this.stop(reason);
    this.#port.eof();
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let write = this.#queue[0]; write; write = this.#queue[0]) {
        const from = write.sent;
        const size = this.#window.take(write.bytes.length - from);
        if (size === 0 && from < write.bytes.length) break; // adjust() comes back here
        write.sent += size;
        if (size > 0) await this.#port.data(write.bytes.subarray(from, from + size));
        // stop() may have emptied the queue meanwhile.
        if (write.sent === write.bytes.length && this.#queue[0] === write) {
          this.#queue.shift();
          write.resolve();
        }
      }
    } catch (thrown) {
      this.stop(asSshError(thrown));
    } finally {
      this.#draining = false;
    }
    if (this.#state.at === "ending" && this.#queue.length === 0) {
      this.#state = { at: "stopped", reason: this.#state.reason };
      this.#port.eof();
    }
  }
}
