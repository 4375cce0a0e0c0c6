import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "../bytes/bytes.ts";
import { decodeUtf8 } from "../bytes/text.ts";
import { asksFirst, cleanPaste, pasteBytes } from "./paste.ts";

const sent = (text: string, bracketed: boolean) => decodeUtf8(concat(...pasteBytes(cleanPaste(text), bracketed)));

describe("a paste", () => {
  it.each([
    ["plain text", "ls -l", "ls -l"],
    ["every line ending becomes Enter", "a\nb\r\nc\rd", "a\rb\rc\rd"],
    ["tabs stay", "a\tb", "a\tb"],
    ["ESC goes", "\x1b[31mred", "[31mred"],
    ["NUL, BEL, BS, VT, FF, interrupt, end of file, DEL go", "\0\x07\b\v\f\x03\x04\x7fx", "x"],
    ["C1 controls go, CSI among them", "a\u009b201~\u0085b\u009d0;t\u009c", "a201~b0;t"],
    ["letters of every script stay, right to left too", "naïve 漢字 שלום \u202e 🐚", "naïve 漢字 שלום \u202e 🐚"],
    ["a lone surrogate is replaced and nothing thrown", "a\ud800b", "a\ufffdb"],
    ["nothing sends nothing", "\x1b\x00", ""],
  ])("%s", (_name, pasted, wanted) => expect(sent(pasted, false)).toBe(wanted));

  it("stands between brackets when the program asked for that", () => {
    expect(sent("a\nb", true)).toBe("\x1b[200~a\rb\x1b[201~");
    expect(sent("\x1b", true)).toBe("");
  });

  it("cannot close its bracket early, whatever is in it", () => {
    const hostile = fc.string({
      unit: fc.constantFrom("\x1b", "\u009b", "[", "2", "0", "1", "~", "\x1b[201~", "\n", "a"),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        const whole = sent(text, true);
        expect(whole.slice(6, -6)).not.toMatch(/[\x1b\u009b]/);
      }),
    );
  });

  it("asks first when it holds an Enter and the program takes each line as it comes", () => {
    expect(asksFirst(cleanPaste("rm -rf x\n"), false)).toBe(true);
    expect(asksFirst(cleanPaste("a\nb"), false)).toBe(true);
    expect(asksFirst(cleanPaste("a\nb"), true)).toBe(false);
    expect(asksFirst(cleanPaste("ls"), false)).toBe(false);
  });

  it("of 100 KB arrives whole and in order, in arrays that can be transferred one by one", () => {
    const text = Array.from({ length: 12_800 }, (_, i) => String(i).padStart(8, "é")).join("");
    const parts = pasteBytes(cleanPaste(text), false);
    expect(parts.length).toBeGreaterThan(6);
    for (const part of parts) expect(part.byteLength).toBe(part.buffer.byteLength);
    expect(decodeUtf8(concat(...parts))).toBe(text);
  });
});
