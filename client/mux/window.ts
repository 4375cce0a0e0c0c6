// Flow control of one channel (RFC 4254 5.2), as accounting without any sending. Only data bytes count; stdout and stderr
// share one window. All sums are plain numbers: they stay far below 2^53, and `| 0` on a length has cost other clients dear.

import { protocolError } from "../bytes/errors.ts";

/** A window is a uint32 (RFC 4254 5.2). */
const WINDOW_LIMIT = 0xffff_ffff;

/** What we send in one packet at most, whatever the peer would take: every implementation must accept it (RFC 4253 6.1). */
export const PACKET_LIMIT = 32 * 1024;

/** What we let the peer send before a consumer has taken anything: two round trips of a fast line (design 8). */
export const DEFAULT_WINDOW = 2 * 1024 * 1024;

/** All windows of a connection together grow to this: a relay replays 4 MiB, and 2 MiB more may be on the way (design 6). */
export const WINDOWS_LIMIT = 6 * 1024 * 1024;

/** A message about credit costs both sides as much as a packet of data. */
const WORTH_TELLING = 512 * 1024;

interface WindowOptions {
  readonly maxPacket?: number;
  /** How many bytes the window may grow by now. Left out: it stays as it is. */
  readonly room?: () => number;
}

/** What the peer may send to us. Always: left + held + owed = size. */
export class ReceiveWindow {
  readonly maxPacket: number;
  readonly #room: () => number;
  #size: number;
  #left: number; // the peer may send so much more
  #held = 0; // received, and not yet taken by the consumer
  #owed = 0; // taken, and not yet told to the peer
  #roundTrip: number | undefined;
  #since = 0; // when `#taken` began to count
  #taken = 0;

  constructor(size: number, { maxPacket = PACKET_LIMIT, room = () => 0 }: WindowOptions = {}) {
    this.maxPacket = maxPacket;
    this.#room = room;
    this.#size = size;
    this.#left = size;
  }

  get size(): number {
    return this.#size;
  }

  get left(): number {
    return this.#left;
  }

  /** How long the way there and back takes at least, in milliseconds; only with it can the window grow. */
  measured(roundTrip: number, now: number): void {
    this.#roundTrip = Math.max(1, roundTrip);
    this.#since = now;
  }

  /** Data has arrived. Throws a protocol error for more than was allowed. */
  receive(length: number): void {
    if (length > this.maxPacket) throw protocolError("channel data above the maximum packet size (RFC 4254 5.2)");
    if (length > this.#left) throw protocolError("channel data beyond the window (RFC 4254 5.2)");
    this.#left -= length;
    this.#held += length;
  }

  /**
   * The consumer has taken `length` bytes. The result is the adjustment to send now, 0 for none: the peer is told when a
   * quarter of the window has been taken, of a grown one an eighth, so that messages about credit are rare and most of the
   * window is always out there. Credit for what never arrived is not given.
   */
  credit(length: number, now: number): number {
    const taken = Math.min(length, this.#held);
    this.#held -= taken;
    this.#owed += taken;
    this.#taken += taken;
    this.#grow(now);
    if (this.#owed < Math.max(this.#size / 8, Math.min(this.#size / 4, WORTH_TELLING))) return 0;
    const adjustment = this.#owed;
    this.#left += adjustment;
    this.#owed = 0;
    return adjustment;
  }

  /**
   * Twice what the consumer takes in a round trip: then a sender is never stalled for our word. A consumer that takes little,
   * like a terminal that paints, keeps its window small.
   */
  #grow(now: number): void {
    if (this.#roundTrip === undefined || now - this.#since < this.#roundTrip) return;
    const aRoundTrip = (this.#taken * this.#roundTrip) / (now - this.#since);
    this.#since = now;
    this.#taken = 0;
    if (2 * aRoundTrip <= this.#size) return;
    const more = Math.max(0, Math.min(this.#size, this.#room()));
    this.#size += more;
    this.#owed += more;
  }
}

/** What we may send to the peer. */
export class SendWindow {
  readonly #maxPacket: number;
  #left: number;

  constructor(size: number, maxPacket: number) {
    this.#left = size;
    this.#maxPacket = Math.min(maxPacket, PACKET_LIMIT);
  }

  /** The peer has sent WINDOW_ADJUST. Throws a protocol error where the sum is no uint32. */
  adjust(bytes: number): void {
    if (this.#left + bytes > WINDOW_LIMIT) throw protocolError("a window beyond 2^32 - 1 (RFC 4254 5.2)");
    this.#left += bytes;
  }

  /** Takes room for the next packet of `wanted` bytes still to send; 0 means wait for an adjustment. */
  take(wanted: number): number {
    const size = Math.min(wanted, this.#left, this.#maxPacket);
    this.#left -= size;
    return size;
  }
}
