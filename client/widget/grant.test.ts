import { describe, expect, it } from "vitest";
import { readGrant } from "./grant.ts";
import { scriptedGrant } from "./scripted-grant.ts";

const origin = "https://learn.example";
const pin = (letter: string) => `SHA256:${letter.repeat(43)}`;
const suggestion = { target: { host: "db1", port: 22 }, user: "alice", pins: [] };

describe("a grant", () => {
  it("names the user where the page did not", () => {
    const grant = scriptedGrant({ exp: 2 });
    const granted = { grant, user: "alice", pins: [], expires: 2000 };
    expect(readGrant(grant, { ...suggestion, user: undefined }, origin)).toEqual(granted);
    expect(readGrant(grant, suggestion, origin)).toEqual(granted);
  });

  it("is for its target in every spelling", () => {
    expect(readGrant(scriptedGrant({ host: "DB1." }), suggestion, origin)).toMatchObject({ user: "alice" });
  });

  const wrong: readonly [Parameters<typeof scriptedGrant>[0], RegExp][] = [
    [{ origin: "https://other.example" }, /another origin/],
    [{ host: "db2" }, /another target/],
    [{ port: 2222 }, /another target/],
    [{ user: "root" }, /another user name/],
    [{ user: "-l" }, /do not belong/],
    [{ pins: ["MD5:00"] }, /no SHA256 fingerprint/],
    [{ exp: "soon" }, /cannot be read/],
    [{ jti: undefined }, /cannot be read/],
  ];
  it.each(wrong)("is refused with %j", (claims, sentence) => {
    expect(readGrant(scriptedGrant(claims), suggestion, origin)).toMatch(sentence);
  });

  it.each(["a.b.c", "a..c", "", `a.${btoa("{}")}.c`, `a.${btoa("null")}.c`])("is refused as unreadable: %j", (text) => {
    expect(readGrant(text, suggestion, origin)).toMatch(/cannot be read/);
  });

  it("and the page can each only refuse keys", () => {
    const pins = (granted: string[], suggested: string[]) => {
      const read = readGrant(scriptedGrant({ pins: granted }), { ...suggestion, pins: suggested }, origin);
      return typeof read === "string" ? read : read.pins;
    };
    expect(pins([pin("A")], [])).toEqual([pin("A")]);
    expect(pins([], [pin("A")])).toEqual([pin("A")]);
    expect(pins([pin("A"), pin("E")], [pin("I"), pin("E")])).toEqual([pin("E")]);
    expect(pins([pin("A")], [pin("E")])).toMatch(/none in common/);
  });
});
