// Whose bytes are whose: the writer builds all packets in one array, and the reader hands on what ciphers give it as it is.

import { describe, expect, it } from "vitest";
import { concat } from "../bytes/bytes.ts";
import type { CipherSuite, MacAlgorithm } from "./cipher.ts";
import { BULK_FROM, padPacket, payloadOf } from "./padding.ts";
import { cipherSuites, macs } from "./suites.ts";

const SIZES = [40, 600, 2000, 32_000];
const filled = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + 3) % 256);

interface Case {
  readonly name: string;
  readonly suite: CipherSuite;
  readonly mac: MacAlgorithm | undefined;
}
const cases = Object.values(cipherSuites).flatMap((suite): Case[] =>
  suite.authenticated
    ? [{ name: suite.name, suite, mac: undefined }]
    : Object.values(macs).map((mac) => ({ name: `${suite.name} with ${mac.name}`, suite, mac })),
);

async function pair({ suite, mac }: Case) {
  const keys = { key: filled(suite.keyBytes), iv: filled(suite.ivBytes), mac: filled(mac?.keyBytes ?? 0) };
  return { sealing: await suite.sealing(keys, mac), opening: await suite.opening(keys, mac) };
}

describe.each(cases)("$name", (the) => {
  it("needs a packet no longer than the call, and gives arrays of its own, in both directions", async () => {
    const { sealing, opening } = await pair(the);
    for (const [sequence, size] of SIZES.entries()) {
      const payload = filled(size);
      const packet = padPacket(payload, sealing.layout, filled);
      const sealed = sealing.seal(sequence, packet);
      // What a cipher still wants to wipe is its own affair; bulk is overwritten by the next packet.
      if (packet.length >= BULK_FROM) packet.fill(0xee);
      const parts = await sealed;
      expect(parts.every(({ buffer }) => buffer !== packet.buffer)).toBe(true);
      const record = concat(...parts);
      opening.length(sequence, record.subarray(0, opening.layout.head));
      const opened = await opening.open(sequence, record);
      expect(opened.buffer).not.toBe(record.buffer);
      expect(payloadOf(opened)).toEqual(payload);
    }
  });

  it("leaves nothing of a short packet in the array that it came in: it may be a password", async () => {
    const { sealing } = await pair(the);
    for (const [sequence, size] of SIZES.slice(0, 3).entries()) {
      const packet = padPacket(filled(size), sealing.layout, filled);
      await sealing.seal(sequence, packet);
      expect(packet.subarray(4).every((byte) => byte === 0)).toBe(true);
    }
  });
});
