import { poly1305 as noble } from "@noble/ciphers/_poly1305.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../bytes/bytes.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { poly1305 } from "./poly1305.ts";

const bytes = (hex: string) =>
  Uint8Array.from(hex.replaceAll(" ", "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const zeros = (count: number) => "00".repeat(count);

describe("Poly1305", () => {
  it("gives the tag of RFC 8439 2.5.2", () => {
    const key = bytes("85d6be7857556d337f4452fe42d506a8 0103808afb0db2fd4abff6af4149f51b");
    expect(toHex(poly1305(key, encodeUtf8("Cryptographic Forum Research Group")))).toBe(
      "a8061dc1305136c6c22b8baf0c0127a9",
    );
  });

  // RFC 8439 A.3: what carries and what is just about the prime.
  it.each([
    { what: "#1, nothing", key: zeros(32), data: zeros(64), tag: zeros(16) },
    { what: "#7, the sum reaches 2^130 - 5", key: `02${zeros(31)}`, data: "ff".repeat(16), tag: `03${zeros(15)}` },
    {
      what: "#8, the sum with the key wraps",
      key: `02${zeros(15)}${"ff".repeat(16)}`,
      data: `02${zeros(15)}`,
      tag: `03${zeros(15)}`,
    },
    {
      what: "#9, a limb of all ones",
      key: `01${zeros(31)}`,
      data: `${"ff".repeat(16)}f0${"ff".repeat(15)}11${zeros(15)}`,
      tag: `05${zeros(15)}`,
    },
    {
      what: "#10, exactly the prime",
      key: `01${zeros(31)}`,
      data: `${"ff".repeat(16)}fb${"fe".repeat(15)}${"01".repeat(16)}`,
      tag: zeros(16),
    },
    { what: "#11, one below it", key: `02${zeros(31)}`, data: `fd${"ff".repeat(15)}`, tag: `fa${"ff".repeat(15)}` },
  ])("gives the tag of RFC 8439 A.3 $what", ({ key, data, tag }) => {
    expect(toHex(poly1305(bytes(key), bytes(data)))).toBe(tag);
  });

  it("agrees with noble for any key and data, wherever in memory, extremes among them", () => {
    const byte = fc.oneof(fc.constantFrom(0, 1, 0xfb, 0xff), fc.nat(255));
    const filled = (options: { minLength: number; maxLength: number }) =>
      fc.oneof(
        fc.array(byte, options).map((values) => Uint8Array.from(values)),
        fc
          .integer({ min: options.minLength, max: options.maxLength })
          .map((length) => new Uint8Array(length).fill(0xff)),
      );
    fc.assert(
      fc.property(
        filled({ minLength: 32, maxLength: 32 }),
        filled({ minLength: 0, maxLength: 300 }),
        fc.nat(3),
        (key, data, offset) => {
          const memory = new Uint8Array(offset + data.length + 5).fill(0xaa);
          memory.set(data, offset);
          const view = memory.subarray(offset, offset + data.length);
          expect(toHex(poly1305(key, view))).toBe(toHex(noble(data, key)));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("agrees with noble on long data, where an error would add up", () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
    const data = Uint8Array.from({ length: 262_144 }, (_, i) => (i * 2_654_435_761) >>> 24);
    expect(toHex(poly1305(key, data))).toBe(toHex(noble(data, key)));
    expect(toHex(poly1305(key.fill(255), data.fill(255)))).toBe(toHex(noble(data, key)));
  });
});
