import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PACKET_LIMIT, ReceiveWindow, SendWindow } from "./window.ts";

describe("the window we give", () => {
  it.each([
    {
      size: 1000,
      packet: 10,
      received: 500,
      credited: 30,
      adjustment: 0,
      why: "three packets taken, half a window left",
    },
    { size: 1000, packet: 10, received: 500, credited: 31, adjustment: 31, why: "more than three packets taken" },
    { size: 1000, packet: 600, received: 501, credited: 1, adjustment: 1, why: "less than half a window left" },
    { size: 1000, packet: 600, received: 600, credited: 9999, adjustment: 600, why: "credit for what never came" },
  ])("gives back $adjustment of $credited: $why", ({ size, packet, received, credited, adjustment }) => {
    const window = new ReceiveWindow(size, packet);
    for (let left = received; left > 0; left -= Math.min(left, packet)) window.receive(Math.min(left, packet));
    expect(window.credit(credited)).toBe(adjustment);
    expect(window.left).toBe(size - received + adjustment);
  });

  it("collects small credits until they are worth a message", () => {
    const window = new ReceiveWindow(1000, 10);
    for (let i = 0; i < 4; i++) window.receive(10);
    expect([10, 10, 10, 1].map((bytes) => window.credit(bytes))).toEqual([0, 0, 0, 31]);
  });

  it("refuses data beyond it, and packets above the maximum", () => {
    expect(() => new ReceiveWindow(100, 50).receive(51)).toThrow(/maximum packet/);
    const window = new ReceiveWindow(100, 60);
    window.receive(60);
    expect(() => window.receive(41)).toThrow(/beyond the window/);
    window.receive(40);
    expect(window.left).toBe(0);
  });

  it("never grows past its size and never dries up, whatever comes and is credited", () => {
    const steps = fc.array(fc.record({ arrive: fc.nat(64), credit: fc.nat(200) }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 64 }), steps, (size, packet, list) => {
        const window = new ReceiveWindow(size, packet);
        let allowed = size; // as the peer counts it
        let held = 0;
        for (const { arrive, credit } of list) {
          const length = Math.min(arrive, packet, allowed);
          window.receive(length);
          allowed -= length;
          held += length;
          const taken = Math.min(credit, held);
          held -= taken;
          allowed += window.credit(credit);
          expect(allowed).toBe(window.left);
          expect(allowed + held).toBeLessThanOrEqual(size);
        }
        allowed += window.credit(held);
        expect(allowed).toBeGreaterThan(0);
        expect(allowed).toBeGreaterThanOrEqual(Math.min(size / 2, size - 3 * packet));
      }),
    );
  });
});

describe("the window we are given", () => {
  it.each([
    { window: 10, maxPacket: 4, wanted: 100, size: 4 },
    { window: 3, maxPacket: 4, wanted: 100, size: 3 },
    { window: 10, maxPacket: 4, wanted: 2, size: 2 },
    { window: 0, maxPacket: 4, wanted: 2, size: 0 },
    { window: 0xffff_ffff, maxPacket: 0xffff_ffff, wanted: 2 ** 40, size: PACKET_LIMIT },
    { window: 0x8000_0000, maxPacket: 0x8000_0000, wanted: 2 ** 32, size: PACKET_LIMIT },
  ])("takes $size of $wanted from $window in packets of $maxPacket", ({ window, maxPacket, wanted, size }) => {
    expect(new SendWindow(window, maxPacket).take(wanted)).toBe(size);
  });

  it("may reach 2^32 - 1 and not one byte more", () => {
    const window = new SendWindow(1, 100);
    window.adjust(0xffff_fffe);
    expect(() => window.adjust(1)).toThrow(/2\^32/);
    expect(window.take(1)).toBe(1);
    window.adjust(1);
  });

  it("lets through exactly what was given, in all", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 50 }), fc.array(fc.nat(300)), (first, maxPacket, more) => {
        const window = new SendWindow(first, maxPacket);
        let sent = 0;
        for (const bytes of [0, ...more]) {
          window.adjust(bytes);
          for (let size = window.take(1e9); size > 0; size = window.take(1e9)) {
            expect(size).toBeLessThanOrEqual(maxPacket);
            sent += size;
          }
        }
        expect(sent).toBe(first + more.reduce((sum, bytes) => sum + bytes, 0));
      }),
    );
  });
});
