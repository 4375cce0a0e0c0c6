// What a server may pour over us, a hundredth of what `npm run fuzz` pours, and never less than what a bound takes.

import { describe, expect, it } from "vitest";
import { FLOODS, pour } from "../scripted/floods.ts";

describe("a flood of", () => {
  it.each(FLOODS.filter(({ fullRunOnly }) => !fullRunOnly))("$title", { timeout: 60_000 }, async (flood) => {
    const times = flood.ends === "works" ? Math.min(flood.times / 10, 5000) : Math.min(flood.times, 70_000);
    expect(await pour(flood, times)).toBeUndefined();
  });
});
