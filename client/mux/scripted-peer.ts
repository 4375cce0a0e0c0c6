// For tests only: a server in memory that says what the test tells it to and remembers what it was sent, and a clock that
// stands still until the test moves it.

import { concat } from "../bytes/bytes.ts";
import type { Clock } from "../bytes/clock.ts";
import { SshError } from "../bytes/errors.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { Writer } from "../bytes/wire.ts";
import type { Channel } from "./channel.ts";
import {
  ChannelClose,
  ChannelData,
  ChannelEof,
  ChannelExtendedData,
  ChannelFailure,
  ChannelOpen,
  ChannelOpenConfirmation,
  ChannelOpenFailure,
  ChannelRequest,
  ChannelSuccess,
  ChannelWindowAdjust,
  GlobalRequest,
  RequestFailure,
  RequestSuccess,
} from "./connection-messages.ts";
import type { Link } from "./link.ts";
import { Multiplexer } from "./multiplexer.ts";

/** The peer's number of the first channel. Unlike ours, so that a reply to the wrong number shows. */
export const REMOTE = 700;

const DECODERS = new Map<number, (payload: Uint8Array) => string>([
  [80, (p) => line("GLOBAL_REQUEST", GlobalRequest.decode(p))],
  [81, (p) => line("REQUEST_SUCCESS", RequestSuccess.decode(p))],
  [82, (p) => line("REQUEST_FAILURE", RequestFailure.decode(p))],
  [90, (p) => line("OPEN", ChannelOpen.decode(p))],
  [91, (p) => line("CONFIRMATION", ChannelOpenConfirmation.decode(p))],
  [92, (p) => line("OPEN_FAILURE", ChannelOpenFailure.decode(p))],
  [93, (p) => line("ADJUST", ChannelWindowAdjust.decode(p))],
  [94, (p) => line("DATA", ChannelData.decode(p))],
  [95, (p) => line("EXTENDED_DATA", ChannelExtendedData.decode(p))],
  [96, (p) => line("EOF", ChannelEof.decode(p))],
  [97, (p) => line("CLOSE", ChannelClose.decode(p))],
  [98, (p) => line("REQUEST", ChannelRequest.decode(p))],
  [99, (p) => line("SUCCESS", ChannelSuccess.decode(p))],
  [100, (p) => line("FAILURE", ChannelFailure.decode(p))],
]);

/** A message as one readable line: its name and its fields in wire order, byte strings as text with length where long. */
function line(name: string, fields: object): string {
  const words = Object.values(fields).map((value) => {
    if (!(value instanceof Uint8Array)) return String(value);
    return value.length > 40 ? `(${value.length} bytes)` : JSON.stringify(String.fromCharCode(...value));
  });
  return [name, ...words].join(" ");
}

class FakeClock implements Clock {
  #now = 1000;
  readonly #timers = new Set<{ readonly at: number; readonly ring: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, ring: () => void): () => void {
    const timer = { at: this.#now + ms, ring };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  get running(): number {
    return this.#timers.size;
  }

  /** Time passes, and every timer rings at its moment. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.at);
      this.#timers.delete(next);
      next.ring();
      await turns();
    }
    this.#now = end;
    await turns();
  }

  /** The machine sleeps: time passes, and what was due rings only afterwards. */
  async sleep(ms: number): Promise<void> {
    this.#now += ms;
    await this.pass(0);
  }

  #next(end: number): { readonly at: number; readonly ring: () => void } | undefined {
    const due = [...this.#timers].filter((timer) => timer.at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}

export class ScriptedPeer {
  readonly clock = new FakeClock();
  readonly mux: Multiplexer;
  readonly link: Link;
  readonly payloads: Uint8Array[] = [];
  failure: SshError | undefined;
  readonly #death = new AbortController();
  #held: (() => void)[] | undefined;

  constructor() {
    this.link = {
      send: (payload, data) => {
        if (this.#death.signal.aborted) return Promise.reject(this.#death.signal.reason);
        this.payloads.push(data ? concat(payload, data) : payload);
        const held = this.#held;
        return held ? new Promise((resolve) => held.push(resolve)) : Promise.resolve();
      },
      fail: (error) => this.die(error),
      signal: this.#death.signal,
    };
    this.mux = new Multiplexer(this.link, this.clock);
  }

  /** Until `release`, sends stay pending: a rekey, or a stream that takes no more. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const resolve of held) resolve();
  }

  die(error: SshError = new SshError("lost", "gone")): void {
    this.failure ??= error;
    this.#death.abort(error);
  }

  /** What was sent since the last call, one line each. */
  heard(): string[] {
    return this.payloads.splice(0).map((payload) => DECODERS.get(payload[0] ?? 0)?.(payload) ?? `? ${payload[0]}`);
  }

  /** Opens a session as the peer's channel `id`. What was said for it is forgotten. */
  async open({ id = REMOTE, window = 1 << 20, maxPacket = 32_768, own = 2 << 20 } = {}): Promise<Channel> {
    const opening = this.mux.openSession({ window: own });
    this.confirm({ id, window, maxPacket });
    this.payloads.length = 0;
    return await opening;
  }

  confirm({ recipient = this.#lastOpened(), id = REMOTE, window = 1 << 20, maxPacket = 32_768 } = {}): void {
    this.say(ChannelOpenConfirmation.encode({ recipient, sender: id, window, maxPacket }));
  }

  say(...payloads: readonly Uint8Array[]): void {
    for (const payload of payloads) this.mux.receive(payload);
  }

  data(recipient: number, data: string | Uint8Array): void {
    this.say(ChannelData.encode({ recipient, data: typeof data === "string" ? encodeUtf8(data) : data }));
  }

  stderr(recipient: number, data: string, type = 1): void {
    this.say(ChannelExtendedData.encode({ recipient, type, data: encodeUtf8(data) }));
  }

  adjust(recipient: number, bytes: number): void {
    this.say(ChannelWindowAdjust.encode({ recipient, bytes }));
  }

  eof(recipient: number): void {
    this.say(ChannelEof.encode({ recipient }));
  }

  close(recipient: number): void {
    this.say(ChannelClose.encode({ recipient }));
  }

  request(recipient: number, name: string, data: Uint8Array = new Uint8Array(0), wantReply = false): void {
    this.say(ChannelRequest.encode({ recipient, name, wantReply, data }));
  }

  exitStatus(recipient: number, status: number): void {
    this.request(recipient, "exit-status", new Writer().uint32(status).done());
  }

  grant(recipient: number): void {
    this.say(ChannelSuccess.encode({ recipient }));
  }

  refuse(recipient: number): void {
    this.say(ChannelFailure.encode({ recipient }));
  }

  #lastOpened(): number {
    const last = this.payloads.findLast((payload) => payload[0] === ChannelOpen.number);
    if (!last) throw new Error("no channel was asked for");
    return ChannelOpen.decode(last).sender;
  }
}

/** Lets everything that waits on promises alone run to its end. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}
