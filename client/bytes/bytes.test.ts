import fc from "fast-check";
import { expect, it } from "vitest";
import { ascii, concat, equal, readUint32, toHex, writeUint32 } from "./bytes.ts";

it("equal bytes are equal, and one flipped bit or another length is not", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.nat(), (bytes, at) => {
      expect(equal(bytes, bytes.slice())).toBe(true);
      const flipped = bytes.slice();
      const bit = at % (8 * bytes.length);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(equal(bytes, flipped)).toBe(false);
      expect(equal(bytes, bytes.subarray(1))).toBe(false);
    }),
  );
});

it("a uint32 is written and read at its place, positive up to its largest", () => {
  const bytes = new Uint8Array(6);
  for (const value of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
    writeUint32(bytes, 1, value);
    expect(readUint32(bytes, 1)).toBe(value);
  }
  expect(bytes).toEqual(Uint8Array.of(0, 255, 255, 255, 255, 0));
});

it("parts are joined, hex has two digits a byte, and ASCII is only ASCII", () => {
  expect(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  expect(toHex(Uint8Array.of(0, 10, 255))).toBe("000aff");
  expect(ascii("~A")).toEqual(Uint8Array.of(0x7e, 0x41));
  expect(() => ascii("é")).toThrow(RangeError);
});
