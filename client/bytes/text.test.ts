import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanLine, cleanText, cleanUtf8, decodeUtf8, encodeUtf8 } from "./text.ts";

const hidden = [
  ..."\u0000\u0007\u0008\u000b\u000c\u001b\u007f\u0080\u009b\u009f\u00ad\u061c\u180e",
  ..."\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufeff\ufff9",
  "\u{e0041}",
];

describe("a peer's text", () => {
  it.each(hidden.map((character) => [character.codePointAt(0)?.toString(16), character]))(
    "shows U+%s as a mark",
    (_code, character) => {
      expect(cleanText(`a${character}b`, 10)).toBe("a\ufffdb");
    },
  );

  it("keeps tab, newline and every script", () => {
    const text = "Grüße\t世界\nשלום 🙂 e\u0301";
    expect(cleanText(text, 100)).toBe(text);
  });

  it("has one kind of line end, and none where there is one line", () => {
    expect(cleanText("a\r\nb\rc\nd", 100)).toBe("a\nb\nc\nd");
    expect(cleanLine("a\r\n\r\n\tb", 100)).toBe("a b");
  });

  it("ends in an ellipsis where it is too long", () => {
    expect(cleanText("abcdef", 6)).toBe("abcdef");
    expect(cleanText("abcdefg", 6)).toBe("abcdef\u2026");
  });

  it("is not cut through the middle of a character", () => {
    expect(cleanText("abc🙂🙂", 4)).toBe("abc\u2026");
  });

  it("decodes whatever comes, keeping a leading byte order mark visible as what it is", () => {
    expect(decodeUtf8(Uint8Array.of(0xff, 0x41, 0xc3))).toBe("\ufffdA\ufffd");
    expect(cleanUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41), 10)).toBe("\ufffdA");
  });

  it("holds no hidden character and no more than its limit, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = cleanUtf8(bytes, 40);
        expect(text.length).toBeLessThanOrEqual(41);
        expect(/\p{Cc}/u.test(text.replace(/[\t\n]/g, ""))).toBe(false);
      }),
    );
  });

  it("survives its own encoding", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
      }),
    );
  });
});
