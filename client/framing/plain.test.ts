import { describe, expect, it } from "vitest";
import { padPacket, payloadOf } from "./padding.ts";
import { plainOpening, plainSealing } from "./plain.ts";

describe("before the first NEWKEYS", () => {
  it("packets travel as they are", async () => {
    const [sealing, opening] = [plainSealing(), plainOpening()];
    const packet = padPacket(Uint8Array.of(20, 1, 2, 3), sealing.layout, (length) => new Uint8Array(length));
    const [record = new Uint8Array(0), ...others] = await sealing.seal(0, packet);
    expect(record).toEqual(Uint8Array.of(0, 0, 0, 12, 7, 20, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0));
    expect(others).toEqual([]);
    expect(opening.length(0, record.subarray(0, opening.layout.head))).toBe(12);
    expect(payloadOf(await opening.open(0, record))).toEqual(Uint8Array.of(20, 1, 2, 3));
  });
});
