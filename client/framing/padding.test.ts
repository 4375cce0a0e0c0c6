import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readUint32 } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import type { Layout } from "./cipher.ts";
import { checkLength, MAX_PACKET, paddingPool, padPacket, payloadOf } from "./padding.ts";

const layouts: Readonly<Record<string, Layout>> = {
  plain: { head: 4, block: 8, lengthAligned: true, tag: 0 },
  "encrypt-and-MAC": { head: 16, block: 16, lengthAligned: true, tag: 32 },
  "encrypt-then-MAC": { head: 4, block: 16, lengthAligned: false, tag: 32 },
  gcm: { head: 4, block: 16, lengthAligned: false, tag: 16 },
  chacha: { head: 4, block: 8, lengthAligned: false, tag: 16 },
};
const filler = (length: number) => new Uint8Array(length).fill(0xaa);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof SshError ? error.code : String(error);
  }
  return "accepted";
}

describe.each(Object.entries(layouts))("padding for %s", (_name, layout) => {
  it("gives every payload a packet that the same layout accepts and reads back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (payload) => {
        const packet = padPacket(payload, layout, filler);
        const length = readUint32(packet, 0);
        const padding = packet[4] ?? 0;
        expect(length).toBe(packet.length - 4);
        expect(() => checkLength(length, layout)).not.toThrow();
        expect(packet.length).toBeGreaterThanOrEqual(16);
        expect(padding).toBeGreaterThanOrEqual(4);
        expect(padding).toBeLessThanOrEqual(layout.block + 12);
        expect(packet.subarray(packet.length - padding)).toEqual(filler(padding));
        expect(payloadOf(packet.subarray(4))).toEqual(payload);
      }),
    );
  });

  it("refuses lengths outside 5 to 256 KiB and lengths that are not aligned", () => {
    const refused = layout.tag > 0 ? "integrity" : "protocol";
    const aligned = 4 * layout.block - (layout.lengthAligned ? 4 : 0);
    expect(codeOf(() => checkLength(aligned, layout))).toBe("accepted");
    for (const length of [0, 1, 4, aligned + 1, aligned - 1, MAX_PACKET + aligned, 0x7fffffff, 0xffffffff]) {
      expect(
        codeOf(() => checkLength(length, layout)),
        `${length}`,
      ).toBe(refused);
    }
  });

  it("accepts the largest aligned length and nothing above", () => {
    const largest = layout.lengthAligned ? MAX_PACKET - 4 : MAX_PACKET;
    expect(codeOf(() => checkLength(largest, layout))).toBe("accepted");
    expect(codeOf(() => checkLength(largest + layout.block, layout))).not.toBe("accepted");
  });

  it("refuses to build a packet without a payload or above the limit", () => {
    expect(() => padPacket(new Uint8Array(0), layout, filler)).toThrow(RangeError);
    expect(() => padPacket(new Uint8Array(MAX_PACKET), layout, filler)).toThrow(RangeError);
  });
});

describe("payloadOf", () => {
  const packet = (padding: number, size: number) => new Uint8Array(size).fill(padding, 0, 1);

  it.each([
    ["no padding", packet(0, 12)],
    ["three bytes of padding", packet(3, 12)],
    ["padding that leaves no payload", packet(11, 12)],
    ["padding as long as the packet", packet(12, 12)],
    ["padding longer than the packet", packet(255, 12)],
    ["nothing at all", new Uint8Array(0)],
  ])("refuses %s", (_what, bytes) => {
    expect(codeOf(() => payloadOf(bytes))).toBe("protocol");
  });

  it("takes one byte of payload and four of padding", () => {
    expect(payloadOf(Uint8Array.of(4, 99, 0, 0, 0, 0))).toEqual(Uint8Array.of(99));
  });
});

it("builds the same packet from a message in two parts, in the room it is given", () => {
  const layout = layouts.gcm ?? never();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.nat(80), (payload, cut) => {
      const room = new Uint8Array(200).fill(0xee);
      const whole = padPacket(payload, layout, filler);
      const packet = padPacket(payload.subarray(0, cut), layout, filler, payload.subarray(cut), (size) =>
        room.subarray(0, size),
      );
      expect(packet).toEqual(whole);
      expect(packet.buffer).toBe(room.buffer);
      expect(room.subarray(packet.length).every((byte) => byte === 0xee)).toBe(true);
    }),
  );
});

describe("the padding pool", () => {
  it("hands every random byte out once, asking rarely, and wipes what was used", () => {
    let asked = 0;
    let next = 0;
    const pools: Uint8Array[] = [];
    const take = paddingPool((length) => {
      asked++;
      const bytes = Uint8Array.from({ length }, () => (next++ % 255) + 1);
      pools.push(bytes);
      return bytes;
    });
    const lengths = Array.from({ length: 1000 }, (_, i) => 4 + (i % 16));
    for (const length of lengths) {
      const bytes = take(length);
      expect(bytes).toHaveLength(length);
      expect(bytes.includes(0)).toBe(false);
    }
    expect(asked).toBeLessThan(4);
    const left = pools.map((pool) => pool.findIndex((byte) => byte !== 0));
    expect(left[0]).toBeGreaterThan(4000);
  });

  it("serves a padding longer than the pool", () => {
    expect(paddingPool(filler)(10_000)).toHaveLength(10_000);
  });
});

function never(): never {
  throw new Error("no such layout");
}
