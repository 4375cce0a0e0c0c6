// Many channels over one connection (RFC 4254): the table of channels, opening, global requests, and the refusal of
// whatever the server would open or ask of us. It never sees a packet, only payloads with numbers 80 to 127.

import type { Clock } from "../bytes/clock.ts";
import { deadline } from "../bytes/deadline.ts";
import { asSshError, protocolError, SshError } from "../bytes/errors.ts";
import type { Decoded } from "../bytes/message.ts";
import { Channel, type ChannelPort, type ChannelRequestHandler } from "./channel.ts";
import {
  ChannelClose,
  ChannelFailure,
  ChannelOpen,
  ChannelOpenConfirmation,
  ChannelOpenFailure,
  ChannelRequest,
  ChannelWindowAdjust,
  GlobalRequest,
  RequestFailure,
  RequestSuccess,
  recipientOf,
} from "./connection-messages.ts";
import type { Link } from "./link.ts";
import { openingRefused, refusalOf } from "./open-failure.ts";
import { Postbox } from "./postbox.ts";
import { ReplyQueue } from "./replies.ts";
import { cancelled, noAnswer } from "./waits.ts";
import { DEFAULT_WINDOW, ReceiveWindow, WINDOWS_LIMIT } from "./window.ts";

/** sshd allows ten sessions by default (MaxSessions); more than this is a mistake of ours. */
const CHANNELS_LIMIT = 64;
const PATIENCE = 60_000;
const NOTHING = new Uint8Array(0);

interface MultiplexerOptions {
  /** Milliseconds that the server has for a reply, for an opening and for its CLOSE. */
  readonly patience?: number;
  /** A global request of the server's. True if it was understood. Throws a protocol error, which must end the connection. */
  readonly requested?: (name: string, data: Uint8Array) => boolean;
}

interface OpenOptions {
  /** Bytes that the server may send before any is taken. */
  readonly window?: number;
  /** Gives the opening up. */
  readonly signal?: AbortSignal;
  /** Requests of the server's on this channel, from its first moment on. */
  readonly requested?: ChannelRequestHandler;
}

type Slot =
  | { readonly at: "opening"; readonly window: ReceiveWindow; readonly opening: Opening }
  /** Nobody waits any more: closed as soon as it is confirmed. */
  | { readonly at: "abandoned"; readonly window: ReceiveWindow }
  | { readonly at: "open"; readonly window: ReceiveWindow; readonly channel: Channel };

interface Opening {
  readonly requested: ChannelRequestHandler;
  confirm(channel: Channel): void;
  refuse(error: SshError): void;
}

export class Multiplexer {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #patience: number;
  readonly #port: ChannelPort;
  readonly #postbox: Postbox;
  readonly #requested: (name: string, data: Uint8Array) => boolean;
  readonly #replies: ReplyQueue<Uint8Array | undefined>;
  readonly #slots = new Map<number, Slot>();
  /** Counts up and never back, so a late message cannot reach a younger channel that got an old number. */
  #nextId = 0;
  #noMoreSessions = false;

  constructor(link: Link, clock: Clock, options: MultiplexerOptions = {}) {
    this.#link = link;
    this.#clock = clock;
    this.#patience = options.patience ?? PATIENCE;
    this.#requested = options.requested ?? (() => false);
    this.#postbox = new Postbox(link);
    this.#replies = new ReplyQueue(clock);
    this.#port = {
      clock,
      patience: this.#patience,
      send: (payload, data) => link.send(payload, data),
      post: (payload) => this.#postbox.post(payload),
    };
    link.signal.addEventListener("abort", () => this.#lost(), { once: true });
  }

  /** Channels whose number is taken: opening, open, or waiting for the server's CLOSE. */
  get channelCount(): number {
    return this.#slots.size;
  }

