// The SSH transport (RFC 4253) over one byte stream: identification, sealed packets in and out, the gate, the transport's
// own messages, and the end. A rekey is invisible above: what may not be sent meanwhile is held, in order.

import { concat } from "../bytes/bytes.ts";
import type { Clock } from "../bytes/clock.ts";
import { asSshError, protocolError, SshError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import type { ByteStream, Maybe } from "../bytes/stream.ts";
import { cleanLine, cleanText } from "../bytes/text.ts";
import type { OpeningCipher, SealingCipher } from "./cipher.ts";
import { type ExchangeState, gate, type Phase } from "./gate.ts";
import { goodbyeCode } from "./goodbye.ts";
import { HoldQueue } from "./hold-queue.ts";
import { type Identification, IdentificationReader, OUR_IDENTIFICATION } from "./identification.ts";
import { andThen } from "./maybe.ts";
import { DISCONNECT, DISCONNECT_REASONS, MSG } from "./numbers.ts";
import { type Packet, PacketReader } from "./reader.ts";
import { Debug, Disconnect, Ignore, Unimplemented } from "./transport-messages.ts";
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
  extensionInfo(payload: Uint8Array): void;
  /** SERVICE_ACCEPT and 51..79. */
  login(payload: Uint8Array): void;
  /** 80..127; false if the number means nothing. */
  connection(payload: Uint8Array): boolean;
  /** Every packet that arrived, whatever it was: a sign of life. */
  heard(): void;
  debug(text: string): void;
}

export interface RekeyLimits {
  /** In either direction. RFC 4253 9 and RFC 4344 3: a gigabyte, an hour, and far fewer than 2^32 packets. */
  readonly bytes: number;
  readonly packets: number;
  readonly milliseconds: number;
}

export const DEFAULT_REKEY: RekeyLimits = { bytes: 2 ** 30, packets: 2 ** 31, milliseconds: 3_600_000 };

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
/** How long a DISCONNECT may take to leave before the stream is closed under it. */
const GOODBYE_MS = 1000;
/** The longest description that is shown. */
const DESCRIPTION_LIMIT = 1000;
/** Packets from the server before the login is over: none sends a thousandth of it (security notes, R-KEX-5). */
const EARLY_PACKETS = 20_000;
/** Answers to unknown messages that the stream has not taken yet. */
const UNREAD_ANSWERS = 1024;

