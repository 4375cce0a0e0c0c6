// Bytes -> packets, one direction. Several packets are opened at once where ciphers are asynchronous, and always handed on
// in order. While keys may change, one at a time: the packet behind NEWKEYS must not meet the old cipher.

import { protocolError, SshError } from "../bytes/errors.ts";
import { ByteQueue } from "../bytes/queue.ts";
import { isPromise, type Maybe } from "../bytes/stream.ts";
import type { OpeningCipher } from "./cipher.ts";
import type { IncomingKeys } from "./compression.ts";
import { checkLength, MAX_PACKET, payloadOf } from "./padding.ts";
import { plainOpening } from "./plain.ts";

/** Firefox computes Web Crypto on a pool and gains from this many; Chromium loses nothing (performance notes, section 1). */
const IN_FLIGHT = 16;

/** Bytes that may wait behind a packet that is being handled; a server waits for us there, and says little. */
const READ_AHEAD = 256 * 1024;

export interface Packet {
  readonly sequence: number;
  readonly number: number;
  /** Number included. */
  readonly payload: Uint8Array;
}

interface Opening {
  readonly sequence: number;
  readonly packet: Maybe<Uint8Array>;
  /** Of the whole record; 0 where its length cannot be. */
  readonly size: number;
}

export class PacketReader {
  readonly #queue = new ByteQueue();
  readonly #opening: Opening[] = [];
  #cipher: OpeningCipher = plainOpening();
  #compression: IncomingKeys["compression"];
  #authenticated = false;
  #sequence = 0;
  /** packet_length of the record that is arriving, once its head is here: deciphered once, not for every chunk. */
  #length: number | undefined;
  #reading: Promise<Uint8Array | null> | undefined;
  /** The record behind the last one in `#opening` cannot be read: nothing after it is. */
  #broken = false;
  /** Set while an exchange runs: no packet is opened before the one in front of it has been handled. */
  oneAtATime = true;
  /** Since the last change of keys, for rekeying. */
  bytes = 0;
  packets = 0;

  /** Bytes that came behind the version line. */
  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  /** From the next packet on. `reset` starts the sequence anew: strict key exchange. */
  switchKeys({ cipher, compression }: IncomingKeys, reset: boolean): void {
    this.#cipher = cipher;
    this.#compression = compression;
    this.#length = undefined;
    this.bytes = 0;
    this.packets = 0;
    if (reset) this.#sequence = 0;
  }

  /** The login is over: what the server sends from now on may be compressed, from the very next packet. */
  authenticated(): void {
    this.#authenticated = true;
  }

