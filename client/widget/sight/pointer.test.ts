import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { follow, isStill, type Sample, STILL_FOR, type Stillness } from "./pointer.ts";

/** A pointer at a place of the screen, over a frame at another, with a browser that is zoomed. */
const at = (ms: number, pointer: [number, number], frame: [number, number] = [100, 200], scale = 1): Sample => ({
  at: ms,
  screenX: pointer[0],
  screenY: pointer[1],
  clientX: (pointer[0] - frame[0]) / scale,
  clientY: (pointer[1] - frame[1]) / scale,
});

const following = (...samples: Sample[]): Stillness | undefined =>
  samples.reduce<Stillness | undefined>((before, sample) => follow(before, sample), undefined);

describe("a frame under the pointer", () => {
  it.each<[string, Sample[], number, boolean]>([
    ["no pointer was seen", [], 10_000, false],
    ["the press is the first that is seen of it", [at(0, [300, 300])], 0, false],
    ["it has just come in", [at(0, [300, 300]), at(200, [320, 310])], STILL_FOR - 1, false],
    ["it has been there for half a second", [at(0, [300, 300]), at(200, [320, 310])], STILL_FOR, true],
    ["it has rested there", [at(0, [300, 300])], 60_000, true],
    [
      "it crossed all of a zoomed page",
      [at(0, [110, 210], [100, 200], 2), at(600, [900, 700], [100, 200], 2)],
      600,
      true,
    ],
    [
      "it crossed all of a small page",
      [at(0, [110, 210], [100, 200], 0.67), at(600, [900, 700], [100, 200], 0.67)],
      600,
      true,
    ],
    ["the frame came to where it rests", [at(0, [300, 300]), at(900, [300, 300], [100, 140])], 901, false],
    ["the frame moved by ten pixels", [at(0, [300, 300]), at(900, [300, 300], [100, 190])], 901, false],
    ["the frame moved a second ago", [at(0, [300, 300]), at(900, [300, 300], [100, 140])], 900 + STILL_FOR, true],
    ["the frame moved along with it", [at(0, [300, 300]), at(900, [350, 300], [150, 200])], 901, false],
    [
      "the page was zoomed meanwhile",
      [at(0, [300, 300]), at(700, [600, 500]), at(900, [500, 400], [100, 200], 2)],
      901,
      false,
    ],
  ])("%s", (_, samples, now, still) => {
    expect(isStill(following(...samples), now)).toBe(still);
  });

  const screen = fc.integer({ min: 200, max: 2000 });

  it("is still however the pointer goes, at every zoom", () => {
    const scale = fc.constantFrom(0.5, 0.67, 1, 1.1, 1.25, 1.5, 2, 3);
    fc.assert(
      fc.property(scale, fc.array(fc.tuple(screen, screen), { minLength: 1, maxLength: 40 }), (scale, path) => {
        // As browsers tell them: in whole pixels.
        const whole = path
          .map((place, n) => at(n * 16, place, [100, 200], scale))
          .map((sample) => ({
            ...sample,
            clientX: Math.round(sample.clientX),
            clientY: Math.round(sample.clientY),
          }));
        expect(isStill(following(...whole), STILL_FOR + 10_000)).toBe(true);
        expect(following(...whole)?.first.at).toBe(0);
      }),
    );
  });

  it("is not when it jumps under a pointer that rests", () => {
    const jump = fc.integer({ min: -500, max: 500 }).filter((by) => Math.abs(by) > 8);
    fc.assert(
      fc.property(screen, screen, jump, (x, y, by) => {
        expect(isStill(following(at(0, [x, y]), at(5000, [x, y], [100, 200 + by])), 5000)).toBe(false);
      }),
    );
  });
});
