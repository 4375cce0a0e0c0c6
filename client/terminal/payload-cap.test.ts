import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "../bytes/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../bytes/text.ts";
import { PAYLOAD_LIMIT, PayloadCap } from "./payload-cap.ts";
import { pieces } from "./pieces.ts";

function filtered(text: string, size = 64 * 1024): string {
  const cap = new PayloadCap();
  return decodeUtf8(concat(...Array.from(pieces(encodeUtf8(text), size), (piece) => cap.filter(piece))));
}

const long = "x".repeat(PAYLOAD_LIMIT + 1);
const KEPT = "x".repeat(PAYLOAD_LIMIT);

describe("the payload cap", () => {
  it.each([
    ["OSC ended by BEL", `\x1b]0;${long}\x07after`, `\x1b]0;${KEPT.slice(2)}\x18after`],
    ["OSC ended by ST", `\x1b]0;${long}\x1b\\after`, `\x1b]0;${KEPT.slice(2)}\x18\x1b\\after`],
    ["DCS", `\x1bP$q${long}\x1b\\after`, `\x1bP$q${KEPT.slice(2)}\x18\x1b\\after`],
    ["DCS, in which BEL ends nothing", `\x1bP${long}\x07${long}\x1b\\after`, `\x1bP${KEPT}\x18\x1b\\after`],
    ["APC", `\x1b_${long}\x1b\\after`, `\x1b_${KEPT}\x18\x1b\\after`],
    ["PM and SOS", `\x1b^${long}\x1b\\\x1bX${long}\x1b\\`, `\x1b^${KEPT}\x18\x1b\\\x1bX${KEPT}\x18\x1b\\`],
    ["OSC and ST as C1 controls", `\u009d${long}\u009cafter`, `\u009d${KEPT}\x18\u009cafter`],
    ["CAN ends what is dropped", `\x1b]${long}\x18after`, `\x1b]${KEPT}\x18\x18after`],
    ["what follows at once is counted anew", `\x1b]${long}\x1b]${long}\x07.`, `\x1b]${KEPT}\x18\x1b]${KEPT}\x18.`],
  ])("%s", (_name, output, wanted) => {
    // Compared as booleans: a difference of a megabyte is no help to read.
    expect(filtered(output) === wanted).toBe(true);
    expect(filtered(output, 65_521) === wanted).toBe(true);
  });

  it("passes a string of exactly the limit", () => {
    const output = `\x1b]${KEPT}\x07after`;
    expect(filtered(output) === output).toBe(true);
  });

  it("never ends: a string without terminator costs no more than its start", () => {
    const cap = new PayloadCap();
    const flood = new Uint8Array(64 * 1024).fill(0x61);
    let passed = cap.filter(encodeUtf8("\x1b]0;")).length;
    for (let i = 0; i < 100; i++) passed += cap.filter(flood).length;
    expect(passed).toBe(PAYLOAD_LIMIT + 3);
  });

  it("hands ordinary output through as the same array", () => {
    const cap = new PayloadCap();
    for (const text of ["plain", "naïve ÂÂ", "\x1b[31mred\x1b[m", "\x1b]0;title\x07", "", "\x1b", "]0;split", "\x07"]) {
      const chunk = encodeUtf8(text);
      expect(cap.filter(chunk)).toBe(chunk);
    }
  });

  it("changes no output whose strings are short, however it is cut", () => {
    const unit = fc.constantFrom(
      "\x1b",
      "]",
      "P",
      "_",
      "\\",
      "\x07",
      "\x18",
      "Â",
      "\u009d",
      "\u009c",
      "a",
      "é",
      "[",
      "m",
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 200 }), fc.integer({ min: 1, max: 7 }), (text, size) => {
        expect(filtered(text, size)).toBe(text);
      }),
    );
  });

  it("forgets an unfinished string when told that something else follows", () => {
    const cap = new PayloadCap();
    cap.filter(encodeUtf8(`\x1b]${long}`));
    cap.reset();
    expect(decodeUtf8(cap.filter(encodeUtf8("hello")))).toBe("hello");
  });
});
