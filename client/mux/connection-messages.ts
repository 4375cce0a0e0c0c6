// The messages of the connection protocol, 80 to 100 (RFC 4254 9), declared in wire order. The two that carry the traffic
// are read and written by hand, so that a byte of data is copied once on its way out and not at all on its way in.

import { concat, readUint32, writeUint32 } from "../bytes/bytes.ts";
import { protocolError } from "../bytes/errors.ts";
import { boolean, message, optionalText, rest, text, uint32 } from "../bytes/message.ts";

/** RFC 4254 4 */
export const GlobalRequest = message(80, { name: text, wantReply: boolean, data: rest });
export const RequestSuccess = message(81, { data: rest });
export const RequestFailure = message(82, {});

/** RFC 4254 5.1. `sender` is the opener's number of the channel, `data` depends on the type. */
export const ChannelOpen = message(90, { type: text, sender: uint32, window: uint32, maxPacket: uint32, data: rest });
/** Nothing follows for any type that we open, so bytes after the last field are refused. */
export const ChannelOpenConfirmation = message(91, {
  recipient: uint32,
  sender: uint32,
  window: uint32,
  maxPacket: uint32,
});
export const ChannelOpenFailure = message(92, {
  recipient: uint32,
  reason: uint32,
  description: text,
  language: optionalText,
});

/** RFC 4254 5.3 */
export const ChannelEof = message(96, { recipient: uint32 });
export const ChannelClose = message(97, { recipient: uint32 });

/** RFC 4254 5.4 */
export const ChannelRequest = message(98, { recipient: uint32, name: text, wantReply: boolean, data: rest });
export const ChannelSuccess = message(99, { recipient: uint32 });
export const ChannelFailure = message(100, { recipient: uint32 });

/** RFC 4254 5.2. Extended data of any other type is for no program that we know. */
export const STDERR = 1;

interface ByHand<T> {
  readonly number: number;
  encode(values: T): Uint8Array;
  decode(payload: Uint8Array): T;
}

/** RFC 4254 5.2 */
export const ChannelWindowAdjust: ByHand<{ readonly recipient: number; readonly bytes: number }> = {
  number: 93,
  encode({ recipient, bytes }) {
    const payload = numbered(93, recipient, 9);
    writeUint32(payload, 5, bytes);
    return payload;
  },
  decode(payload) {
    if (payload.length !== 9) throw wrongLength();
    return { recipient: readUint32(payload, 1), bytes: readUint32(payload, 5) };
  },
};

/** RFC 4254 5.2. Decoded, `data` is a view of the payload. */
export const ChannelData: ByHand<{ readonly recipient: number; readonly data: Uint8Array }> = {
  number: 94,
  encode({ recipient, data }) {
    return concat(channelDataHead(recipient, data.length), data);
  },
  decode: (payload) => ({ recipient: readUint32(payload, 1), data: stringToTheEnd(payload, 5) }),
};

/** RFC 4254 5.2. Decoded, `data` is a view of the payload. */
export const ChannelExtendedData: ByHand<{
  readonly recipient: number;
  readonly type: number;
  readonly data: Uint8Array;
}> = {
  number: 95,
  encode({ recipient, type, data }) {
    const payload = numbered(95, recipient, 13 + data.length);
    writeUint32(payload, 5, type);
    writeUint32(payload, 9, data.length);
    payload.set(data, 13);
    return payload;
  },
  decode: (payload) => ({
    recipient: readUint32(payload, 1),
    type: readUint32(payload, 5),
    data: stringToTheEnd(payload, 9),
  }),
};

/** CHANNEL_DATA up to its data, which is then sent behind it as it is. */
export function channelDataHead(recipient: number, length: number): Uint8Array {
  const head = numbered(94, recipient, 9);
  writeUint32(head, 5, length);
  return head;
}

/** The number of the channel on the receiving side: the first field of every message from 91 to 100. */
export function recipientOf(payload: Uint8Array): number {
  if (payload.length < 5) throw wrongLength();
  return readUint32(payload, 1);
}

function numbered(number: number, recipient: number, length: number): Uint8Array {
  const payload = new Uint8Array(length);
  payload[0] = number;
  writeUint32(payload, 1, recipient);
  return payload;
}

/** The string whose length stands at `at` and which must be the last field. */
function stringToTheEnd(payload: Uint8Array, at: number): Uint8Array {
  if (payload.length < at + 4 || readUint32(payload, at) !== payload.length - at - 4) throw wrongLength();
  return payload.subarray(at + 4);
}

function wrongLength(): Error {
  return protocolError("a channel message whose length is not what its fields say");
}
