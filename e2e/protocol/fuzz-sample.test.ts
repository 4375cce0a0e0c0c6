// A sample of what `npm run fuzz` does in full, another one each time; what fails says how to repeat it.

import { beforeAll, describe, expect, it } from "vitest";
import { freshTally, live, TARGETS, watchStrays } from "../fuzz/campaign.ts";
import { Choices } from "../fuzz/choices.ts";
import { flipped, truncated, uncovered, wrongWith } from "../fuzz/flips.ts";
import { watchWebCrypto } from "../fuzz/quiet.ts";
import { type Recording, record } from "../fuzz/recording.ts";
import { SUBJECTS } from "../fuzz/subjects.ts";

const seed = Date.now() % 2 ** 32;
const SAMPLES = 2000;
/** A classical and a hybrid exchange, a stream cipher, an AEAD, a block cipher with its MAC, and compression. */
const SAMPLED = SUBJECTS.slice(0, 4);

beforeAll(() => {
  watchStrays();
  watchWebCrypto();
});

describe.each(SAMPLED)("a recorded connection ($name)", (subject) => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(subject);
  });
  const places = (bound: number): number[] => {
    const choices = new Choices(seed, SUBJECTS.indexOf(subject), bound);
    return Array.from({ length: SAMPLES / SAMPLED.length }, () => choices.below(bound));
  };

  it("R-HK-5: with any one bit flipped ends by name, or the bit means nothing", { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    const harmless = uncovered(recording);
    for (const bit of places(8 * recording.length)) {
      const what = wrongWith(await flipped(recording, bit), harmless(bit >> 3));
      if (what !== undefined) wrong.push(`bit ${bit & 7} of byte ${bit >> 3}: ${what}`);
    }
    expect(wrong).toEqual([]);
  });

  it("cut at any byte ends by name", { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    for (const length of places(recording.length)) {
      const what = wrongWith(await truncated(recording, length), false);
      if (what !== undefined) wrong.push(`cut at ${length}: ${what}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe.each(TARGETS)("mutated packets: $name", (target) => {
  it("end it by name or change nothing, and none takes long", { timeout: 120_000 }, async () => {
    const tally = freshTally();
    const count = target.share > 1 ? SAMPLES : SAMPLES / 10;
    while (tally.packets < count) {
      const finding = await live(target, seed, tally.lives, tally);
      expect(finding, `npm run fuzz -- only ${target.name} ${finding?.index} ${seed}`).toBeUndefined();
    }
    // A fuzzer that is refused at once, or never, tests nothing.
    // In these two nothing dies but the packet.
    if (target.name !== "decoders" && target.name !== "knownhosts")
      expect(tally.refused).toBeGreaterThan(tally.lives / 10);
    expect(tally.packets / tally.lives).toBeGreaterThan(1.2);
  });
});
