import { expect, it } from "vitest";
import { chordOf } from "./chords.ts";

function press(text: string) {
  const names = text.split("+");
  const key = names.at(-1) ?? "";
  return {
    key,
    code: key.length === 1 ? `Key${key.toUpperCase()}` : key,
    ctrlKey: names.includes("Ctrl"),
    shiftKey: names.includes("Shift"),
    altKey: names.includes("Alt"),
    metaKey: names.includes("Cmd"),
  };
}

it.each([
  ["Ctrl+Shift+C", "copy"],
  ["Ctrl+Insert", "copy"],
  ["Cmd+c", "copy"],
  ["Ctrl+Shift+V", "paste"],
  ["Shift+Insert", "paste"],
  ["Cmd+v", "paste"],
  ["Ctrl+Shift+Enter", "leave"],
  ["Ctrl+c", undefined],
  ["Ctrl+v", undefined],
  ["Tab", undefined],
  ["Shift+Tab", undefined],
  ["Escape", undefined],
  ["Enter", undefined],
  ["Insert", undefined],
  ["Ctrl+Alt+Shift+C", undefined],
])("%s is %s", (keys, chord) => expect(chordOf(press(keys))).toBe(chord));

it("a letter is where the person's keyboard has it", () => {
  expect(chordOf({ ...press("Ctrl+Shift+C"), code: "KeyI" })).toBe("copy");
  expect(chordOf({ ...press("Ctrl+Shift+J"), code: "KeyC" })).toBeUndefined();
  expect(chordOf({ ...press("Ctrl+Shift+С"), code: "KeyC" })).toBe("copy");
});
