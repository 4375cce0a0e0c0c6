// Flow control of one channel (RFC 4254 5.2), as accounting without any sending. Only data bytes count; stdout and stderr
// share one window. All sums are plain numbers: they stay far below 2^53, and `| 0` on a length has cost other clients dear.

import { protocolError } from "../bytes/errors.ts";

/** A window is a uint32 (RFC 4254 5.2). */
const WINDOW_LIMIT = 0xffff_ffff;

/** What we send in one packet at most, whatever the peer would take: every implementation must accept it (RFC 4253 6.1). */
export const PACKET_LIMIT = 32 * 1024;

/** What we let the peer send before a consumer has taken anything: two round trips of a fast line (design 8). */
export const DEFAULT_WINDOW = 2 * 1024 * 1024;

/** What the peer may send to us. Always: left + held + owed = size. */
export class ReceiveWindow {
  readonly size: number;
  readonly maxPacket: number;
  #left: number; // the peer may send so much more
  #held = 0; // received, and not yet taken by the consumer
  #owed = 0; // taken, and not yet told to the peer

  constructor(size: number, maxPacket: number = PACKET_LIMIT) {
    this.size = size;
    this.maxPacket = maxPacket;
    this.#left = size;
  }

  get left(): number {
    return this.#left;
  }

  /** Data has arrived. Throws a protocol error for more than was allowed. */
  receive(length: number): void {
    if (length > this.maxPacket) throw protocolError("channel data above the maximum packet size (RFC 4254 5.2)");
    if (length > this.#left) throw protocolError("channel data beyond the window (RFC 4254 5.2)");
    this.#left -= length;
    this.#held += length;
  }

  /**
   * The consumer has taken `length` bytes. The result is the adjustment to send now, 0 for none: like OpenSSH we tell the
   * peer when more than three packets have been taken, or when it has less than half a window left.
   * Credit for what never arrived is not given: the window must not grow past its size.
   */
  credit(length: number): number {
    const taken = Math.min(length, this.#held);
    this.#held -= taken;
    this.#owed += taken;
    if (this.#owed <= 3 * this.maxPacket && this.#left >= this.size / 2) return 0;
    const adjustment = this.#owed;
    this.#left += adjustment;
    this.#owed = 0;
    return adjustment;
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