  /**
   * Delivers every packet; returns at the clean end of the bytes. Throws what ciphers, bounds and `deliver` throw, each in
   * its turn: what came whole before it is delivered first. `meanwhile` is told, while a packet is being handled, that
   * nothing more will come, or far too much; it throws if there is no point in going on.
   */
  async run(
    read: () => Promise<Uint8Array | null>,
    deliver: (packet: Packet) => Maybe<void>,
    meanwhile: (what: "hung up" | "flooded") => void = () => {},
  ): Promise<void> {
    for (;;) {
      while (this.#opening.length < (this.oneAtATime ? 1 : IN_FLIGHT) && this.#openNext()) {}
      const first = this.#opening.shift();
      if (!first) {
        const chunk = await this.#next(read);
        if (chunk === null) {
          if (this.#queue.length > 0) throw new SshError("lost", "The connection ended in the middle of a packet.");
          return;
        }
        this.#queue.push(chunk);
        continue;
      }
      // No await on what is already there: a microtask for every packet is measurable.
      let packet: Uint8Array;
      try {
        packet = isPromise(first.packet) ? await first.packet : first.packet;
      } catch (error) {
        if (this.#cipher.layout.concealed) await this.#readTheLongest(first.size, read);
        throw error;
      }
      const payload = this.#inflated(payloadOf(packet));
      const handled = deliver({ sequence: first.sequence, number: payload[0] ?? 0, payload });
      if (isPromise(handled)) await this.#whileHandling(handled, read, meanwhile);
    }
  }

  /** What has arrived whole and was not handed on yet, as far as it can be opened. Nothing more is read. */
  async rest(deliver: (packet: Packet) => void): Promise<void> {
    this.#reading = undefined;
    try {
      await this.run(() => Promise.resolve(null), deliver);
    } catch {
      // The connection is over anyway, and its cause is known.
    }
  }

  /** In the order of delivery, and never ahead of it: SUCCESS and NEWKEYS change what comes behind them. */
  #inflated(payload: Uint8Array): Uint8Array {
    const compression = this.#compression;
    if (!compression || (compression.delayed && !this.#authenticated)) return payload;
    const inflated = compression.stream.inflate(payload);
    if (inflated.length === 0) throw protocolError("a compressed packet without a payload (RFC 4253 6)");
    return inflated;
  }

  /** See `Layout.concealed`. From the start of the bad packet, of which `size` bytes were taken; what waits behind it counts. */
  async #readTheLongest(size: number, read: () => Promise<Uint8Array | null>): Promise<void> {
    const waiting = this.#opening.reduce((sum, { size }) => sum + size, this.#queue.length);
    let left = 4 + MAX_PACKET + this.#cipher.layout.tag - size - waiting;
    while (left > 0) {
      const chunk = await this.#next(read);
      if (chunk === null) return;
      left -= chunk.length;
    }
  }

  /** One read at a time: the one begun while a packet was being handled is the next. */
  #next(read: () => Promise<Uint8Array | null>): Promise<Uint8Array | null> {
    const next = this.#reading ?? read();
    this.#reading = undefined;
    return next;
  }

  /**
   * Handling may wait for a person (is this the host?). We read on meanwhile, a little, so that a server that hangs up is
   * noticed at once and nobody is left with a question that no longer matters.
   */
  async #whileHandling(
    handled: Promise<void>,
    read: () => Promise<Uint8Array | null>,
    meanwhile: (what: "hung up" | "flooded") => void,
  ): Promise<void> {
    const done = handled.then(() => "handled" as const);
    done.catch(() => {});
    while (this.#queue.length < READ_AHEAD) {
      this.#reading ??= read();
      const first = await Promise.race([done, this.#reading]);
      if (first === "handled") return;
      if (first === null) {
        meanwhile("hung up");
        break; // `#reading` stays: the end is met again, behind what is still in the queue
      }
      this.#reading = undefined;
      this.#queue.push(first);
    }
    if (this.#queue.length >= READ_AHEAD) meanwhile("flooded");
    await done;
  }

  /** Begins to open the next record if it is whole. A bad one is met in its turn, like a rejection of its cipher. */
  #openNext(): boolean {
    if (this.#broken) return false;
    const sequence = this.#sequence;
    let packet: Maybe<Uint8Array>;
    let size = 0;
    try {
      const record = this.#record();
      if (!record) return false;
      this.#sequence = (sequence + 1) >>> 0;
      size = record.length;
      this.bytes += size;
      this.packets++;
      packet = this.#cipher.open(sequence, record);
    } catch (error) {
      this.#broken = true;
      packet = Promise.reject(error);
    }
    // Until its turn comes, a rejection must not count as unhandled.
    if (isPromise(packet)) packet.catch(() => {});
    this.#opening.push({ sequence, packet, size });
    return true;
  }

  /** The next whole record, if it is there. Its length is bounded before a byte of it is waited for. */
  #record(): Uint8Array | undefined {
    const { layout } = this.#cipher;
    if (this.#length === undefined) {
      const head = this.#queue.peek(layout.head);
      if (!head) return undefined;
      const length = this.#cipher.length(this.#sequence, head);
      checkLength(length, layout);
      this.#length = length;
    }
    const record = this.#queue.take(4 + this.#length + layout.tag);
    if (record) this.#length = undefined;
    return record;
  }
}
