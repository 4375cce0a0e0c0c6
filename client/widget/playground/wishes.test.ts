import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { originIn, standing } from "./standing.ts";
import { embeddingOf, errorsIn, type Wishes } from "./wishes.ts";

const PIN = `SHA256:${"A".repeat(43)}`;
const RELAY = "https://relay.example/";
const EMPTY: Wishes = {
  host: "",
  port: "22",
  user: "",
  pins: "",
  theme: "auto",
  fontSize: "",
  origin: "",
  grants: false,
};

describe("wishes", () => {
  it("that are empty are no mistakes, and give an example", () => {
    expect(errorsIn({ ...EMPTY, port: "" })).toEqual({});
    expect(embeddingOf(EMPTY, RELAY)).toMatchObject({ host: "ssh.example.org", origin: "https://learn.example" });
  });

  it.each<[Partial<Wishes>, keyof Wishes]>([
    [{ host: "a b" }, "host"],
    [{ port: "70000" }, "port"],
    [{ user: "-oProxyCommand" }, "user"],
    [{ pins: "MD5:00" }, "pins"],
    [{ pins: `${PIN}\n`.repeat(17) }, "pins"],
    [{ fontSize: "99" }, "fontSize"],
    [{ fontSize: "big" }, "fontSize"],
    [{ origin: "learn.example" }, "origin"],
    [{ origin: "javascript:alert(1)" }, "origin"],
  ])("%j are wrong at one field", (wrong, field) => {
    expect(Object.keys(errorsIn({ ...EMPTY, ...wrong }))).toEqual([field]);
  });

  it("are taken in the spelling that the widget has", () => {
    const pins = `256 ${PIN} root@db1 (ED25519)\n${PIN} ${PIN}`;
    const wishes = {
      ...EMPTY,
      host: " MÜNCHEN.example ",
      pins,
      origin: "https://Learn.Example/course/3?x",
      fontSize: "15",
    };
    expect(embeddingOf(wishes, RELAY)).toMatchObject({
      host: "xn--mnchen-3ya.example",
      pins: [PIN, PIN, PIN],
      origin: "https://learn.example",
      fontSize: 15,
    });
    expect(errorsIn(wishes)).toEqual({});
  });

  it("never throw, whatever is typed", () => {
    const text = fc.string({ unit: "binary" });
    const wishes = fc.record({
      host: text,
      port: text,
      user: text,
      pins: text,
      theme: fc.constant("auto" as const),
      fontSize: text,
      origin: text,
      grants: fc.boolean(),
    });
    fc.assert(
      fc.property(wishes, (typed) => typeof embeddingOf(typed, RELAY).host === "string" && !!errorsIn(typed)),
      { numRuns: 50 },
    );
  });
});

describe("an origin's standing", () => {
  const OWN = "https://relay.example";
  const entry = (origin: string, open: string[] = []) => ({
    origin,
    open,
    autoConnect: [],
    keepTrust: false,
    tellTitle: false,
  });
  const TARGET = { host: "db1.example", port: 22 };

  it.each([
    ["nobody is listed", [], "unlisted"],
    ["another is listed", [entry("https://other.example", ["db1.example"])], "unlisted"],
    ["another port is another origin", [entry("https://learn.example:8443")], "unlisted"],
    ["it is listed", [entry("https://learn.example")], "listed"],
    ["it is listed, and the target is open", [entry("https://learn.example", ["*.example:*"])], "open"],
    ["the target is open for another page", [entry("https://learn.example"), entry("self", ["db1.example"])], "open"],
  ] as const)("%s", (_, embed, kind) => {
    expect(standing(embed, OWN, "https://learn.example", TARGET).kind).toBe(kind);
  });

  it("self is the relay's own", () => {
    expect(standing([entry("self")], OWN, OWN, undefined).kind).toBe("listed");
    expect(standing([entry("self")], OWN, "self", undefined).kind).toBe("unlisted");
  });

  it("is read from an address of the web and no other", () => {
    expect(originIn(" http://localhost:8080/x ")).toBe("http://localhost:8080");
    expect(["null", "*", "file:///x", "blob:https://a.example/1", ""].map(originIn)).toEqual(Array(5).fill(undefined));
  });
});
