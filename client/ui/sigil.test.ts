import { expect, it } from "vitest";
import { sigilCells } from "./sigil.tsx";

it("a sigil is mirrored left to right, and other bits are another picture", () => {
  const cells = sigilCells(0b101_110_011_001_100);
  const written = new Set(cells.map(String));
  for (const [column, row] of cells) expect(written).toContain(String([4 - column, row]));
  expect(written.size).toBe(cells.length);
  expect(sigilCells(0b101_110_011_001_101)).not.toEqual(cells);
  expect(sigilCells(0)).toEqual([]);
  expect(sigilCells(0x7fff)).toHaveLength(25);
});
