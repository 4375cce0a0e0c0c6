import { describe, expect, it } from "vitest";
import { toHex } from "./bytes.ts";
import { SshError } from "./errors.ts";
import {
  boolean,
  byte,
  fixed,
  message,
  mpint,
  names,
  optionalText,
  rest,
  string,
  text,
  uint32,
  uint64,
} from "./message.ts";

const Everything = message(200, {
  flag: boolean,
  small: byte,
  number: uint32,
  large: uint64,
  data: string,
  words: text,
  value: mpint,
  list: names,
  cookie: fixed(2),
  tail: rest,
});
const values = {
  flag: true,
  small: 7,
  number: 0xfffffffe,
  large: 1n,
  data: Uint8Array.of(1),
  words: "é",
  value: 128n,
  list: ["a", "b"],
  cookie: Uint8Array.of(8, 9),
  tail: Uint8Array.of(5),
};

const code = (action: () => unknown) => {
  try {
    action();
    return "accepted";
  } catch (error) {
    return error instanceof SshError ? error.code : String(error);
  }
};

describe("a declared message", () => {
  it("is its number and its fields in the order of declaration", () => {
    expect(toHex(Everything.encode(values))).toBe(
      "c80107fffffffe00000000000000010000000101 00000002c3a9 000000020080 00000003612c62 0809 05".replaceAll(" ", ""),
    );
    expect(Everything.decode(Everything.encode(values))).toEqual(values);
    expect(Everything.number).toBe(200);
  });

  it("is refused under another number, and without any", () => {
    const other = Everything.encode(values);
    other[0] = 201;
    expect(code(() => Everything.decode(other))).toBe("protocol");
    expect(code(() => Everything.decode(new Uint8Array(0)))).toBe("protocol");
  });

  it("is refused when it is cut at any byte, or longer than its fields", () => {
    const Short = message(1, { reason: uint32, words: text });
    const whole = Short.encode({ reason: 1, words: "abc" });
    for (let length = 0; length < whole.length; length++)
      expect(code(() => Short.decode(whole.subarray(0, length)))).toBe("protocol");
    expect(code(() => Short.decode(Uint8Array.of(...whole, 0)))).toBe("protocol");
    expect(code(() => Short.decode(whole))).toBe("accepted");
  });

  it("may leave out an optional last text", () => {
    const Lazy = message(1, { number: uint32, language: optionalText });
    expect(Lazy.decode(Uint8Array.of(1, 0, 0, 0, 9))).toEqual({ number: 9, language: "" });
    expect(Lazy.decode(Lazy.encode({ number: 9, language: "en" }))).toEqual({ number: 9, language: "en" });
    expect(code(() => Lazy.decode(Uint8Array.of(1, 0, 0, 0, 9, 0)))).toBe("protocol");
  });
});
