import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFragment, parseLink } from "./fragment.ts";

const TOKEN = "aB-_9aB-_9aB-_9aB-_9aB";
const PIECES = ["ssh://", "token=", ":", "@", "%", "4", "%0", "[", "]", "&", "/", "#", "\u202e", "\ud800", "a", "db1"];

describe("parseFragment", () => {
  it("takes the token out of what stays in the address", () => {
    expect(parseFragment(`#token=${TOKEN}&ssh://alice@db1`)).toEqual({
      token: TOKEN,
      destination: { kind: "given", target: { host: "db1", port: 22 }, user: "alice" },
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

describe("parseLink", () => {
  it.each([
    ["ssh://alice@db1.example.net:2222", "db1.example.net", 2222, "alice"],
    ["SSH://DB1/", "db1", 22, undefined],
    ["ssh://alice@[2001:db8::1]:22", "2001:db8::1", 22, "alice"],
    ["ssh://corp%5Calice@db1", "db1", 22, "corp\\alice"],
    ["ssh://alice%40corp@db1", "db1", 22, "alice@corp"],
    ["ssh://a%2562@db1", "db1", 22, "a%62"],
    ["ssh://b%C3%BCcher.example", "xn--bcher-kva.example", 22, undefined],
  ])("%s is %s, %i, %s", (link, host, port, user) =>
    expect(parseLink(link)).toEqual({ kind: "given", target: { host, port }, user }),
  );

  it.each([
    ["ssh://alice:secret@db1", "password"],
    ["ssh://alice:@db1", "password"],
    ["ssh://:secret@db1", "password"],
    ["ssh://a:b:c@db1:22", "password"],
    ["ssh://alice@", "host"],
    ["ssh://alice@a%20b", "host"],
    ["ssh://alice@-oProxyCommand=x", "host"],
    ["ssh://alice@db1%00", "host"],
    ["ssh://alice@a%E2%80%AEb", "host"],
    ["ssh://db1:0", "port"],
    ["ssh://db1:65536", "port"],
    ["ssh://db1:22x", "port"],
    ["ssh://@db1", "user name"],
    ["ssh://-l@db1", "user name"],
    ["ssh://a%00b@db1", "user name"],
    ["ssh://a%0Ab@db1", "user name"],
    ["ssh://a%20b@db1", "user name"],
    ["ssh://a%E2%80%AEb@db1", "user name"],
    ["ssh://a;fingerprint=x@db1", "user name"],
    ["ssh://%E0%A4@db1", "user name"],
    [`ssh://${"u".repeat(129)}@db1`, "user name"],
    ["ssh://db1/path", "understood"],
    ["ssh://a@b@db1", "understood"],
  ])("%s is refused because of its %s", (link, why) => {
    const parsed = parseLink(link);
    expect(parsed.kind).toBe("refused");
    if (parsed.kind === "refused") expect(parsed.sentence).toContain(why);
  });

  it("refuses an endless link unread", () => {
    expect(parseLink(`ssh://${"a.".repeat(2000)}`).kind).toBe("refused");
  });
});
