import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTarget } from "./target.ts";
import { matchesAny, parseTargetPattern } from "./target-pattern.ts";

describe("a target pattern", () => {
  it.each<[string, string, number, boolean]>([
    ["db1", "db1", 22, true],
    ["db1", "db1", 23, false],
    ["DB1.", "db1", 22, true],
    [" db1:2222 ", "db1", 2222, true],
    ["db1:2222", "db1", 22, false],
    ["db1:*", "db1", 65535, true],
    ["db1", "db1.example", 22, false],
    ["db1", "xdb1", 22, false],
    ["*.lab.example", "a.lab.example", 22, true],
    ["*.lab.example", "a.b.lab.example", 22, true],
    ["*.lab.example", "lab.example", 22, false],
    ["*.lab.example", "xlab.example", 22, false],
    ["*.lab.example:*", "a.lab.example", 7, true],
    ["[::1]", "::1", 22, true],
    ["[::1]:2222", "::1", 2222, true],
    ["127.0.0.1:2222", "127.0.0.1", 2222, true],
  ])("%s and %s port %i: %s", (pattern, host, port, expected) => {
    expect(matchesAny([pattern], { host, port })).toBe(expected);
  });

  it.each([
    "",
    "*",
    "*:22",
    "*.",
    "a b",
    "a:0",
    "a:65536",
    "a:x",
    "::1",
    "10.0.0.0/8",
    "ssh://a",
    "u@a",
    "a,b",
    "*.*.a",
  ])("%j is none, and matches nothing", (text) => {
    expect(parseTargetPattern(text)).toBeUndefined();
    expect(matchesAny([text], { host: "a", port: 22 })).toBe(false);
  });

  it("is any target, written out, and matches it and no other port", () => {
    const target = fc.record({ host: fc.domain(), port: fc.integer({ min: 1, max: 65535 }) });
    fc.assert(
      fc.property(target, ({ host, port }) => {
        const pattern = [formatTarget({ host, port })];
        expect(matchesAny(pattern, { host, port })).toBe(true);
        expect(matchesAny(pattern, { host, port: (port % 65535) + 1 })).toBe(false);
      }),
    );
  });

  it("is never a reason to throw", () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[[*.:\]a0]{0,9}$/));
    fc.assert(fc.property(texts, (text) => void parseTargetPattern(text)));
  });
});
