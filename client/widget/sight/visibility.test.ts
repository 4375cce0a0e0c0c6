import { describe, expect, it } from "vitest";
import { DISTORTING, type Facts, isPlain, obstacle } from "./visibility.ts";

const box = (width: number, height: number) => ({ width, height });
const plainSight: Facts = {
  observed: { isVisible: true, target: box(440, 300), seen: box(440, 300) },
  contents: box(438, 298),
  view: box(438, 298),
  frame: box(640, 400),
  focused: true,
  hidden: false,
  plain: true,
};
const observed = (more: Partial<NonNullable<Facts["observed"]>>): Partial<Facts> => ({
  observed: { isVisible: true, target: box(440, 300), seen: box(440, 300), ...more },
});

describe("what stands in the way of a dialog in a frame", () => {
  it("is nothing in plain sight", () => {
    expect(obstacle(plainSight)).toBeUndefined();
  });

  it.each<[string, Partial<Facts>, ReturnType<typeof obstacle>]>([
    ["the browser has said nothing", { observed: undefined }, "unknown"],
    ["covered, transparent or distorted", observed({ isVisible: false }), "covered"],
    ["a transform of our own", { plain: false }, "covered"],
    ["cut off at the window's edge", observed({ seen: box(440, 250) }), "outside"],
    ["cut off at the side", observed({ seen: box(200, 300) }), "outside"],
    ["out of the window", observed({ seen: box(0, 0) }), "outside"],
    ["of no size", observed({ target: box(0, 0), seen: box(0, 0) }), "outside"],
    ["all but what zooming leaves over", observed({ seen: box(439.4, 299.2) }), undefined],
    ["a frame 319 wide", { frame: box(319, 400) }, "small"],
    ["a frame 239 high", { frame: box(640, 239) }, "small"],
    ["the smallest frame there may be", { frame: box(320, 240) }, undefined],
    ["50 by 50, and covered", { frame: box(50, 50), ...observed({ isVisible: false }) }, "small"],
    ["more than it shows", { contents: box(438, 320) }, "cut"],
    ["wider than it shows", { contents: box(500, 298) }, "cut"],
    ["half a pixel more", { contents: box(438.5, 298.5) }, undefined],
    ["no focus", { focused: false }, "unfocused"],
    ["a tab in the background", { hidden: true }, "unfocused"],
  ])("%s", (_, more, why) => {
    expect(obstacle({ ...plainSight, ...more })).toBe(why);
  });
});

describe("a plain element", () => {
  const plain = (more: Readonly<Record<string, string>>) =>
    isPlain((property) => ({ ...(DISTORTING as Readonly<Record<string, string>>), ...more })[property] ?? "");

  it("has the first values of all that distorts, or a browser that does not know them", () => {
    expect(plain({})).toBe(true);
    expect(isPlain(() => "")).toBe(true);
  });

  it.each([
    ["transform", "matrix(1, 0, 0, 1, 5, 0)"],
    ["translate", "10px"],
    ["rotate", "3deg"],
    ["scale", "0.5"],
    ["perspective", "100px"],
    ["filter", "blur(1px)"],
    ["backdrop-filter", "blur(1px)"],
    ["clip-path", "inset(10%)"],
    ["mask-image", "linear-gradient(black, transparent)"],
    ["mix-blend-mode", "multiply"],
    ["animation-name", "turn"],
    ["opacity", "0.99"],
    ["zoom", "0.5"],
  ])("has no %s", (property, value) => {
    expect(plain({ [property]: value })).toBe(false);
  });
});
