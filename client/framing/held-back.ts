// What the server says behind its NEWKEYS while a person still decides whether it is the right one. Nobody looks into it
// before the answer, but whether the server leaves, and why, is known at once: that is for the person who is being asked.

import { isPromise, type Maybe } from "../bytes/stream.ts";
import type { Packet } from "./reader.ts";

/** An honest server says one thing there, EXT_INFO; more than this is left in the stream. */
const PACKETS_LIMIT = 32;
const BYTES_LIMIT = 64 * 1024;

/** `first`: right behind the server's first NEWKEYS. */
export type Deliver = (packet: Packet, first: boolean) => Maybe<void>;

export class HeldBack {
  #held: { readonly packet: Packet; readonly first: boolean }[] = [];
  #bytes = 0;
  #released: Promise<void> | undefined;

  get active(): boolean {
    return this.#released !== undefined;
  }

  /** Holds back until `decision` resolves, then delivers in order. Rejects as the decision or the delivery does. */
  until(decision: Promise<void>, deliver: Deliver): Promise<void> {
    this.#released = this.#release(decision, deliver);
    return this.#released;
  }

  /** Keeps a packet. Where there is no room, the result settles only when it could be delivered after all. */
  keep(packet: Packet, first: boolean, deliver: Deliver): Maybe<void> {
    if (this.#held.length >= PACKETS_LIMIT || this.#bytes + packet.payload.length > BYTES_LIMIT)
      return this.#released?.then(() => deliver(packet, first));
    this.#bytes += packet.payload.length;
    this.#held.push({ packet, first });
  }

  async #release(decision: Promise<void>, deliver: Deliver): Promise<void> {
    await decision;
    for (let next = this.#held.shift(); next; next = this.#held.shift()) {
      const delivered = deliver(next.packet, next.first);
      if (isPromise(delivered)) await delivered;
    }
    this.#released = undefined;
  }
}
