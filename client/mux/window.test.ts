import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PACKET_LIMIT, ReceiveWindow, SendWindow } from "./window.ts";

const MiB = 1024 * 1024;

describe("the window we give", () => {
  it.each([
    { size: 800, received: 500, credited: 199, adjustment: 0, why: "less than a quarter of it was taken" },
    { size: 800, received: 500, credited: 200, adjustment: 200, why: "a quarter was taken" },
    { size: 8 * MiB, received: 2 * MiB, credited: MiB - 1, adjustment: 0, why: "less than an eighth of a large one" },
    { size: 8 * MiB, received: 2 * MiB, credited: MiB, adjustment: MiB, why: "an eighth of a large one" },
    { size: 800, received: 800, credited: 199, adjustment: 0, why: "the consumer holds the rest, and is the brake" },
    { size: 1, received: 1, credited: 1, adjustment: 1, why: "the smallest of all was taken" },
    { size: 800, received: 600, credited: 9999, adjustment: 600, why: "credit for what never came" },
  ])("gives back $adjustment of $credited: $why", ({ size, received, credited, adjustment }) => {
    const window = new ReceiveWindow(size, { maxPacket: 2 * MiB });
    window.receive(received);
    expect(window.credit(credited, 0)).toBe(adjustment);
    expect(window.left).toBe(size - received + adjustment);
  });

  it("collects small credits until they are worth a message", () => {
    const window = new ReceiveWindow(800);
    window.receive(400);
    expect([80, 80, 39, 1, 80].map((bytes) => window.credit(bytes, 0))).toEqual([0, 0, 0, 200, 0]);
  });

  it("R-CH-1: refuses data beyond it, and packets above the maximum", () => {
    expect(() => new ReceiveWindow(100, { maxPacket: 50 }).receive(51)).toThrow(/maximum packet/);
    const window = new ReceiveWindow(100, { maxPacket: 60 });
    window.receive(60);
    expect(() => window.receive(41)).toThrow(/beyond the window/);
    window.receive(40);
    expect(window.left).toBe(0);
  });

  it("R-CH-1: is exactly what it told the peer, and never dries up, whatever comes, is credited and makes it grow", () => {
    const step = fc.record({ arrive: fc.nat(64), credit: fc.nat(200), wait: fc.nat(30), room: fc.nat(500) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 64 }),
        fc.array(step, { maxLength: 200 }),
        (size, maxPacket, steps) => {
          let now = 0;
          let room = 0;
          const window = new ReceiveWindow(size, { maxPacket, room: () => room });
          window.measured(10, now);
          let allowed = size; // as the peer counts it
          let held = 0;
          for (const { arrive, credit, wait, room: given } of steps) {
            const length = Math.min(arrive, maxPacket, allowed);
            window.receive(length);
            allowed -= length;
            held += length;
            held -= Math.min(credit, held);
            now += wait;
            room = given;
            const before = window.size;
            allowed += window.credit(credit, now);
            expect(window.size - before).toBeLessThanOrEqual(room);
            expect(allowed).toBe(window.left);
            expect(allowed + held).toBeLessThanOrEqual(window.size);
          }
          allowed += window.credit(held, now);
          expect(allowed).toBeGreaterThan(0);
          expect(allowed).toBeGreaterThan((window.size * 3) / 4 - 1);
        },
      ),
    );
  });

  /** A consumer that takes `perTrip` bytes in each round trip of 100 ms, as they come, for a second. */
  function second(window: ReceiveWindow, perTrip: number): number[] {
    return Array.from({ length: 10 }, (_, trip) => {
      for (let i = 0; i < 10; i++) {
        window.receive(Math.min(perTrip / 10, window.left));
        window.credit(perTrip / 10, 100 * trip + 10 * (i + 1));
      }
      return window.size / MiB;
    });
  }

  it("grows to twice what is taken in a round trip, as far as there is room", () => {
    let window: ReceiveWindow;
    const room = () => 6 * MiB - window.size;
    window = new ReceiveWindow(2 * MiB, { maxPacket: MiB, room });
    window.measured(100, 0);
    expect(second(window, 1.5 * MiB)).toEqual([4, 4, 4, 4, 4, 4, 4, 4, 4, 4]);
    window.measured(100, 0);
    expect(second(window, 4 * MiB)).toEqual([6, 6, 6, 6, 6, 6, 6, 6, 6, 6]);
  });

  it("stays small where the consumer takes little, the way is short, or nobody knows how long it is", () => {
    const room = () => 6 * MiB;
    const painted = new ReceiveWindow(2 * MiB, { maxPacket: MiB, room });
    painted.measured(100, 0);
    second(painted, MiB / 2);
    const near = new ReceiveWindow(2 * MiB, { maxPacket: MiB, room });
    near.measured(5, 0);
    second(near, 4 * MiB);
    const unknown = new ReceiveWindow(2 * MiB, { maxPacket: MiB, room });
    second(unknown, 4 * MiB);
    expect([painted.size, near.size, unknown.size]).toEqual([2 * MiB, 2 * MiB, 2 * MiB]);
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
