import { createHash } from "node:crypto";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { concat, equal, toHex } from "../bytes/bytes.ts";
import { Writer } from "../bytes/wire.ts";
import { derive, deriveKeys, type KeySource } from "./derive.ts";
import { exchangeHash } from "./hash.ts";

const source = (hash: KeySource["hash"]): KeySource => ({
  hash,
  secret: new Writer().mpint(0x1234567890n).done(),
  exchangeHash: new Uint8Array(32).fill(1),
  sessionId: new Uint8Array(32).fill(2),
});

/** RFC 4253 7.2 written out once more, with another library's hash. */
function expected(
  name: string,
  { secret, exchangeHash: H, sessionId }: KeySource,
  letter: string,
  length: number,
): string {
  const digest = (...parts: readonly Uint8Array[]) =>
    createHash(name)
      .update(concat(...parts))
      .digest();
  let blocks: Uint8Array = digest(secret, H, new TextEncoder().encode(letter), sessionId);
  while (blocks.length < length) blocks = concat(blocks, digest(secret, H, blocks));
  return toHex(blocks.subarray(0, length));
}

describe("derivation", () => {
  it.each([0, 1, 16, 20, 21, 32, 33, 40, 41, 64, 65, 96, 128])(
    "of %d bytes takes as many blocks as it needs",
    (length) => {
      for (const letter of "ABCDEF") {
        expect(toHex(derive(source(sha256), letter, length))).toBe(expected("sha256", source(sha256), letter, length));
        // A hash of 20 bytes, as some methods have: 64 bytes are four blocks then, and the last hashes all before it.
        expect(toHex(derive(source(sha1), letter, length))).toBe(expected("sha1", source(sha1), letter, length));
      }
    },
  );

  it("gives each direction its own letters", () => {
    const lengths = { key: 16, iv: 12, mac: 32 };
    const [out, into] = (["outgoing", "incoming"] as const).map((way) => deriveKeys(source(sha256), way, lengths));
    const one = (letter: string, length: number) => derive(source(sha256), letter, length);
    expect(out).toEqual({ iv: one("A", 12), key: one("C", 16), mac: one("E", 32) });
    expect(into).toEqual({ iv: one("B", 12), key: one("D", 16), mac: one("F", 32) });
  });
});

describe("the exchange hash", () => {
  const transcript = {
    clientIdentification: Uint8Array.of(1),
    serverIdentification: Uint8Array.of(2, 2),
    clientKexInit: Uint8Array.of(3),
    serverKexInit: Uint8Array.of(4),
  };
  const result = {
    hostKey: Uint8Array.of(5),
    signature: Uint8Array.of(99),
    secret: Uint8Array.of(0, 0, 0, 1, 8),
    publicValues: [Uint8Array.of(0, 0, 0, 1, 6), Uint8Array.of(0, 0, 0, 1, 7)],
    hash: (data: Uint8Array) => data,
  };

  it("is over what was said and agreed, in the order of RFC 5656 4, each with its length", () => {
    expect(toHex(exchangeHash(transcript, result))).toBe(
      "0000000101 000000020202 0000000103 0000000104 0000000105 0000000106 0000000107 0000000108".replaceAll(" ", ""),
    );
  });

  it("does not depend on the signature", () => {
    const other = { ...result, signature: Uint8Array.of(1) };
    expect(equal(exchangeHash(transcript, result), exchangeHash(transcript, other))).toBe(true);
  });
});
