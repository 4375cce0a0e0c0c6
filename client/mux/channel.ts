// One channel (RFC 4254 5), from its confirmation to both CLOSEs. EOF is sent once and CLOSE once; CLOSE is answered with
// CLOSE; after CLOSE we send nothing more here. Opening is the multiplexer's: a Channel always has a peer.

import type { Clock } from "../bytes/clock.ts";
import { protocolError, SshError } from "../bytes/errors.ts";
import {
  ChannelClose,
  ChannelData,
  ChannelEof,
  ChannelExtendedData,
  ChannelFailure,
  ChannelRequest,
  ChannelSuccess,
  ChannelWindowAdjust,
  channelDataHead,
  STDERR,
} from "./connection-messages.ts";
import { type Chunk, Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import { ReplyQueue } from "./replies.ts";
import { type ReceiveWindow, SendWindow } from "./window.ts";

/** What the peer said in its confirmation: its number of the channel, and what it takes. */
interface ChannelPeer {
  readonly id: number;
  readonly window: number;
  readonly maxPacket: number;
}

/** The connection, as one channel sees it. */
export interface ChannelPort {
  readonly clock: Clock;
  /** Milliseconds that a reply, or the answer to CLOSE, is waited for. */
  readonly patience: number;
  send(payload: Uint8Array, data: Uint8Array): Promise<void>;
  /** Fire and forget. */
  post(payload: Uint8Array): void;
}

/** A request of the peer's on this channel. True if it was understood; must not throw. */
export type ChannelRequestHandler = (name: string, data: Uint8Array, channel: Channel) => boolean;

type State =
  | { readonly at: "open" }
  | { readonly at: "closing"; readonly reason: SshError | undefined; readonly stopTimer: () => void }
  | { readonly at: "closed" };

/** Fits into one packet of any server's; longer commands belong into a file. */
const REQUEST_LIMIT = 200 * 1024;

export class Channel {
  readonly #port: ChannelPort;
  readonly #peer: number;
  readonly #requested: ChannelRequestHandler;
  readonly #receiveWindow: ReceiveWindow;
  readonly #inbox = new Inbox();
  readonly #outbox: Outbox;
  readonly #replies: ReplyQueue<boolean>;
  readonly #settleClosed: (cause: SshError | undefined) => void;
  #state: State = { at: "open" };
  #eofReceived = false;

  /** Settles when the channel is over: undefined after a clean CLOSE, else the cause. Never rejects. */
  readonly closed: Promise<SshError | undefined>;

  constructor(port: ChannelPort, peer: ChannelPeer, window: ReceiveWindow, requested: ChannelRequestHandler) {
    this.#port = port;
    this.#peer = peer.id;
    this.#requested = requested;
    this.#receiveWindow = window;
    this.#outbox = new Outbox(new SendWindow(peer.window, peer.maxPacket), {
      data: (data) => port.send(channelDataHead(peer.id, data.length), data),
      eof: () => port.post(ChannelEof.encode({ recipient: peer.id })),
    });
    this.#replies = new ReplyQueue(port.clock);
    let settle: (cause: SshError | undefined) => void = () => undefined;
    this.closed = new Promise((resolve) => {
      settle = resolve;
    });
    this.#settleClosed = settle;
  }

  /**
   * The next piece, stdout and stderr in the order they arrived; null after EOF or CLOSE. When the connection dies, what
   * had arrived comes first, and then the cause is thrown. One read at a time.
   */
  read(): Promise<Chunk | null> {
    return this.#inbox.read();
  }

  /** The consumer has taken so many bytes of what it read. Only this gives the server its window back. */
  credit(bytes: number): void {
    if (this.#state.at !== "open") return; // after CLOSE no adjustment may be sent, so the window stays what it is
    const adjustment = this.#receiveWindow.credit(bytes, this.#port.clock.now());
    if (adjustment > 0) {
      this.#port.post(ChannelWindowAdjust.encode({ recipient: this.#peer, bytes: adjustment }));
    }
  }

  /** False once either side has begun to close it. */
  get open(): boolean {
    return this.#state.at === "open";
  }

  /** Resolves when it is fine to write more. Takes any length; the channel owns the array until then. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#outbox.write(bytes);
  }

  /** EOF, behind what was written. Reading goes on. */
  end(): void {
    this.#outbox.end(new SshError("channel-closed", "Nothing can be written after the end of the input."));
  }

  /** Ends both directions at once; what was received can still be read. The first reason wins. */
  close(reason?: SshError): void {
    if (this.#state.at !== "open") return;
    // A peer that never answers CLOSE must not hold up those who wait; its number stays taken all the same.
    const stopTimer = this.#port.clock.after(this.#port.patience, () => this.#settleClosed(reason));
    this.#state = { at: "closing", reason, stopTimer };
    this.#stop(reason ?? new SshError("channel-closed", "This session was closed."), reason);
    this.#port.post(ChannelClose.encode({ recipient: this.#peer }));
  }

  /**
   * A request of ours. With `wantReply`: was it granted? Rejects if the channel or the connection ends first, or the server
   * is silent for too long. Without: resolves at once, to whether it was sent.
   */
  request(name: string, data: Uint8Array, wantReply: boolean): Promise<boolean> {
    if (this.#state.at !== "open") {
      if (!wantReply) return Promise.resolve(false);
      return Promise.reject(new SshError("channel-closed", "This session is already closed."));
    }
    if (data.length > REQUEST_LIMIT) {
      return Promise.reject(new SshError("unsupported", "This command is too long to be sent."));
    }
    const reply = wantReply ? this.#replies.expect(this.#port.patience) : Promise.resolve(true);
    this.#port.post(ChannelRequest.encode({ recipient: this.#peer, name, wantReply, data }));
    return reply;
  }

  /** The peer will read no more input: what is not written yet is given up, and EOF tells it that we know. */
  stopInput(): void {
    this.#outbox.abandon(new SshError("channel-closed", "The program has stopped reading its input."));
  }

  /**
   * For the multiplexer: a message of the peer's for this channel, 93 to 100. The result is true when both sides have sent
   * CLOSE and the number is free. Throws a protocol error.
   */
  receive(payload: Uint8Array): boolean {
    switch (payload[0]) {
      case ChannelWindowAdjust.number:
        this.#outbox.adjust(ChannelWindowAdjust.decode(payload).bytes);
        return false;
      case ChannelData.number:
        this.#receiveData({ stream: "stdout", bytes: ChannelData.decode(payload).data });
        return false;
      case ChannelExtendedData.number: {
        const { type, data } = ChannelExtendedData.decode(payload);
        this.#receiveData({ stream: type === STDERR ? "stderr" : "unknown", bytes: data });
        return false;
      }
      case ChannelEof.number:
        ChannelEof.decode(payload);
        this.#eofReceived = true;
        this.#inbox.end();
        return false;
      case ChannelClose.number:
        ChannelClose.decode(payload);
        this.#receiveClose();
        return true;
      case ChannelRequest.number:
        this.#receiveRequest(payload);
        return false;
      case ChannelSuccess.number:
        ChannelSuccess.decode(payload);
        this.#replies.settle(true);
        return false;
      case ChannelFailure.number:
        ChannelFailure.decode(payload);
        this.#replies.settle(false);
        return false;
      default:
        throw protocolError(`message ${payload[0]} on an open channel`);
    }
  }

  /** For the multiplexer: the connection has died. */
  lost(cause: SshError): void {
    if (this.#state.at === "closing") this.#state.stopTimer();
    this.#state = { at: "closed" };
    this.#stop(cause, cause);
    this.#settleClosed(cause);
  }

  #receiveData({ stream, bytes }: { stream: Chunk["stream"] | "unknown"; bytes: Uint8Array }): void {
    this.#receiveWindow.receive(bytes.length);
    if (this.#state.at !== "open") return;
    // Twisted Conch lets EOF overtake its data. Whoever read has gone, so bytes are lost: this session says so, others live on.
    if (this.#eofReceived) return this.close(protocolError("channel data after EOF (RFC 4254 5.3)"));
    // Data for nobody is credited at once: else a few such packets would stall the channel.
    if (stream === "unknown") this.credit(bytes.length);
    else this.#inbox.push({ stream, bytes });
  }

  #receiveRequest(payload: Uint8Array): void {
    const { name, wantReply, data } = ChannelRequest.decode(payload);
    const understood = this.#requested(name, data, this);
    if (!wantReply || this.#state.at !== "open") return;
    const reply = understood ? ChannelSuccess : ChannelFailure;
    this.#port.post(reply.encode({ recipient: this.#peer })); // the peer's number, as in every message to it
  }

  #receiveClose(): void {
    const reason = this.#state.at === "closing" ? this.#state.reason : undefined;
    if (this.#state.at === "closing") this.#state.stopTimer();
    else this.#port.post(ChannelClose.encode({ recipient: this.#peer })); // never EOF first: some servers trip over it
    this.#state = { at: "closed" };
    this.#stop(new SshError("channel-closed", "The server has closed this session."), reason);
    this.#settleClosed(reason);
  }

  /** Ends every wait: writers and requests with `error`, the reader with `cause` or cleanly. */
  #stop(error: SshError, cause: SshError | undefined): void {
    this.#outbox.stop(error);
    this.#replies.fail(error);
    this.#inbox.end(cause);
  }
}
