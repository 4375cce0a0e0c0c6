// A byte stream over the relay: the client's half of relay protocol version 1 (shared/relay-protocol.ts). Binary frames are
// the server's bytes; text frames say how far the relay has come. `window: 0`: a lost WebSocket is a lost connection.

import { closeReason } from "../../shared/close-codes.ts";
import { LIMITS, parseRelayControl, SUBPROTOCOL } from "../../shared/relay-protocol.ts";
import type { Target } from "../../shared/target.ts";
import type { Clock } from "./clock.ts";
import { aborted, SshError } from "./errors.ts";
import type { ByteStream } from "./stream.ts";

/** What we use of a WebSocket: the browser's has it, and so has `ws` in Node. */
export interface Socket {
  readonly bufferedAmount: number;
  /** True where `send` has copied the data when it returns, as a browser must. */
  readonly copiesWrites?: boolean;
  send(data: string | Uint8Array): void;
  close(code?: number): void;
}

export interface SocketEvents {
  opened(): void;
  /** A text frame as a string, a binary one as an ArrayBuffer. */
  message(data: unknown): void;
  /** Also after a failure: once, and last. */
  closed(code: number): void;
}

export type OpenSocket = (url: string, subprotocol: string, events: SocketEvents) => Socket;

export interface RelayOptions {
  /** ws: or wss: address of the relay, with its path. */
  readonly url: string;
  readonly token: string | undefined;
  /** In place of the token (shared/grant.ts). */
  readonly grant?: string | undefined;
  readonly target: Target;
  readonly socket: OpenSocket;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** "reached": the WebSocket is open. "allowed": the relay dials. "answered": TCP is there. */
  readonly progress: (state: "reached" | "allowed" | "answered") => void;
}

/** Unsent bytes above which writers wait; upload needs about 1 MiB or more in flight (performance notes, section 2). */
const HIGH_WATER = 2 * 1024 * 1024;
/** A WebSocket has no drain event. Timers are clamped to 4 ms, so this is what "look again" costs. */
const DRAIN_POLL_MS = 4;
/** How long reaching the relay, and its dialling, may take. The relay's own dial limit is shorter and says more. */
const OPEN_TIMEOUT_MS = 30_000;
/** Received and not yet read. The SSH window bounds it far below; a relay that sends more than any window is hostile. */
const RECEIVE_LIMIT = 64 * 1024 * 1024;
/** What a frame costs beside its bytes: a flood of tiny ones must count for what it takes. */
const FRAME_COST = 256;

/**
 * Opens the WebSocket and asks for the target. Resolves once TCP is open; what the server said since then waits in the
 * stream. Rejects with `relay-unreachable`, a relay's close name, `timeout` or `aborted`.
 */
export function openRelayStream(options: RelayOptions): Promise<ByteStream> {
  return new RelayStream(options).opened;
}

class RelayStream implements ByteStream {
  readonly opened: Promise<ByteStream>;
  readonly closed: Promise<SshError | undefined>;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #chunks: Uint8Array[] = [];
  #first = 0;
  #held = 0;
  #reader: ((chunk: Uint8Array | null) => void) | undefined;
  readonly #writers = new Set<(failure?: SshError) => void>();
  #state: "connecting" | "dialling" | "open" | "closed" = "connecting";
  #targetEnded = false;
  #weEnded = false;
  #settleOpened: { resolve: (stream: ByteStream) => void; reject: (error: SshError) => void };
  #settleClosed: (reason: SshError | undefined) => void = () => {};
  #cancelTimer: () => void = () => {};

