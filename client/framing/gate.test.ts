import { describe, expect, it } from "vitest";
import { type ExchangeState, gate, type Phase } from "./gate.ts";

// Written from RFC 4253 7.1 and 11, RFC 4252 5 and 6, RFC 8308 2.4 and OpenSSH PROTOCOL 1.8 and 1.10, not from the table: for
// each situation the numbers that have a verdict other than the last. Ranges are inclusive.
const expected: readonly {
  phase: Phase;
  exchange: ExchangeState;
  accept: string;
  ignore?: string;
  unimplemented?: string;
  fatal?: string;
  otherwise: "fatal" | "unimplemented";
}[] = [
  { phase: "first-exchange", exchange: "none", accept: "1-4 20", otherwise: "fatal" },
  { phase: "first-exchange", exchange: "offered", accept: "1-4 20", otherwise: "fatal" },
  { phase: "first-exchange", exchange: "running", accept: "1-4 21 30-49", otherwise: "fatal" },
  { phase: "first-exchange-strict", exchange: "none", accept: "1 20", otherwise: "fatal" },
  { phase: "first-exchange-strict", exchange: "offered", accept: "1 20", otherwise: "fatal" },
  { phase: "first-exchange-strict", exchange: "running", accept: "1 21 30-49", otherwise: "fatal" },
  {
    phase: "login",
    exchange: "none",
    accept: "1-4 6 7 20 51-53 60-79",
    ignore: "192-193",
    fatal: "5 21 30-49 50 80-191 194-255",
    otherwise: "unimplemented",
  },
  {
    phase: "login",
    exchange: "offered",
    accept: "1-4 6 7 20 51-53 60-79",
    ignore: "192-193",
    fatal: "5 21 30-49 50 80-191 194-255",
    otherwise: "unimplemented",
  },
  { phase: "login", exchange: "running", accept: "1-4 21 30-49", otherwise: "fatal" },
  {
    phase: "open",
    exchange: "none",
    accept: "1-4 20 80-127 192-193",
    ignore: "7 51 53",
    fatal: "5 21 30-49 50",
    otherwise: "unimplemented",
  },
  {
    phase: "open",
    exchange: "offered",
    accept: "1-4 20 80-127 192-193",
    ignore: "7 51 53",
    fatal: "5 21 30-49 50",
    otherwise: "unimplemented",
  },
  { phase: "open", exchange: "running", accept: "1-4 21 30-49 80-82 90-100", otherwise: "fatal" },
];

function numbers(ranges = ""): Set<number> {
  const all = new Set<number>();
  for (const range of ranges.split(" ").filter((part) => part !== "")) {
    const [from = Number.NaN, to = from] = range.split("-").map(Number);
    for (let number = from; number <= to; number++) all.add(number);
  }
  return all;
}

describe("the gate", () => {
  it.each(expected)("knows every number in $phase with exchange $exchange", (row) => {
    const [accept, ignore, unimplemented, fatal] = [row.accept, row.ignore, row.unimplemented, row.fatal].map(numbers);
    for (let number = 0; number <= 255; number++) {
      const wanted = accept?.has(number)
        ? "accept"
        : ignore?.has(number)
          ? "ignore"
          : unimplemented?.has(number)
            ? "unimplemented"
            : fatal?.has(number)
              ? "fatal"
              : row.otherwise;
      expect({ number, verdict: gate(row.phase, row.exchange, number) }).toEqual({ number, verdict: wanted });
    }
  });
});
