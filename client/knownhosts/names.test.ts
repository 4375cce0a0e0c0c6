import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesGlob, matchesName, parseHostNames } from "./names.ts";

const speaksOf = (field: string, name: string): boolean | undefined => {
  const names = parseHostNames(field);
  return names === undefined ? undefined : matchesName(names, name);
};

describe("the names of a line", () => {
  it.each([
    ["db1.example.net", "db1.example.net", true],
    ["DB1.Example.NET", "db1.example.net", true],
    ["a,b,c", "b", true],
    ["a,b,c", "d", false],
    ["db1", "[db1]:2222", false],
    ["[db1]:2222", "[db1]:2222", true],
    ["[db1]:2222", "db1", false],
    ["[db1]:22", "db1", false],
    ["2001:db8::1", "2001:db8::1", true],
    ["[2001:db8::1]:2222", "[2001:db8::1]:2222", true],
    ["*.example.net", "db1.example.net", true],
    ["*.example.net", "example.net", false],
    ["*.example.net", "[db1.example.net]:2222", false],
    ["[*.example.net]:2222", "[db1.example.net]:2222", true],
    ["*", "[db1]:2222", true],
    ["db?", "db1", true],
    ["db?", "db", false],
    ["db?", "db12", false],
    ["*.example.net,!db1.example.net", "db1.example.net", false],
    ["!db1.example.net,*.example.net", "db1.example.net", false],
    ["*.example.net,!db1.example.net", "db2.example.net", true],
    ["!db1", "db2", false],
    ["!db1", "db1", false],
    [",db1", "db1", true],
    ["a.b", "axb", false],
    ["[a-c]", "b", false],
    [`a,${"b".repeat(1023)}`, "a", undefined],
    [`a,${"b".repeat(1022)}`, "a", true],
  ])("%s speaks of %s: %s", (field, name, wanted) => expect(speaksOf(field, name)).toBe(wanted));

  it("a hashed name is the HMAC-SHA1 of the name as known_hosts writes it", () => {
    // Lines of OpenSSH's own regression data, whose names are published with them.
    const field = "|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68=";
    expect(speaksOf(field, "sisyphus.example.com")).toBe(true);
    expect(speaksOf(field, "sisyphus.example.co")).toBe(false);
    expect(speaksOf(field, "[sisyphus.example.com]:2222")).toBe(false);
  });

  it.each([
    "|1|JR81WxEocTP5d7goIRkl8fHBbno=",
    "|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68=,db1",
    "|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68=|",
    "|2|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68=",
    "|1|JR81WxEocTP5d7goIRkl8fHBbg==|l6sj6FOsoXxgEZMzn/BnOfPKN68=",
    "|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKNw==",
    "|1||",
    "|",
  ])("%s is no hash", (field) => expect(parseHostNames(field)).toBeUndefined());
});

describe("wildcards", () => {
  it("mean what the same pattern means as a regular expression", () => {
    const letters = fc.array(fc.constantFrom("a", "b", ".", "*", "?"), { maxLength: 8 }).map((all) => all.join(""));
    const names = fc.array(fc.constantFrom("a", "b", "."), { maxLength: 8 }).map((all) => all.join(""));
    fc.assert(
      fc.property(letters, names, (glob, name) => {
        const source = glob.replace(/[.]/g, "\\.").replace(/\*/g, ".*").replace(/\?/g, ".");
        expect(matchesGlob(glob, name)).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 2000 },
    );
  });

  it("made to be slow are not", () => {
    const started = performance.now();
    expect(matchesGlob(`${"a*".repeat(500)}b`, "a".repeat(253))).toBe(false);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
