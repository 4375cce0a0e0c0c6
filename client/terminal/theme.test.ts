import { expect, it } from "vitest";
import { TONES } from "./theme.ts";

/** WCAG 2.2, relative luminance and contrast ratio. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const NOT_TEXT = ["background", "cursor-text", "selection", "black"];
const scheme = (name: string, dark: boolean) => {
  const tone = TONES.find((row) => row.name === name);
  return (dark ? tone?.dark : tone?.light) ?? "";
};

it.each([
  ["light", false],
  ["dark", true],
] as const)("every text colour of the %s palette reads on its background and under a selection", (_name, dark) => {
  for (const { name } of TONES.filter((tone) => !NOT_TEXT.includes(tone.name))) {
    const colour = scheme(name, dark);
    expect.soft(contrast(colour, scheme("background", dark)), `${name} on background`).toBeGreaterThanOrEqual(4.5);
    if (name !== "cursor")
      expect.soft(contrast(colour, scheme("selection", dark)), `${name} selected`).toBeGreaterThanOrEqual(3);
  }
});

it("no two tones share a name, and each colour is six hex digits", () => {
  expect(new Set(TONES.map((tone) => tone.name)).size).toBe(TONES.length);
  for (const { light, dark } of TONES) for (const colour of [light, dark]) expect(colour).toMatch(/^#[0-9a-f]{6}$/);
});
