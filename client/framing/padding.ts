// Packet length and padding (RFC 4253 6) for every layout, in both directions.

import { writeUint32 } from "../bytes/bytes.ts";
import { protocolError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import type { Layout } from "./cipher.ts";
import { notAuthentic } from "./integrity.ts";

/** Largest packet_length either way. RFC 4253 6.1 asks for 35000; OpenSSH refuses more than 256 KiB. */
export const MAX_PACKET = 256 * 1024;
/** RFC 4253 6: at least 4 bytes of padding, and at least 16 bytes of packet with its length field. */
const MIN_PADDING = 4;
const MIN_WHOLE = 16;
/** uint32 packet_length, byte padding_length */
const HEADER = 5;
const NOTHING = new Uint8Array(0);

/** From this size on a packet is bulk data. A shorter one may hold a password, and is wiped once it is sealed. */
export const BULK_FROM = 4096;

/**
 * The packet as a cipher wants it: uint32 packet_length, byte padding_length, payload, random padding. The payload may come
 * in two parts, a message's head and its data, so that data is copied only once; `room` gives the bytes to build it in.
 */
export function padPacket(
  payload: Uint8Array,
  layout: Layout,
  random: Random,
  data: Uint8Array = NOTHING,
  room: (size: number) => Uint8Array = (size) => new Uint8Array(size),
): Uint8Array {
  const payloadLength = payload.length + data.length;
  const counted = HEADER + payloadLength - (layout.lengthAligned ? 0 : 4);
  let padding = layout.block - (counted % layout.block);
  while (padding < MIN_PADDING || HEADER + payloadLength + padding < MIN_WHOLE) padding += layout.block;
  const length = 1 + payloadLength + padding;
  if (payloadLength === 0 || length > MAX_PACKET) throw new RangeError("a payload that fits no packet");
  const packet = room(4 + length);
  writeUint32(packet, 0, length);
  packet[4] = padding;
  packet.set(payload, HEADER);
  packet.set(data, HEADER + payload.length);
  packet.set(random(padding), HEADER + payloadLength);
  return packet;
}

const POOL = 4096;

/**
 * The same random source, asked for many paddings at once: a call for each packet is measurable. What it returns is good
 * until the next call, which wipes it. Not for secrets.
 */
export function paddingPool(random: Random): Random {
  let pool: Uint8Array = NOTHING;
  let from = 0;
  let to = 0;
  return (length) => {
    pool.fill(0, from, to);
    if (pool.length - to < length) {
      pool = random(Math.max(POOL, length));
      to = 0;
    }
    from = to;
    to += length;
    return pool.subarray(from, to);
  };
}

/**
 * The payload, as a view of an authenticated packet without its length field: byte padding_length, payload, padding.
 * Throws a protocol error for padding shorter than 4 bytes, longer than the packet, or that leaves no payload.
 */
export function payloadOf(packet: Uint8Array): Uint8Array {
  const padding = packet[0] ?? 0;
  if (padding < MIN_PADDING) throw protocolError("a packet with less than 4 bytes of padding (RFC 4253 6)");
  if (1 + padding >= packet.length) throw protocolError("a packet without a payload (RFC 4253 6)");
  return packet.subarray(1, packet.length - padding);
}

/**
 * Called with a packet_length before a byte of the packet is buffered: it is not yet authenticated, so it must be
 * bounded first. Once there are keys a bad length means that bytes were altered; before, that the server is wrong.
 */
export function checkLength(length: number, layout: Layout): void {
  const aligned = (length + (layout.lengthAligned ? 4 : 0)) % layout.block === 0;
  if (length >= 1 + MIN_PADDING && length <= MAX_PACKET && aligned) return;
  throw layout.tag > 0 ? notAuthentic() : protocolError("a packet length that cannot be (RFC 4253 6)");
}
