import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, toHex } from "./bytes.ts";
import { SshError } from "./errors.ts";
import { encodeUtf8 } from "./text.ts";
import { fromBigEndian, mpintBytes, mpintFromBigEndian, parseNames, Reader, toBigEndian, Writer } from "./wire.ts";

const unhex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

function refused(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof SshError) return error.code;
    throw error;
  }
  return "accepted";
}

describe("what is written", () => {
  it("is read back, field by field, to the last byte", () => {
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.boolean(),
        fc.nat(2 ** 32 - 1),
        fc.bigInt(0n, 2n ** 64n - 1n),
        fc.uint8Array({ maxLength: 40 }),
        fc.string(),
        fc.bigInt(0n, 2n ** 300n),
        fc.array(fc.stringMatching(/^[!-+\--~]{1,20}$/), { maxLength: 5 }),
        (byte, boolean, uint32, uint64, string, text, mpint, names) => {
          const written = new Writer()
            .byte(byte)
            .boolean(boolean)
            .uint32(uint32)
            .uint64(uint64)
            .string(string)
            .text(text)
            .mpint(mpint)
            .names(names)
            .bytes(string)
            .done();
          const reader = new Reader(written);
          expect(reader.byte()).toBe(byte);
          expect(reader.boolean()).toBe(boolean);
          expect(reader.uint32()).toBe(uint32);
          expect(reader.uint64()).toBe(uint64);
          expect(reader.string()).toEqual(string);
          expect(encodeUtf8(reader.text())).toEqual(encodeUtf8(text));
          expect(reader.mpint()).toBe(mpint);
          expect(reader.names()).toEqual(names);
          expect(reader.rest()).toEqual(string);
          reader.end();
        },
      ),
    );
  });
});

describe("mpint", () => {
  it("of more than 32768 bits is refused before it is turned into a number (R-PK-2)", () => {
    const wire = (length: number) => new Writer().string(new Uint8Array(length).fill(1)).done();
    expect(new Reader(wire(4096)).mpint()).toBeGreaterThan(1n << 32760n);
    expect(refused(() => new Reader(wire(4097)).mpint())).toBe("protocol");
  });

  // RFC 4251 5, its own examples, and the edges of the sign bit.
  it.each([
    ["00", "00000000"],
    ["09a378f9b2e332a7", "0000000809a378f9b2e332a7"],
    ["80", "000000020080"],
    ["7f", "000000017f"],
    ["ff", "0000000200ff"],
    ["0100", "000000020100"],
    ["8000000000000000", "00000009008000000000000000"],
  ])("%s is written as %s and read back", (value, wire) => {
    const number = BigInt(`0x${value}`);
    expect(toHex(new Writer().mpint(number).done())).toBe(wire);
    expect(new Reader(unhex(wire)).mpint()).toBe(number);
    // The same number with leading zero bytes, as a curve gives it (1 in 256 shared secrets begins with one).
    for (let zeros = 0; zeros < 3; zeros++)
      expect(mpintFromBigEndian(concat(new Uint8Array(zeros), unhex(value)))).toEqual(mpintBytes(number));
  });

  it.each(["000000ff", "00000001ff", "0000000100", "00000002007f", "000000020001", "0000000180", "0000000300ff"])(
    "%s is refused: negative, longer than needed, or cut short",
    (wire) => {
      expect(refused(() => new Reader(unhex(wire)).mpint())).toBe("protocol");
    },
  );

  it("from fixed width keeps the number, and never has a sign or a needless zero", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const inner = mpintFromBigEndian(bytes);
        expect(new Reader(new Writer().string(inner).done()).mpint()).toBe(fromBigEndian(bytes));
        expect(toBigEndian(fromBigEndian(bytes), bytes.length)).toEqual(bytes);
      }),
    );
  });

  it("does not fit a field that is too small, and is never negative", () => {
    expect(() => toBigEndian(256n, 1)).toThrow(RangeError);
    expect(() => mpintBytes(-1n)).toThrow(RangeError);
  });
});

describe("a reader", () => {
  it.each([
    ["byte", (r: Reader) => r.byte(), 0],
    ["uint32", (r: Reader) => r.uint32(), 3],
    ["uint64", (r: Reader) => r.uint64(), 7],
    ["string", (r: Reader) => r.string(), 3],
    ["names", (r: Reader) => r.names(), 3],
  ])("refuses a %s that is cut short", (_name, read, length) => {
    expect(refused(() => read(new Reader(new Uint8Array(length))))).toBe("protocol");
  });

  it.each([1, 5, 0x7fffffff, 0x80000000, 0xffffffff])("refuses a string of %d bytes where there are none", (length) => {
    const bytes = concat(new Writer().uint32(length).done(), new Uint8Array(length === 5 ? 4 : 0));
    expect(refused(() => new Reader(bytes).string())).toBe("protocol");
  });

  it("refuses bytes after the end", () => {
    expect(refused(() => new Reader(new Uint8Array(1)).end())).toBe("protocol");
    expect(refused(() => new Reader(new Uint8Array(0)).end())).toBe("accepted");
  });

  it("takes any byte but 0 for true", () => {
    expect([0, 1, 2, 255].map((byte) => new Reader(Uint8Array.of(byte)).boolean())).toEqual([false, true, true, true]);
  });

  it("reads high uint32 values as positive", () => {
    expect(new Reader(unhex("ffffffff")).uint32()).toBe(4294967295);
    expect(new Reader(unhex("ffffffffffffffff")).uint64()).toBe(2n ** 64n - 1n);
  });

  it("replaces what is no UTF-8 and never throws for it", () => {
    expect(new Reader(unhex("00000004ff41c328")).text()).toBe("\ufffdA\ufffd(");
  });
});

describe("a name-list", () => {
  it.each([
    ["", []],
    ["a", ["a"]],
    ["a,b@c.d", ["a", "b@c.d"]],
    ["a,b,", ["a", "b"]],
    [",a,,b", ["a", "b"]],
    [`${"x".repeat(64)}`, ["x".repeat(64)]],
  ])("%j is %j", (text, names) => {
    expect(parseNames(encodeUtf8(text))).toEqual(names);
  });

  it("has bounded names, and a bounded number of them", () => {
    expect(refused(() => parseNames(encodeUtf8("x".repeat(65))))).toBe("protocol");
    const names = (count: number) => encodeUtf8(Array.from({ length: count }, () => "a").join());
    expect(parseNames(names(1000))).toHaveLength(1000);
    expect(refused(() => parseNames(names(1001)))).toBe("protocol");
  });
});
