import { expect, it } from "vitest";
import { toHex } from "../bytes/bytes.ts";
import { Reader } from "../bytes/wire.ts";
import { COOKED, encodeTerminalModes } from "./terminal-modes.ts";

it("modes are opcode and value in the order of the opcodes, and a zero", () => {
  expect(toHex(encodeTerminalModes({ TTY_OP_OSPEED: 38_400, VINTR: 3, ECHO: 0 }))).toBe(
    "01000000033500000000810000960000",
  );
  expect(toHex(encodeTerminalModes({}))).toBe("00");
});

it("the cooked terminal has what a local one has", () => {
  const reader = new Reader(encodeTerminalModes(COOKED));
  const modes = new Map<number, number>();
  for (let opcode = reader.byte(); opcode !== 0; opcode = reader.byte()) {
    expect(modes.has(opcode)).toBe(false);
    modes.set(opcode, reader.uint32());
  }
  reader.end();
  // Numbers of RFC 4254 8, and 42 of RFC 8160.
  const wanted = { 1: 3, 2: 28, 3: 127, 4: 21, 5: 4, 10: 26, 12: 18, 13: 23, 14: 22, 36: 1, 42: 1, 50: 1, 51: 1 };
  for (const [opcode, value] of Object.entries({
    ...wanted,
    53: 1,
    54: 1,
    55: 1,
    70: 1,
    72: 1,
    91: 1,
    128: 38_400,
    129: 38_400,
  })) {
    expect([opcode, modes.get(Number(opcode))]).toEqual([opcode, value]);
  }
});
