import fc from "fast-check";
import { expect, it } from "vitest";
import { LOAD_BYTES } from "./output.ts";
import { Spent } from "./spent.ts";

const load = (length: number) => new Uint8Array(new ArrayBuffer(LOAD_BYTES), 0, length);

it("gives a buffer back with the last byte that is painted of it, and not before", () => {
  const spent = new Spent();
  const [one, two] = [load(100), load(50)];
  spent.arrived([one, two]);
  expect(spent.painted(99)).toEqual([]);
  expect(spent.painted(1)).toEqual([one.buffer]);
  expect(spent.painted(50)).toEqual([two.buffer]);
  expect(spent.painted(10)).toEqual([]);
});

it("leaves small buffers to the collector", () => {
  const spent = new Spent();
  const large = load(7);
  spent.arrived([Uint8Array.of(1, 2, 3), large]);
  expect(spent.painted(10)).toEqual([large.buffer]);
});

it("gives every buffer back once and in order, however the painting is counted", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 20 });
  fc.assert(
    fc.property(sizes, sizes, (lengths, steps) => {
      const spent = new Spent();
      const chunks = lengths.map(load);
      spent.arrived(chunks);
      const total = lengths.reduce((sum, length) => sum + length, 0);
      const back: ArrayBuffer[] = [];
      let painted = 0;
      for (const step of [...steps, total]) {
        const bytes = Math.min(step, total - painted);
        painted += bytes;
        back.push(...spent.painted(bytes));
        let whole = 0;
        for (let sum = 0; whole < chunks.length && sum + (lengths[whole] ?? 0) <= painted; whole++)
          sum += lengths[whole] ?? 0;
        expect(back).toHaveLength(whole);
      }
      expect(back.every((buffer, i) => buffer === chunks[i]?.buffer)).toBe(true);
    }),
  );
});
