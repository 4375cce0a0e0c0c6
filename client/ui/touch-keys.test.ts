import { expect, it } from "vitest";
import { ascii } from "../bytes/bytes.ts";
import { isKey, keyBytes, modify, TOUCH_KEYS } from "./touch-keys.ts";

it.each([
  ["c", { ctrl: true, alt: false }, "\x03"],
  ["C", { ctrl: true, alt: false }, "\x03"],
  ["[", { ctrl: true, alt: false }, "\x1b"],
  [" ", { ctrl: true, alt: false }, "\x00"],
  ["?", { ctrl: true, alt: false }, "\x7f"],
  ["1", { ctrl: true, alt: false }, "1"],
  ["x", { ctrl: false, alt: true }, "\x1bx"],
  ["x", { ctrl: true, alt: true }, "\x1b\x18"],
  ["\x1b[D", { ctrl: true, alt: false }, "\x1b[1;5D"],
  ["\x1b[A", { ctrl: true, alt: true }, "\x1b[1;7A"],
  ["\x1bOD", { ctrl: true, alt: false }, "\x1b[1;5D"],
  ["x", { ctrl: false, alt: false }, "x"],
  ["\x1b[?62c", { ctrl: true, alt: true }, "\x1b[?62c"],
])("%j with %j is %j", (typed, modifiers, sent) => expect(modify(ascii(typed), modifiers)).toEqual(ascii(sent)));

it("arrows are sent as the program asked for them, and the other keys always the same", () => {
  const sent = (application: boolean) =>
    TOUCH_KEYS.map((key) => String.fromCharCode(...keyBytes(key, application))).join(" ");
  expect(sent(false)).toBe("\x1b \t \x1b[A \x1b[B \x1b[D \x1b[C | ~");
  expect(sent(true)).toBe("\x1b \t \x1bOA \x1bOB \x1bOD \x1bOC | ~");
});

it("a held key waits for a key, and a terminal's reply is none", () => {
  expect(isKey(ascii("a"))).toBe(true);
  expect(isKey(ascii("\x1b"))).toBe(true);
  expect(isKey(ascii("\x1b[B"))).toBe(true);
  expect(isKey(ascii("\x1b[?1;2c"))).toBe(false);
  expect(isKey(ascii("a whole paste"))).toBe(false);
});