export class Transport {
  /** Aborted with the cause, an SshError, once the connection is over. */
  readonly signal: AbortSignal;
  readonly closed: Promise<SshError | undefined>;
  readonly #options: TransportOptions;
  readonly #reader = new PacketReader();
  readonly #writer: PacketWriter;
  readonly #held = new HoldQueue();
  readonly #over = new AbortController();
  #settleClosed: (cause: SshError | undefined) => void = () => {};
  #exchanges: Exchanges | undefined;
  #services: Services | undefined;
  #phase: Phase = "first-exchange";
  #exchange: ExchangeState = "none";
  /** True from our KEXINIT to our NEWKEYS: nothing above the transport may be sent. */
  #holding = false;
  #ended = false;
  #earlyPackets = 0;
  #unread = 0;
  #cancelRekeyTimer: () => void = () => {};
  #cancelExchangeTimer: () => void = () => {};

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#writer = new PacketWriter(options.stream, options.random, (cause) => this.fail(asSshError(cause)));
    this.signal = this.#over.signal;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
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
    const cancelTimer = this.#options.clock.after(IDENTIFICATION_TIMEOUT_MS, () =>
      this.fail(new SshError("timeout", "The server accepted the connection, but did not say that it speaks SSH.")),
    );
    try {
      const { raw, text } = await this.#identify();
      exchanges.identified(raw);
      services.identified(text);
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
   * which during a key exchange is only once that is over. Rejects with the cause of the end.
   */
  send(payload: Uint8Array): Promise<void> {
    if (this.#ended) return rejected(this.#over.signal.reason);
    if (!this.#holding) return handled(this.#send(payload));
    const held = this.#held.push(payload);
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

  /** Starts a key exchange; joins the one that is running. */
  rekey(): void {
    if (!this.#ended && this.#phase === "open" && this.#exchange === "none") this.#offer();
  }

  /** USERAUTH_SUCCESS was accepted: the very next packet may belong to a channel. */
  authenticated(): void {
    this.#phase = "open";
    this.#rekeyInTime();
  }

  /** For the exchanges: goes out at once, ahead of what is held. */
  sendExchange(payload: Uint8Array): void {
    if (!this.#ended) void handled(this.#writer.send(payload));
  }

  /** For the exchanges: the server's KEXINIT came. Sends ours if it is not out yet. */
  exchangeRunning(strict: boolean): void {
    if (this.#exchange === "none") this.#offer();
    this.#exchange = "running";
    if (strict && this.#phase === "first-exchange") this.#phase = "first-exchange-strict";
  }

  /** For the exchanges: NEWKEYS goes out and our keys change in the same step (RFC 4253 7.3). */
  switchOutgoing(newKeys: Uint8Array, cipher: SealingCipher, reset: boolean): void {
    if (this.#ended) return; // the answer of a person may come after the end
    void handled(this.#writer.send(newKeys));
    this.#writer.switchKeys(cipher, reset);
    // In the first exchange nothing is held; in a later one what waited goes out now, under the new keys.
    this.#holding = false;
    this.#held.flush((payload) => this.#send(payload));
  }

  /** For the exchanges: NEWKEYS came; the next packet is opened with the new keys. */
  switchIncoming(cipher: OpeningCipher, reset: boolean): void {
    this.#reader.switchKeys(cipher, reset);
    this.#reader.oneAtATime = false;
    this.#exchange = "none";
    if (this.#phase !== "open") this.#phase = "login";
    this.#rekeyInTime();
  }

  /** Leaves politely: DISCONNECT, then the end. Settles `closed` with `cause`, or with nothing for a wanted end. */
  async disconnect(cause?: SshError): Promise<void> {
    this.#end(cause, cause === undefined || cause.code === "aborted" ? DISCONNECT.BY_APPLICATION : goodbyeCode(cause));
    await this.closed; // also where it had ended before, and the goodbye is still on its way
  }

  /** The connection cannot go on. The first cause wins; the server is told with a code, never with our words. */
  fail(cause: SshError): void {
    this.#end(cause, goodbyeCode(cause));
  }

  async #identify(): Promise<Identification> {
    const lines = new IdentificationReader();
    for (;;) {
      const chunk = await this.#read();
      if (chunk === null) throw (await this.#streamEnd()) ?? lines.notSsh();
      const found = lines.push(chunk);
      if (found) {
        this.#reader.push(found.rest);
        return found.identification;
      }
    }
  }

  async #run(): Promise<void> {
    try {
      await this.#reader.run(
        () => this.#read(),
        (packet) => this.#deliver(packet),
        () => this.#hungUp(),
      );
      throw new SshError("lost", "The server closed the connection.");
    } catch (error) {
      const cause = asSshError(error);
      // Where only the stream can know why, its word is better than ours.
      this.fail(cause.code === "lost" ? ((await this.#streamEnd()) ?? cause) : cause);
    }
  }

  /**
   * While a message was being handled. Before the login that may be a question to a person, which no longer matters; in a
   * later exchange it is soon done, and what the server said before it left is still to be read.
   */
  #hungUp(): void {
    if (this.#phase !== "open") throw new SshError("lost", "The server closed the connection while it was waiting.");
  }

  /** Nothing more is read once we have ended. */
  #read(): Promise<Uint8Array | null> {
    return this.#ended ? Promise.resolve(null) : this.#options.stream.read();
  }

  /** Why the stream ended, if it was not cleanly. A clean end of one direction leaves `closed` open: not waited for. */
  async #streamEnd(): Promise<SshError | undefined> {
    let cause: SshError | undefined;
    void this.#options.stream.closed.then((reason) => {
      cause = reason;
    });
    // A stream that is torn down ends its reader and settles `closed` in one turn, in whatever order.
    for (let turns = 0; turns < 4 && cause === undefined; turns++) await Promise.resolve();
    return cause;
  }

  #deliver(packet: Packet): Maybe<void> {
    if (this.#ended) return;
    const services = this.#services;
    const exchanges = this.#exchanges;
    if (!services || !exchanges) return;
    services.heard();
    if (this.#phase !== "open" && ++this.#earlyPackets > EARLY_PACKETS)
      throw protocolError("it sent packets without end before the login");
    const { number, payload } = packet;
    const verdict = gate(this.#phase, this.#exchange, number);
    if (verdict === "fatal") throw protocolError(`message ${number} cannot come now`);
    if (verdict === "ignore") return;
    if (verdict === "unimplemented") return this.#unimplemented(packet);
    if (number <= MSG.DEBUG) return this.#own(packet);
    if (number === MSG.EXT_INFO) services.extensionInfo(payload);
    else if (number >= MSG.KEXINIT && number <= MSG.KEX_LAST) {
      this.#reader.oneAtATime = true;
      // Handling it may ask a person, who has all the time there is.
      this.#cancelExchangeTimer();
      return andThen(exchanges.receive(packet), () => this.#expectExchange());
    } else if (number <= MSG.USERAUTH_LAST) services.login(payload);
    else if (!services.connection(payload)) this.#unimplemented(packet);
    this.#rekeyIfDue();
  }

  #own({ number, payload }: Packet): void {
    if (number === MSG.DISCONNECT) {
      const { reason, description } = Disconnect.decode(payload);
      const why = DISCONNECT_REASONS[reason] ?? `of reason ${reason}`;
      const said = cleanText(description, DESCRIPTION_LIMIT).trim();
      this.fail(
        new SshError(
          "peer-disconnect",
          `The server ended the connection: ${why}.`,
          said === "" ? {} : { quoted: said },
        ),
      );
    } else if (number === MSG.DEBUG) this.#services?.debug(cleanLine(Debug.decode(payload).text, DESCRIPTION_LIMIT));
    else if (number === MSG.UNIMPLEMENTED) {
      Unimplemented.decode(payload);
      // Everything we send before the login is basic SSH; whoever does not know that cannot go on.
      if (this.#phase !== "open") throw protocolError("it does not know a message that every SSH server knows");
    }
  }

  #unimplemented(packet: Packet): void {
    if (++this.#unread > UNREAD_ANSWERS) throw protocolError("it sent unknown messages and does not read our answers");
    const read = () => {
      this.#unread--;
    };
    this.send(Unimplemented.encode({ sequence: packet.sequence })).then(read, read);
  }

  #rekeyInTime(): void {
    this.#cancelRekeyTimer();
    this.#cancelRekeyTimer = this.#options.clock.after(this.#options.rekey.milliseconds, () => this.rekey());
  }

  #offer(): void {
    const payload = this.#exchanges?.offer();
    if (!payload) return;
    this.#holding = true;
    this.#exchange = "offered";
    void handled(this.#writer.send(payload));
    this.#expectExchange();
  }

  #expectExchange(): void {
    this.#cancelExchangeTimer();
    if (this.#ended || this.#exchange === "none") return;
    this.#cancelExchangeTimer = this.#options.clock.after(EXCHANGE_TIMEOUT_MS, () =>
      this.fail(new SshError("timeout", "The server did not finish the key exchange in time. Connect again.")),
    );
  }

  #send(payload: Uint8Array): Promise<void> {
    const sent = this.#writer.send(payload);
    this.#rekeyIfDue();
    return sent;
  }

  #rekeyIfDue(): void {
    const { bytes, packets } = this.#options.rekey;
    const { bytes: received, packets: packetsIn } = this.#reader;
    const { bytes: sent, packets: packetsOut } = this.#writer;
    if (Math.max(received, sent) >= bytes || Math.max(packetsIn, packetsOut) >= packets) this.rekey();
  }

  #end(cause: SshError | undefined, code: number | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelRekeyTimer();
    this.#cancelExchangeTimer();
    const reason = cause ?? new SshError("channel-closed", "The connection is closed.");
    let finished = false;
    const finish = () => {
      if (finished) return;
      finished = true;
      this.#writer.fail(reason);
      this.#options.stream.close(cause);
      this.#settleClosed(cause);
    };
    if (code === undefined) finish();
    else {
      void handled(this.#writer.send(Disconnect.encode({ reason: code, description: "", language: "" })));
      const cancelTimer = this.#options.clock.after(GOODBYE_MS, finish);
      // A stream that is over takes no goodbye.
      void this.#options.stream.closed.then(() => {
        cancelTimer();
        finish();
      });
      void this.#writer.flushed().then(
        () => {
          cancelTimer();
          finish();
        },
        () => {},
      );
    }
    this.#held.fail(reason);
    this.#over.abort(reason);
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
