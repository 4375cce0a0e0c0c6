import { describe, expect, it } from "vitest";
import { SentNumbers } from "./sent-numbers.ts";

describe("the message numbers that were sent", () => {
  it("names a packet by its sequence number, and knows none that was never sent", () => {
    const sent = new SentNumbers();
    expect(sent.numberOf(0)).toBeUndefined();
    for (const [sequence, number] of [20, 30, 21, 5].entries()) sent.note(sequence, number);
    expect([0, 1, 2, 3, 4, 2 ** 32 - 1].map((sequence) => sent.numberOf(sequence))).toEqual([
      20,
      30,
      21,
      5,
      undefined,
      undefined,
    ]);
  });

  it("forgets what is long ago", () => {
    const sent = new SentNumbers();
    for (let sequence = 0; sequence < 3000; sequence++) sent.note(sequence, sequence % 200);
    expect(sent.numberOf(2999)).toBe(2999 % 200);
    expect(sent.numberOf(2999 - 1023)).toBe((2999 - 1023) % 200);
    expect(sent.numberOf(2999 - 1024)).toBeUndefined();
  });

  it("pitfall 10: goes on where sequence numbers wrap", () => {
    const sent = new SentNumbers();
    sent.note(2 ** 32 - 1, 94);
    sent.note(0, 192);
    expect([sent.numberOf(2 ** 32 - 1), sent.numberOf(0), sent.numberOf(1)]).toEqual([94, 192, undefined]);
  });

  it("begins anew where strict key exchange resets the count", () => {
    const sent = new SentNumbers();
    for (const [sequence, number] of [20, 30, 21].entries()) sent.note(sequence, number);
    sent.note(0, 7);
    expect([0, 1, 2].map((sequence) => sent.numberOf(sequence))).toEqual([7, undefined, undefined]);
  });
});
