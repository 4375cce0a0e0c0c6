// Packets -> bytes, one direction. Sequence numbers are taken and bytes written in call order, whatever the ciphers do in
// between; small packets leave in the turn they came, and what piles up behind a write is joined into one.

import { concat } from "../bytes/bytes.ts";
import { asSshError, SshError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import { type ByteStream, isPromise, type Maybe } from "../bytes/stream.ts";
import type { SealingCipher } from "./cipher.ts";
import type { OutgoingKeys } from "./compression.ts";
import { BULK_FROM, paddingPool, padPacket } from "./padding.ts";
import { plainSealing } from "./plain.ts";

/** One WebSocket message at most (shared/relay-protocol.ts): 256 KiB moves 1.2 to 1.3 times as fast as 64 KiB. */
const BATCH = 256 * 1024;
/** Sealed and not yet taken by the stream, above which `send` waits. */
const HIGH_WATER = 512 * 1024;

interface Sealed {
  /** A promise until the cipher is done. */
  parts: Maybe<readonly Uint8Array[]>;
  readonly size: number;
}

/** What every server must accept is 32 KiB (RFC 4253 6.1); OpenSSH takes packets of 256 KiB. */
const PAYLOAD_LIMIT = 255 * 1024;
const NOTHING = new Uint8Array(0);

export class PacketWriter {
  readonly #stream: ByteStream;
  readonly #padding: Random;
  readonly #unsealed: (cause: unknown) => void;
  readonly #sealed: Sealed[] = [];
  #waiting: { resolve: () => void; reject: (cause: unknown) => void }[] = [];
  #cipher: SealingCipher = plainSealing();
  #compression: OutgoingKeys["compression"];
  #authenticated = false;
  #sequence = 0;
  #backlog = 0;
  #bulk = NOTHING;
  #batch = NOTHING;
  #writing = false;
  #failed: SshError | undefined;
  /** Since the last change of keys, for rekeying. */
  bytes = 0;
  packets = 0;

  /** `unsealed` is told when a cipher fails: its counter has moved, so nothing may be sent after it. */
  constructor(stream: ByteStream, random: Random, unsealed: (cause: unknown) => void) {
    this.#stream = stream;
    this.#padding = paddingPool(random);
    this.#unsealed = unsealed;
  }

  /** The next packet's number: what a peer's UNIMPLEMENTED would name. */
  get sequence(): number {
    return this.#sequence;
  }

  switchKeys({ cipher, compression }: OutgoingKeys, reset: boolean): void {
    this.#cipher = cipher;
    this.#compression = compression;
    this.bytes = 0;
    this.packets = 0;
    if (reset) this.#sequence = 0;
  }

  /** The login is over: delayed compression begins with the next packet. */
  authenticated(): void {
    this.#authenticated = true;
  }

  /** Bytes outside any packet: the version line. Goes out together with the packets sent in the same turn. */
  raw(bytes: Uint8Array): void {
    this.#push([bytes], bytes.length);
  }

  /**
   * Seals at once, in call order: `payload`, and `data` behind it where a message ends in much of it. Neither is looked at
   * later. Resolves when it is fine to send more; rejects once the connection is over.
   */
  send(payload: Uint8Array, data: Uint8Array = NOTHING): Promise<void> {
    if (this.#failed) return Promise.reject(this.#failed);
    if (payload.length + data.length > PAYLOAD_LIMIT) {
      return Promise.reject(new SshError("unsupported", "This is too long to be sent in one message."));
    }
    let packet: Uint8Array;
    try {
      packet = this.#padded(payload, data);
    } catch (cause) {
      this.#unsealed(cause); // the compressed stream may have moved: nothing may follow
      return Promise.reject(asSshError(cause));
    }
    const size = packet.length + this.#cipher.layout.tag;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) >>> 0;
    this.bytes += size;
    this.packets++;
    let parts: Maybe<readonly Uint8Array[]>;
    try {
      parts = this.#cipher.seal(sequence, packet);
    } catch (cause) {
      this.#unsealed(cause); // the counter has moved: nothing may follow
      return Promise.reject(asSshError(cause));
    }
    this.#push(parts, size);
    if (!this.#writing) void this.#drain();
    return this.#ready();
  }

  #padded(payload: Uint8Array, data: Uint8Array): Uint8Array {
    const { layout } = this.#cipher;
    const compression = this.#compression;
    if (!compression || (compression.delayed && !this.#authenticated)) {
      return padPacket(payload, layout, this.#padding, data, (size) => this.#roomFor(size));
    }
    const deflated = compression.stream.deflate(data.length === 0 ? payload : concat(payload, data));
    return padPacket(deflated, layout, this.#padding, NOTHING, (size) => this.#roomFor(size));
  }

  /** Where a packet is built. Short ones are wiped by their cipher once it is done; all others share one array. */
  #roomFor(size: number): Uint8Array {
    if (size < BULK_FROM) return new Uint8Array(size);
    if (this.#bulk.length < size) this.#bulk = new Uint8Array(size);
    return this.#bulk.subarray(0, size);
  }

  /** Resolves once everything sent so far was handed to the stream. */
  async flushed(): Promise<void> {
    while (this.#writing && !this.#failed) {
      await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    }
  }

  fail(cause: SshError): void {
    this.#failed ??= cause;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(this.#failed);
  }

  /** Nothing is copied that is one part already; and fresh memory costs more than the copy into it. */
  #joined(batch: readonly Uint8Array[], size: number): Uint8Array {
    const [only] = batch;
    if (only && batch.length === 1) return only;
    if (!this.#stream.copiesWrites) return concat(...batch);
    if (this.#batch.length < size) this.#batch = new Uint8Array(size < BULK_FROM ? BULK_FROM : Math.max(size, BATCH));
    let at = 0;
    for (const part of batch) {
      this.#batch.set(part, at);
      at += part.length;
    }
    return this.#batch.subarray(0, at);
  }

  #push(parts: Maybe<readonly Uint8Array[]>, size: number): void {
    const sealed: Sealed = { parts, size };
    this.#sealed.push(sealed);
    this.#backlog += size;
    if (isPromise(parts)) {
      // Kept as a value once it is there, so that a batch can take every packet that is ready.
      parts.then((ready) => {
        sealed.parts = ready;
      }, this.#unsealed);
    }
  }

  #ready(): Promise<void> {
    if (this.#backlog < HIGH_WATER) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#sealed.length > 0 && !this.#failed) {
        const batch: Uint8Array[] = [];
        let size = 0;
        let bulk = false;
        for (let first = this.#sealed[0]; first && size < BATCH; first = this.#sealed[0]) {
          if (batch.length > 0 && size + first.size > BATCH) break;
          // Bulk waits for more of itself, which is being sealed already; a key press waits for nothing.
          if (isPromise(first.parts) && batch.length > 0 && !bulk) break;
          bulk ||= isPromise(first.parts);
          const parts = isPromise(first.parts) ? await first.parts : first.parts;
          this.#sealed.shift();
          batch.push(...parts);
          size += first.size;
        }
        await this.#stream.write(this.#joined(batch, size));
        this.#backlog -= size;
        if (this.#backlog < HIGH_WATER / 2) this.#wake();
      }
    } catch {
      // The stream is over. What it received before is still being read, and may hold the true cause: the reader's end
      // decides, and `fail` then settles everyone who waits here. Until then nothing more is written.
      return;
    }
    this.#writing = false;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve } of waiting) resolve();
  }
}
