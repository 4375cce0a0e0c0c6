import { describe, expect, it } from "vitest";
import type { Entry } from "./handshake/entry.ts";
import { Pace, Places, WaitingRoom } from "./limits.ts";

/** Enters in this order, letters being addresses; who was turned out, in order. */
function turnedOut(room: WaitingRoom, ...names: string[]): string[] {
  const out: string[] = [];
  for (const name of names) room.enter(name.charAt(0), () => out.push(name));
  return out;
}

it("a crowded address loses its longest waiting, and no other address does", () => {
  expect(turnedOut(new WaitingRoom(4, 2), "a1", "b1", "b2", "b3", "b4")).toEqual(["b1", "b2"]);
});

it("a full room loses its longest waiting", () => {
  expect(turnedOut(new WaitingRoom(3, 2), "a", "b", "c", "d", "e")).toEqual(["a", "b"]);
});

it("who has left takes no place, and is not turned out", () => {
  const room = new WaitingRoom(1, 1);
  const out: string[] = [];
  const leave = room.enter("a", () => out.push("first"));
  leave();
  leave();
  room.enter("a", () => out.push("second"));
  expect(out).toEqual([]);
  room.enter("a", () => out.push("third"));
  expect(out).toEqual(["second"]);
});

describe("places", () => {
  /** How many of those that ask, one after the other, get one. */
  function fill(places: Places, entry: Entry, count: number, address = (i: number) => `a${i}`): number {
    return Array.from({ length: count }, (_, i) => places.take(entry, address(i))).filter((leave) => leave).length;
  }

  it("the last quarter is for the token, and the quarter before it for grants too", () => {
    const places = new Places(8, true);
    expect((["open", "grant", "token"] as const).map((entry) => fill(places, entry, 9))).toEqual([4, 2, 2]);
    const tokens = new Places(8, true);
    expect((["token", "grant", "open"] as const).map((entry) => fill(tokens, entry, 9))).toEqual([8, 0, 0]);
  });

  it("what was not given costs nothing, and what is given back can be had again", () => {
    const places = new Places(4, true);
    const first = places.take("open", "a");
    places.take("open", "b");
    // Refused as a stranger, each time after it had its place among all and among guests.
    expect(fill(places, "open", 5)).toBe(0);
    expect(fill(places, "grant", 2)).toBe(1);
    first?.();
    first?.();
    expect(fill(places, "open", 2)).toBe(1);
    expect(fill(places, "no-token", 2)).toBe(1);
  });

  it("one address has fifty open ones, another has its own fifty", () => {
    const places = new Places(1000, true);
    expect(fill(places, "open", 60, () => "a")).toBe(50);
    expect(fill(places, "open", 60, () => "b")).toBe(50);
    expect(fill(places, "grant", 60, () => "a")).toBe(60);
  });

  it("one address comes 120 times in a minute, however fast it leaves", () => {
    let now = 0;
    const places = new Places(1000, true, () => now);
    const come = (): boolean => {
      const leave = places.take("open", "a");
      leave?.();
      return leave !== undefined;
    };
    expect(Array.from({ length: 130 }, come).filter(Boolean)).toHaveLength(120);
    now = 60_000;
    expect(come()).toBe(true);
  });

  it("behind a proxy, where all have one address, nothing is for one address", () => {
    expect(fill(new Places(1000, false), "open", 600, () => "a")).toBe(500);
  });
});

it("a pace remembers no more addresses than it may, and the newest", () => {
  const pace = new Pace(1, () => 0);
  for (let i = 0; i < 20_000; i++) pace.allows(`a${i}`);
  expect([pace.allows("a19999"), pace.allows("a0")]).toEqual([false, true]);
});
