import { expect, it } from "vitest";
import { TypingPause } from "./typing-pause.ts";

/** Keys at these times after the button appeared: does the last one, at once, press it? */
const presses = (...keys: number[]): boolean => {
  const typing = new TypingPause(1000);
  for (const key of keys) typing.keyDown(1000 + key);
  return typing.paused(1001 + (keys.at(-1) ?? 0));
};

it.each([
  ["no key in the flow of typing presses", [100], false],
  ["the Enter at the end of a line does not press", [100, 250, 400, 900], false],
  ["a held key that repeats does not press", [650, 680, 710, 740], false],
  ["a key after a pause presses", [900], true],
  ["a key after typing and a pause presses", [100, 250, 1100], true],
])("%s", (_what, keys, pressed) => expect(presses(...keys)).toBe(pressed));

it("a click without any key presses after a moment", () => {
  const typing = new TypingPause(0);
  expect(typing.paused(100)).toBe(false);
  expect(typing.paused(1000)).toBe(true);
});
