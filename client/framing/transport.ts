// The SSH transport (RFC 4253) over one byte stream: identification, sealed packets in and out, the gate, the transport's
// own messages, and the end. A rekey is invisible above: what may not be sent meanwhile is held, in order.

import { concat } from "../bytes/bytes.ts";
import type { Clock } from "../bytes/clock.ts";
import { deadline } from "../bytes/deadline.ts";
import { asSshError, protocolError, SshError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import type { ByteStream, Maybe } from "../bytes/stream.ts";
import { Answers } from "./answers.ts";
import type { IncomingKeys, OutgoingKeys } from "./compression.ts";
import { Ending, streamEnd } from "./ending.ts";
import { type ExchangeState, gate, type Phase } from "./gate.ts";
import { goodbyeCode } from "./goodbye.ts";
import { HeldBack } from "./held-back.ts";
import { HoldQueue } from "./hold-queue.ts";
import { OUR_IDENTIFICATION, readIdentification } from "./identification.ts";
import { andThen } from "./maybe.ts";
import { DISCONNECT, MSG } from "./numbers.ts";
import { type Packet, PacketReader } from "./reader.ts";
import { type RekeyLimits, RekeyPolicy } from "./rekey-policy.ts";
import { SentNumbers } from "./sent-numbers.ts";
import { Debug, debugLine, disconnectedBy, Ignore, Ping, Pong, Unimplemented } from "./transport-messages.ts";
import { PacketWriter } from "./writer.ts";

/** What runs key exchanges on this transport (kex/handshake.ts), declared here because it is handed in from above. */
export interface Exchanges {
  /** The exact bytes of the server's version line, before any packet. */
  identified(raw: Uint8Array): void;
  /** Our KEXINIT for a new exchange. */
  offer(): Uint8Array;
  /** KEXINIT, NEWKEYS and 30..49. The next packet is not opened before the promise settles. */
  receive(packet: Packet): Maybe<void>;
}

/** Who takes the packets above the transport. Each may throw a protocol error. */
export interface Services {
  /** The server said who it is: its version line, cleaned. */
  identified(text: string): void;
  /** EXT_INFO; `first` where it is the packet right behind the server's first NEWKEYS (RFC 8308 2.4). */
  extensionInfo(payload: Uint8Array, first: boolean): void;
  /** SERVICE_ACCEPT and 51..79. */
  login(payload: Uint8Array): void;
  /** 80..127; false if the number means nothing. */
  connection(payload: Uint8Array): boolean;
  /** The server's answer to a PING of ours, if it is one. */
  pong(data: Uint8Array): void;
  /** The server does not know this message of ours, which it need not know. */
  unimplemented(number: number): void;
  /** Every packet that arrived, whatever it was: a sign of life. */
  heard(): void;
  debug(text: string): void;
}

export interface TransportOptions {
  readonly stream: ByteStream;
  readonly random: Random;
  readonly clock: Clock;
  readonly rekey: RekeyLimits;
}

/** A server that says nothing of itself for so long is not going to. */
const IDENTIFICATION_TIMEOUT_MS = 30_000;
/** The server's part of a key exchange, each step. In a later one everything it had sent before must arrive first. */
const EXCHANGE_TIMEOUT_MS = 120_000;
/** Packets from the server before the login is over: none sends a thousandth of it (security notes, R-KEX-5). */
const EARLY_PACKETS = 20_000;
/** And bytes: a banner of the longest kind is a hundredth of it. */
const EARLY_BYTES = 32 * 1024 * 1024;

export class Transport {
  /** Aborted with the cause, an SshError, once the connection is over. */
  readonly signal: AbortSignal;
  readonly closed: Promise<SshError | undefined>;
  readonly #options: TransportOptions;
  readonly #reader = new PacketReader();
  readonly #writer: PacketWriter;
  readonly #held = new HoldQueue();
  readonly #heldBack = new HeldBack();
  readonly #sent = new SentNumbers();
  readonly #answers = new Answers((payload) => this.send(payload));
  readonly #ending: Ending;
  readonly #policy: RekeyPolicy;
  #exchanges: Exchanges | undefined;
  #services: Services | undefined;
  #phase: Phase = "first-exchange";
  #exchange: ExchangeState = "none";
  /** True from our KEXINIT to our NEWKEYS: nothing above the transport may be sent. */
  #holding = false;
  #earlyPackets = 0;
  #earlyBytes = 0;
  /** The next packet is the one behind the server's first NEWKEYS. */
  #justSecured = false;
  #cancelExchangeTimer: () => void = () => {};

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#writer = new PacketWriter(options.stream, options.random, (cause) => this.fail(asSshError(cause)));
    this.#policy = new RekeyPolicy(options.clock, options.rekey, () => this.rekey());
    this.#ending = new Ending(options.stream, this.#writer, options.clock);
    this.signal = this.#ending.signal;
    this.closed = this.#ending.closed;
    // The first to hear of the end: whoever hears of it later finds nothing held and no timer running.
    this.signal.addEventListener("abort", () => {
      this.#policy.stop();
      this.#cancelExchangeTimer();
      this.#held.fail(asSshError(this.signal.reason));
    });
  }

  /**
   * Says who we are and what we offer, in one write, and reads until the server has said who it is; packets are then read
   * until the end. Rejects with `not-ssh`, `version`, `timeout` or what the stream died of.
   */
  async start(exchanges: Exchanges, services: Services): Promise<void> {
    this.#exchanges = exchanges;
    this.#services = services;
    this.#writer.raw(concat(OUR_IDENTIFICATION, Uint8Array.of(0x0d, 0x0a)));
    this.#offer();
    const cancelTimer = deadline(this.#options.clock, IDENTIFICATION_TIMEOUT_MS, () =>
      this.fail(new SshError("timeout", "The server accepted the connection, but did not say that it speaks SSH.")),
    );
    try {
      const ended = () => streamEnd(this.#options.stream);
      const { identification, rest } = await readIdentification(() => this.#read(), ended);
      this.#reader.push(rest);
      exchanges.identified(identification.raw);
      services.identified(identification.text);
      void this.#run();
    } catch (error) {
      this.fail(asSshError(error));
      throw this.signal.reason;
    } finally {
      cancelTimer();
    }
  }

  /**
   * Sends a message of the login or the connection. Call order is wire order; resolves when it is fine to send more,
   * which during a key exchange is only once that is over. Rejects with the cause of the end. `data` follows `payload` in
   * the same message; neither may change until the promise settles.
   */
  send(payload: Uint8Array, data?: Uint8Array): Promise<void> {
    if (this.#ending.over) return rejected(this.signal.reason);
    if (!this.#holding) return handled(this.#send(payload, data));
    const held = this.#held.push(payload, data);
    if (this.#held.full) this.fail(protocolError("it made us answer without end during a key exchange"));
    return handled(held);
  }

  /**
   * SSH_MSG_IGNORE with `length` random bytes (RFC 4253 11.2). Waits for the end of a key exchange, where the RFC allows it
   * and some servers take it for a violation.
   */
  ignore(length: number): Promise<void> {
    return this.send(Ignore.encode({ data: this.#options.random(length) }));
  }

  /** SSH_MSG_DEBUG, for the server's log (RFC 4253 11.3). */
  debug(text: string): Promise<void> {
    return this.send(Debug.encode({ alwaysDisplay: false, text, language: "" }));
  }

  /**
   * PING, for who knows that the server announced ping@openssh.com. Undefined where none can be sent: before the login is
   * over, while a key exchange runs, and at the end.
   */
  ping(data: Uint8Array): Promise<void> | undefined {
    if (this.#ending.over || this.#holding || this.#phase !== "open") return undefined;
    return this.send(Ping.encode({ data }));
  }

  /** Starts a key exchange; joins the one that is running. */
  rekey(): void {
    if (!this.#ending.over && this.#phase === "open" && this.#exchange === "none") this.#offer();
  }

  /** USERAUTH_SUCCESS was accepted: the very next packet may belong to a channel. */
  authenticated(): void {
    this.#phase = "open";
    this.#reader.authenticated();
    this.#writer.authenticated();
    this.#policy.restart();
  }

  /** For the exchanges: goes out at once, ahead of what is held. */
  sendExchange(payload: Uint8Array): void {
    if (!this.#ending.over) void handled(this.#write(payload));
  }

  /** For the exchanges: the server's KEXINIT came. Sends ours if it is not out yet. */
  exchangeRunning(strict: boolean): void {
    if (this.#exchange === "none") this.#offer();
    this.#exchange = "running";
    if (strict && this.#phase === "first-exchange") this.#phase = "first-exchange-strict";
  }

  /** For the exchanges: NEWKEYS goes out and our keys change in the same step (RFC 4253 7.3). */
  switchOutgoing(newKeys: Uint8Array, keys: OutgoingKeys, reset: boolean): void {
    if (this.#ending.over) return; // the answer of a person may come after the end
    void handled(this.#write(newKeys));
    this.#writer.switchKeys(keys, reset);
    // In the first exchange nothing is held; in a later one what waited goes out now, under the new keys.
    this.#holding = false;
    this.#held.flush((payload, data) => this.#send(payload, data));
  }

  /**
   * For the exchanges: a person decides whether this is the right server, and has all the time there is. What the server
   * says behind its NEWKEYS waits for the answer; if it leaves meanwhile, that is noticed at once.
   */
  undecided(decision: Promise<void>): void {
    this.#heldBack
      .until(decision, (packet, first) => this.#dispatch(packet, first))
      .then(
        () => this.#expectExchange(),
        (error: unknown) => this.fail(asSshError(error)),
      );
  }

  /** For the exchanges: NEWKEYS came; the next packet is opened with the new keys. */
  switchIncoming(keys: IncomingKeys, reset: boolean): void {
    this.#reader.switchKeys(keys, reset);
    this.#reader.oneAtATime = false;
    this.#exchange = "none";
    this.#justSecured = this.#phase === "first-exchange" || this.#phase === "first-exchange-strict";
    if (this.#justSecured) this.#phase = "login";
    this.#policy.restart();
  }

  /** Leaves politely: DISCONNECT, then the end. Settles `closed` with `cause`, or with nothing for a wanted end. */
  async disconnect(cause?: SshError): Promise<void> {
    this.#ending.end(
      cause,
      cause === undefined || cause.code === "aborted" ? DISCONNECT.BY_APPLICATION : goodbyeCode(cause),
    );
    await this.closed; // also where it had ended before, and the goodbye is still on its way
  }

  /** The connection cannot go on. The first cause wins; the server is told with a code, never with our words. */
  fail(cause: SshError): void {
    this.#ending.end(cause, goodbyeCode(cause));
  }

  async #run(): Promise<void> {
    try {
      await this.#reader.run(
        () => this.#read(),
        (packet) => this.#deliver(packet),
        (what) => this.#meanwhile(what),
      );
      throw new SshError("lost", "The server closed the connection.");
    } catch (error) {
      const cause = asSshError(error);
      if (cause.code === "protocol") await this.#lastWords();
      // Where only the stream can know why, its word is better than ours.
      this.fail(cause.code === "lost" ? ((await streamEnd(this.#options.stream)) ?? cause) : cause);
    }
  }

  /** A server that broke a rule may say why it leaves in the same breath; that tells more than which rule it was. */
  #lastWords(): Promise<void> {
    return this.#reader.rest(({ number, payload }) => {
      if (number === MSG.DISCONNECT) this.fail(disconnectedBy(payload));
    });
  }

  /**
   * While a message was being handled. Before the login that may be a question to a person, which no longer matters; in a
   * later exchange it is soon done, and what the server said before it left is still to be read.
   */
  #meanwhile(what: "hung up" | "flooded"): void {
    if (this.#phase === "open") return;
    if (what === "flooded") throw protocolError("it sent far more than can come before the login");
    throw new SshError("lost", "The server closed the connection while it was waiting.");
  }

  /** Nothing more is read once we have ended. */
  #read(): Promise<Uint8Array | null> {
    return this.#ending.over ? Promise.resolve(null) : this.#options.stream.read();
  }

  #deliver(packet: Packet): Maybe<void> {
    if (this.#ending.over) return;
    this.#services?.heard();
    if (this.#phase !== "open") this.#earlyBytes += packet.payload.length;
    if (this.#phase !== "open" && (++this.#earlyPackets > EARLY_PACKETS || this.#earlyBytes > EARLY_BYTES))
      throw protocolError("it sent packets without end before the login");
    const first = this.#justSecured;
    this.#justSecured = false;
    if (this.#heldBack.active && this.#mustWait(packet.number))
      return this.#heldBack.keep(packet, first, (packet, first) => this.#dispatch(packet, first));
    return this.#dispatch(packet, first);
  }

  /** While a person decides: all that the server says under its new keys, but neither that it leaves nor what can never come. */
  #mustWait(number: number): boolean {
    if (this.#exchange !== "none" || number === MSG.DISCONNECT) return false;
    return gate(this.#phase, this.#exchange, number) !== "fatal";
  }

  #dispatch(packet: Packet, first: boolean): Maybe<void> {
    const services = this.#services;
    const exchanges = this.#exchanges;
    if (this.#ending.over || !services || !exchanges) return;
    const { number, payload } = packet;
    const verdict = gate(this.#phase, this.#exchange, number);
    if (verdict === "fatal") throw protocolError(`message ${number} cannot come now`);
    if (verdict === "ignore") return;
    if (verdict === "unimplemented") return this.#unimplemented(packet);
    if (number <= MSG.DEBUG) return this.#own(packet);
    if (number === MSG.EXT_INFO) services.extensionInfo(payload, first);
    else if (number >= MSG.KEXINIT && number <= MSG.KEX_LAST) {
      this.#reader.oneAtATime = true;
      // Handling it may ask a person, who has all the time there is.
      this.#cancelExchangeTimer();
      return andThen(exchanges.receive(packet), () => this.#expectExchange());
    } else if (number <= MSG.USERAUTH_LAST) services.login(payload);
    else if (number >= MSG.PING) this.#pinged(packet);
    else if (!services.connection(payload)) this.#unimplemented(packet);
    this.#rekeyIfDue();
  }

  #own({ number, payload }: Packet): void {
    if (number === MSG.DISCONNECT) this.fail(disconnectedBy(payload));
    else if (number === MSG.DEBUG) this.#services?.debug(debugLine(payload));
    else if (number === MSG.UNIMPLEMENTED) {
      const unknown = this.#sent.numberOf(Unimplemented.decode(payload).sequence);
      // What else we send before the login is basic SSH; whoever does not know that cannot go on.
      if (this.#phase !== "open" && unknown !== MSG.EXT_INFO)
        throw protocolError("it does not know a message that every SSH server knows");
      if (unknown !== undefined) this.#services?.unimplemented(unknown);
    }
  }

  #pinged({ number, payload }: Packet): void {
    if (number === MSG.PONG) this.#services?.pong(Pong.decode(payload).data);
    else {
      const { data } = Ping.decode(payload);
      // As OpenSSH has it: a PONG that waited for the end of an exchange would measure nothing, and could pile up.
      if (!this.#holding) this.#answers.post(Pong.encode({ data }));
    }
  }

  #unimplemented(packet: Packet): void {
    this.#answers.post(Unimplemented.encode({ sequence: packet.sequence }));
  }

  #offer(): void {
    const payload = this.#exchanges?.offer();
    if (!payload) return;
    this.#holding = true;
    this.#exchange = "offered";
    void handled(this.#write(payload));
    this.#expectExchange();
  }

  #expectExchange(): void {
    this.#cancelExchangeTimer();
    if (this.#ending.over || this.#exchange === "none" || this.#heldBack.active) return;
    this.#cancelExchangeTimer = deadline(this.#options.clock, EXCHANGE_TIMEOUT_MS, () =>
      this.fail(new SshError("timeout", "The server did not finish the key exchange in time. Connect again.")),
    );
  }

  #send(payload: Uint8Array, data?: Uint8Array): Promise<void> {
    const sent = this.#write(payload, data);
    this.#rekeyIfDue();
    return sent;
  }

  #write(payload: Uint8Array, data?: Uint8Array): Promise<void> {
    this.#sent.note(this.#writer.sequence, payload[0] ?? 0);
    return this.#writer.send(payload, data);
  }

  #rekeyIfDue(): void {
    if (this.#policy.due(this.#reader, this.#writer)) this.rekey();
  }
}

/** Callers that do not wait for a send must not cause an unhandled rejection: the end is told by `signal` and `closed`. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function rejected(reason: unknown): Promise<never> {
  return handled(Promise.reject(reason));
}
