import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFragment } from "./fragment.ts";

const TOKEN = "aB-_9aB-_9aB-_9aB-_9aB";
const PIECES = [
  "ssh://",
  "token=",
  ":",
  "@",
  "%",
  "4",
  "%0",
  "ssh%3A%2F%2F",
  ";",
  "fingerprint=",
  "[",
  "]",
  "&",
  "/",
  "#",
  "\u202e",
  "\ud800",
  "a",
  "db1",
];

describe("parseFragment", () => {
  it("takes the token out of what stays in the address", () => {
    expect(parseFragment(`#token=${TOKEN}&ssh://alice@db1`)).toEqual({
      token: TOKEN,
      destination: { kind: "given", target: { host: "db1", port: 22 }, user: "alice", fingerprints: [] },
      remains: "#ssh://alice@db1",
    });
    expect(parseFragment(`#ssh://db1&token=${TOKEN}`).token).toBe(TOKEN);
    expect(parseFragment("#token=x").remains).toBe("");
  });

  it("never leaves a refused part in the address: it may hold a password", () => {
    const fragment = parseFragment("#ssh://alice:secret@db1");
    expect(fragment.remains).toBe("");
    expect(JSON.stringify(fragment)).not.toContain("secret");
  });

  it.each([
    "#token=",
    "#token=x",
    `#token=${"a".repeat(21)}`,
    `#token=${TOKEN} b`,
    `#token=${TOKEN}%62`,
    `#token=${"a".repeat(1025)}`,
    "#tokens=a",
    "#",
  ])("%s holds no token", (hash) => expect(parseFragment(hash).token).toBeUndefined());

  it("never throws and never lets a token stay, whatever the fragment", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...PIECES)).map((pieces) => pieces.join("")),
        (text) => {
          expect(parseFragment(`#token=sesame&${text}`).remains).not.toContain("sesame");
          parseFragment(text);
        },
      ),
    );
  });
});

describe("a link that the browser hands over", () => {
  const pinned = `ssh://alice;fingerprint=SHA256-${"A".repeat(43)}@db1:2222`;
  const given = {
    kind: "given",
    target: { host: "db1", port: 2222 },
    user: "alice",
    fingerprints: [`SHA256:${"A".repeat(43)}`],
  };

  it("is decoded once, and stays in the address as it came", () => {
    for (const link of [pinned, new URL(pinned).href]) {
      const hash = `#${encodeURIComponent(link)}`;
      expect(parseFragment(hash)).toEqual({ token: undefined, destination: given, remains: hash });
      const small = hash.replace(/%../g, (code) => code.toLowerCase());
      expect(parseFragment(small).destination).toEqual(given);
    }
    expect(parseFragment(`#${encodeURIComponent("ssh://a%2562@db1")}`).destination).toMatchObject({ user: "a%62" });
  });

  it("brings nothing but itself", () => {
    const smuggling = parseFragment(`#${encodeURIComponent(`ssh://alice&token=${TOKEN}@db1`)}`);
    expect(smuggling.token).toBeUndefined();
    expect(parseFragment(`#${encodeURIComponent("ssh://alice:secret@db1")}`)).toMatchObject({
      destination: { kind: "refused" },
      remains: "",
    });
  });

  it.each([
    ["nothing", "ssh%3A"],
    ["no address", "ssh%3Adb1"],
    ["broken UTF-8", "ssh%3A%2F%2F%E0%A4@db1"],
    ["half a code", "ssh%3A%2F%2Fdb1%"],
    ["no end", `ssh%3A%2F%2F${"a.".repeat(9000)}`],
  ])("that has %s is refused", (_what, part) =>
    expect(parseFragment(`#${part}`)).toMatchObject({ destination: { kind: "refused" }, remains: "" }),
  );
});
