import { expect, it } from "vitest";
import { WaitingRoom } from "./limits.ts";

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