  constructor(options: RelayOptions) {
    this.#clock = options.clock;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#settleOpened = { resolve: () => {}, reject: () => {} };
    this.opened = new Promise((resolve, reject) => {
      this.#settleOpened = { resolve, reject };
    });
    this.#socket = options.socket(options.url, SUBPROTOCOL, {
      opened: () => this.#ask(options),
      message: (data) => this.#receive(data, options.progress),
      closed: (code) => this.#socketClosed(code),
    });
    this.#cancelTimer = this.#clock.after(OPEN_TIMEOUT_MS, () => {
      this.close(new SshError("timeout", "The relay did not open the connection in time."));
    });
    const abort = () =>
      this.close(options.signal.reason instanceof SshError ? options.signal.reason : aborted(options.signal.reason));
    if (options.signal.aborted) abort();
    else options.signal.addEventListener("abort", abort, { once: true });
    void this.closed.then(() => options.signal.removeEventListener("abort", abort));
  }

  get copiesWrites(): boolean {
    return this.#socket.copiesWrites === true;
  }

  read(): Promise<Uint8Array | null> {
    const chunk = this.#chunks[this.#first];
    if (chunk) {
      this.#held -= chunk.length + FRAME_COST;
      // Not `shift`, which moves everything behind it each time.
      if (++this.#first === this.#chunks.length || this.#first >= 256) {
        this.#chunks.splice(0, this.#first);
        this.#first = 0;
      }
      return Promise.resolve(chunk);
    }
    if (this.#targetEnded || this.#state === "closed") return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  write(chunk: Uint8Array): Promise<void> {
    if (this.#state !== "open" || this.#weEnded)
      return Promise.reject(new SshError("lost", "The connection to the relay is closed."));
    this.#socket.send(chunk);
    if (this.#socket.bufferedAmount <= HIGH_WATER) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (failure?: SshError) => {
        this.#writers.delete(settle);
        if (failure) reject(failure);
        else resolve();
      };
      this.#writers.add(settle);
      const look = () => {
        if (!this.#writers.has(settle)) return;
        if (this.#socket.bufferedAmount <= HIGH_WATER / 2) settle();
        else this.#clock.after(DRAIN_POLL_MS, look);
      };
      this.#clock.after(DRAIN_POLL_MS, look);
    });
  }

  end(): void {
    if (this.#state !== "open" || this.#weEnded) return;
    this.#weEnded = true;
    this.#socket.send(JSON.stringify({ type: "eof" }));
  }

  close(reason?: SshError): void {
    if (this.#state === "closed") return;
    this.#finish(reason);
    this.#socket.close(1000);
  }

  #ask({ target: { host, port }, token, grant, progress }: RelayOptions): void {
    if (this.#state !== "connecting") return;
    this.#state = "dialling";
    progress("reached");
    // A member that is undefined is left out.
    this.#socket.send(JSON.stringify({ type: "open", host, port, ...(grant === undefined ? { token } : { grant }) }));
  }

  #receive(data: unknown, progress: RelayOptions["progress"]): void {
    if (this.#state === "closed") return;
    if (typeof data === "string") this.#control(data, progress);
    else if (!(data instanceof ArrayBuffer) || this.#state !== "open" || this.#targetEnded)
      this.#broken("bytes before the connection was open");
    else if (this.#held + data.byteLength + FRAME_COST > RECEIVE_LIMIT)
      this.#broken("far more bytes than were asked for");
    else if (data.byteLength > 0) {
      const chunk = new Uint8Array(data);
      const reader = this.#reader;
      this.#reader = undefined;
      if (reader) reader(chunk);
      else {
        this.#chunks.push(chunk);
        this.#held += chunk.length + FRAME_COST;
      }
    }
  }

  #control(frame: string, progress: RelayOptions["progress"]): void {
    const parsed = frame.length > LIMITS.control ? undefined : parseRelayControl(frame);
    if (parsed === undefined || parsed.kind === "malformed") return this.#broken("a message that is no message");
    if (parsed.kind !== "known") return;
    switch (parsed.control.type) {
      case "dialing":
        if (this.#state === "dialling") progress("allowed");
        return;
      case "opened":
        if (this.#state !== "dialling") this.#broken("an opening that was not asked for");
        else {
          this.#state = "open";
          this.#cancelTimer();
          progress("answered");
          this.#settleOpened.resolve(this);
        }
        return;
      case "eof":
        if (this.#state !== "open") return this.#broken("an end before the beginning");
        this.#targetEnded = true;
        this.#reader?.(null);
        this.#reader = undefined;
        return;
      case "ack": // window 0: nothing is kept that an ack could release
      case "drain": // there is no other instance to go to yet; the close that follows says what happened
        return;
    }
  }

  #broken(what: string): void {
    this.close(new SshError("relay-protocol", `The relay sent ${what}. Reload the page.`));
  }

  #socketClosed(code: number): void {
    if (this.#state === "closed") return;
    const ours = closeReason(code);
    if (ours) this.#finish(ours.name === "target-closed" ? undefined : new SshError(ours.name, ours.sentence));
    else if (this.#state === "connecting") {
      this.#finish(
        new SshError("relay-unreachable", "The relay could not be reached. Check that it runs, and your network."),
      );
    } else this.#finish(new SshError("lost", "The connection to the relay was lost."));
  }

  #finish(reason: SshError | undefined): void {
    this.#state = "closed";
    this.#cancelTimer();
    this.#settleOpened.reject(reason ?? new SshError("target-closed", "The server closed the connection."));
    for (const settle of this.#writers) settle(reason ?? new SshError("lost", "The connection is closed."));
    this.#reader?.(null);
    this.#reader = undefined;
    this.#settleClosed(reason);
  }
}
