import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBigEndian, toBigEndian } from "../bytes/wire.ts";
import { advance } from "./counter.ts";

describe("advance", () => {
  it("adds a big-endian number modulo its width", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (start, n) => {
          const bytes = start.slice();
          advance(bytes, 0, n);
          expect(bytes).toEqual(toBigEndian((fromBigEndian(start) + BigInt(n)) % 2n ** 128n, 16));
        },
      ),
    );
  });

  it("leaves the bytes before the counter alone when it wraps", () => {
    const nonce = new Uint8Array(12).fill(0xff);
    advance(nonce, 4, 1);
    expect([...nonce]).toEqual([255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});
