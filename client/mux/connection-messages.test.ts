import { describe, expect, it } from "vitest";
import { toHex } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import {
  ChannelData,
  ChannelExtendedData,
  ChannelOpen,
  ChannelOpenConfirmation,
  ChannelOpenFailure,
  ChannelRequest,
  ChannelWindowAdjust,
  GlobalRequest,
  recipientOf,
} from "./connection-messages.ts";

const data = encodeUtf8("ab");

describe("connection messages", () => {
  it("are the bytes of RFC 4254", () => {
    const hex = {
      open: toHex(ChannelOpen.encode({ type: "session", sender: 1, window: 2, maxPacket: 3, data: new Uint8Array(0) })),
      request: toHex(ChannelRequest.encode({ recipient: 1, name: "x", wantReply: true, data })),
      global: toHex(GlobalRequest.encode({ name: "x", wantReply: false, data })),
      data: toHex(ChannelData.encode({ recipient: 0xfffffffe, data })),
      extended: toHex(ChannelExtendedData.encode({ recipient: 1, type: 1, data })),
      adjust: toHex(ChannelWindowAdjust.encode({ recipient: 1, bytes: 0x80000000 })),
    };
    expect(hex).toEqual({
      open: "5a0000000773657373696f6e000000010000000200000003",
      request: "62000000010000000178016162",
      global: "500000000178006162",
      data: "5efffffffe000000026162",
      extended: "5f0000000100000001000000026162",
      adjust: "5d0000000180000000",
    });
  });

  it("data comes out as a view of the payload, not as a copy", () => {
    const payload = ChannelData.encode({ recipient: 1, data });
    expect(ChannelData.decode(payload).data.buffer).toBe(payload.buffer);
    expect(ChannelData.decode(payload)).toEqual({ recipient: 1, data });
    const extended = ChannelExtendedData.encode({ recipient: 1, type: 9, data });
    expect(ChannelExtendedData.decode(extended)).toEqual({ recipient: 1, type: 9, data });
    expect(ChannelExtendedData.decode(extended).data.buffer).toBe(extended.buffer);
  });

  it.each([
    ["CHANNEL_DATA", ChannelData.encode({ recipient: 1, data }), ChannelData],
    ["CHANNEL_EXTENDED_DATA", ChannelExtendedData.encode({ recipient: 1, type: 1, data }), ChannelExtendedData],
    ["WINDOW_ADJUST", ChannelWindowAdjust.encode({ recipient: 1, bytes: 2 }), ChannelWindowAdjust],
    [
      "OPEN_CONFIRMATION",
      ChannelOpenConfirmation.encode({ recipient: 1, sender: 2, window: 3, maxPacket: 4 }),
      ChannelOpenConfirmation,
    ],
  ])("%s with a byte too few or too many is a protocol error", (_name, payload, { decode }) => {
    for (const wrong of [payload.subarray(0, -1), Uint8Array.of(...payload, 0)]) {
      expect(() => decode(wrong)).toThrow(SshError);
    }
    for (let length = 0; length < payload.length; length++) {
      expect(() => decode(payload.subarray(0, length))).toThrow(SshError);
    }
  });

  it("an OPEN_FAILURE may leave out its language", () => {
    const whole = ChannelOpenFailure.encode({ recipient: 1, reason: 2, description: "no", language: "" });
    expect(ChannelOpenFailure.decode(whole.subarray(0, -4))).toEqual(ChannelOpenFailure.decode(whole));
  });

  it("a payload too short to name its channel is a protocol error", () => {
    expect(() => recipientOf(Uint8Array.of(94, 0, 0, 0))).toThrow(SshError);
  });
});