  /** RFC 4254 6.1. Rejects with `channel-refused`, `timeout`, `aborted`, or the cause of the connection's death. */
  openSession(options: OpenOptions = {}): Promise<Channel> {
    return new Promise((resolve, reject) => {
      this.#checkAlive();
      const { signal } = options;
      if (signal?.aborted) throw cancelled(signal);
      if (this.#noMoreSessions)
        throw new SshError("channel-refused", "This connection was locked to the sessions it has. Open another one.");
      if (this.#slots.size >= CHANNELS_LIMIT) {
        throw new SshError(
          "channel-refused",
          `This connection already has ${CHANNELS_LIMIT} channels. Close one, or open another connection.`,
        );
      }
      const id = this.#nextId++;
      const begun = this.#clock.now();
      // Whoever names a size wants that one.
      const window =
        options.window === undefined
          ? new ReceiveWindow(DEFAULT_WINDOW, { room: () => this.#roomForWindows() })
          : new ReceiveWindow(options.window);
      const giveUp = (error: SshError) => {
        this.#slots.set(id, { at: "abandoned", window });
        stopWaiting();
        reject(error);
      };
      const onAbort = () => signal && giveUp(cancelled(signal));
      const stopTimer = deadline(this.#clock, this.#patience, () => giveUp(noAnswer(this.#patience)));
      signal?.addEventListener("abort", onAbort, { once: true });
      const stopWaiting = () => {
        stopTimer();
        signal?.removeEventListener("abort", onAbort);
      };
      const opening: Opening = {
        requested: options.requested ?? (() => false),
        confirm: (channel) => {
          stopWaiting();
          const now = this.#clock.now();
          window.measured(now - begun, now);
          resolve(channel);
        },
        refuse: (error) => {
          stopWaiting();
          reject(error);
        },
      };
      this.#slots.set(id, { at: "opening", window, opening });
      this.#postbox.post(
        ChannelOpen.encode({
          type: "session",
          sender: id,
          window: window.size,
          maxPacket: window.maxPacket,
          data: NOTHING,
        }),
      );
    });
  }

  /**
   * RFC 4254 4. With `wantReply`: the data of the reply, undefined if the server refuses. Without: undefined, at once.
   * Waits as long as the connection lives: whoever asks knows how long an answer may take.
   */
  globalRequest(name: string, data: Uint8Array, wantReply: boolean): Promise<Uint8Array | undefined> {
    if (this.#link.signal.aborted) return Promise.reject(this.#cause());
    const reply = wantReply ? this.#replies.expect() : Promise.resolve(undefined);
    this.#postbox.post(GlobalRequest.encode({ name, wantReply, data }));
    return reply;
  }

  /**
   * No further session can be opened, not even by whoever takes over this page. `tell`: the server refuses them too from
   * now on, by no-more-sessions@openssh.com (OpenSSH PROTOCOL 2.2), on which servers other than OpenSSH may hang up.
   */
  lockSessions(tell: boolean): void {
    if (this.#noMoreSessions) return;
    this.#noMoreSessions = true;
    if (tell) void this.globalRequest("no-more-sessions@openssh.com", NOTHING, false).catch(() => undefined);
  }

  /**
   * A payload with a number from 80 to 127; it must not be changed afterwards, for channels hand out views of it. False for
   * a number that we do not know, which the caller answers with UNIMPLEMENTED. Throws a protocol error, which must end the
   * connection.
   */
  receive(payload: Uint8Array): boolean {
    if (this.#link.signal.aborted) return true;
    const number = payload[0] ?? 0;
    switch (number) {
      case GlobalRequest.number:
        this.#globalRequested(GlobalRequest.decode(payload));
        return true;
      case RequestSuccess.number:
        this.#replies.settle(RequestSuccess.decode(payload).data);
        return true;
      case RequestFailure.number:
        RequestFailure.decode(payload);
        this.#replies.settle(undefined);
        return true;
      case ChannelOpen.number:
        this.#postbox.post(ChannelOpenFailure.encode(refusalOf(ChannelOpen.decode(payload))));
        return true;
      case ChannelOpenConfirmation.number:
        this.#confirmed(payload);
        return true;
      case ChannelOpenFailure.number:
        this.#refused(payload);
        return true;
      default:
        if (number < ChannelWindowAdjust.number || number > ChannelFailure.number) return false;
        this.#receiveForChannel(number, payload);
        return true;
    }
  }

  #globalRequested({ name, wantReply, data }: Decoded<typeof GlobalRequest>): void {
    const understood = this.#requested(name, data);
    if (!wantReply) return;
    // To keepalive@openssh.com FAILURE is the answer that OpenSSH itself gives, and all that is wanted is one.
    this.#postbox.post(understood ? RequestSuccess.encode({ data: NOTHING }) : RequestFailure.encode({}));
  }

  #confirmed(payload: Uint8Array): void {
    const { recipient, sender, window, maxPacket } = ChannelOpenConfirmation.decode(payload);
    const slot = this.#unconfirmed(recipient);
    const requested = slot.at === "opening" ? slot.opening.requested : () => false;
    const channel = new Channel(this.#port, { id: sender, window, maxPacket }, slot.window, requested);
    // In the table before anyone hears of it: data, EOF and CLOSE may follow in the same breath.
    this.#slots.set(recipient, { at: "open", window: slot.window, channel });
    if (slot.at === "abandoned") channel.close();
    else if (maxPacket === 0) {
      channel.close();
      slot.opening.refuse(new SshError("channel-refused", "The server opened a channel through which nothing fits."));
    } else slot.opening.confirm(channel);
  }

  #refused(payload: Uint8Array): void {
    const failure = ChannelOpenFailure.decode(payload);
    const slot = this.#unconfirmed(failure.recipient);
    this.#slots.delete(failure.recipient);
    if (slot.at === "opening") slot.opening.refuse(openingRefused(failure));
  }

  #unconfirmed(id: number): Exclude<Slot, { at: "open" }> {
    const slot = this.#slots.get(id);
    if (!slot || slot.at === "open") throw protocolError("an answer to a channel opening that we did not ask for");
    return slot;
  }

  #receiveForChannel(number: number, payload: Uint8Array): void {
    const id = recipientOf(payload);
    const slot = this.#slots.get(id);
    if (!slot) {
      // What crossed our CLOSE may come late, if it only answers or tells; data, EOF or a second CLOSE may not.
      const crossed = number === ChannelWindowAdjust.number || number >= ChannelRequest.number;
      if (id < this.#nextId && crossed) return;
      throw protocolError(`message ${number} for a channel that does not exist`);
    }
    if (slot.at === "open") {
      if (slot.channel.receive(payload)) this.#slots.delete(id);
      return;
    }
    if (number !== ChannelClose.number) throw protocolError(`message ${number} before the channel was confirmed`);
    // Some servers refuse with CLOSE instead of OPEN_FAILURE. There is no number of theirs to answer to.
    ChannelClose.decode(payload);
    this.#slots.delete(id);
    if (slot.at === "opening") {
      slot.opening.refuse(new SshError("channel-refused", "The server closed the channel instead of opening it."));
    }
  }

  #roomForWindows(): number {
    let room = WINDOWS_LIMIT;
    for (const { window } of this.#slots.values()) room -= window.size;
    return room;
  }

  #lost(): void {
    const cause = this.#cause();
    const slots = [...this.#slots.values()];
    this.#slots.clear();
    this.#replies.fail(cause);
    for (const slot of slots) {
      if (slot.at === "open") slot.channel.lost(cause);
      else if (slot.at === "opening") slot.opening.refuse(cause);
    }
  }

  #checkAlive(): void {
    if (this.#link.signal.aborted) throw this.#cause();
  }

  #cause(): SshError {
    return asSshError(this.#link.signal.reason);
  }
}
