import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "./base64.ts";
import { ascii, toHex } from "./bytes.ts";

// RFC 4648 10
const vectors: readonly [string, string][] = [
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
  ["fooba", "Zm9vYmE="],
  ["foobar", "Zm9vYmFy"],
];

describe("base64", () => {
  it.each(vectors)("%j is %j, with and without padding", (text, encoded) => {
    const bare = encoded.replaceAll("=", "");
    expect(toBase64(ascii(text))).toBe(encoded);
    expect(toBase64(ascii(text), false)).toBe(bare);
    expect(fromBase64(encoded)).toEqual(ascii(text));
    expect(fromBase64(bare)).toEqual(ascii(text));
  });

  it("agrees with another implementation, both ways", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(toHex(fromBase64(toBase64(bytes)) ?? ascii("none"))).toBe(toHex(bytes));
      }),
    );
  });

  it.each([
    "Z",
    "Zh==",
    "Zm9=",
    "Zm9v=",
    "Zg=",
    "Z===",
    "=",
    "====",
    "Zg==Zg==",
    "Zm 9v",
    "Zm9v\n",
    "Zm9-",
    "Zm9_",
    "Zmé=",
  ])("%j is refused: one key must not have two spellings", (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });
});
