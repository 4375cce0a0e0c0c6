import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { understand } from "./parent-messages.ts";

const PIN = `SHA256:${"A".repeat(43)}`;
/** All but tab and line ends. */
const CONTROLS = /[^\P{Cc}\t\r\n]/u;

/** Every text in a value, at whatever depth. */
const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

const verb = (data: unknown) => {
  const understood = understand(data);
  return understood?.kind === "verb" ? understood.verb : understood;
};

describe("what the page around says", () => {
  it("is understood", () => {
    const connect = { type: "connect", host: "DB1.Example.", port: 2222, user: "alice", pins: [PIN], grant: "a.b.c" };
    expect(verb(connect)).toEqual({
      type: "connect",
      suggestion: { target: { host: "db1.example", port: 2222 }, user: "alice", pins: [PIN], grant: "a.b.c" },
    });
    expect(verb({ type: "connect", host: "bücher.example" })).toEqual({
      type: "connect",
      suggestion: { target: { host: "xn--bcher-kva.example", port: 22 }, user: undefined, pins: [], grant: undefined },
    });
    expect(verb({ type: "connect", host: "0x7f000001" })).toMatchObject({
      suggestion: { target: { host: "127.0.0.1" } },
    });
    expect(verb({ type: "theme", colors: { red: "#F00", "bright-blue": "#0000ff", odd: "x" } })).toEqual({
      type: "theme",
      scheme: "auto",
      colors: { red: "#F00", "bright-blue": "#0000ff" },
    });
    expect(verb({ type: "font", family: "Fira Code, 'My Mono', monospace", size: 13.5 })).toEqual({
      type: "font",
      family: '"Fira Code", "My Mono", monospace, monospace',
      size: 13.5,
    });
    expect(verb({ type: "font" })).toEqual({ type: "font", family: undefined, size: undefined });
    expect(verb({ type: "sendText", text: "a\tb\r\nc\nü" })).toEqual({ type: "sendText", text: "a\tb\r\nc\nü" });
    for (const type of ["disconnect", "focus"]) expect(verb({ type, extra: 1 })).toEqual({ type });
  });

  const refused: readonly [what: string, message: { readonly type: string } & Record<string, unknown>][] = [
    ["no host", { type: "connect" }],
    ["an empty host", { type: "connect", host: "" }],
    ["a host that is an option", { type: "connect", host: "-oProxyCommand" }],
    ["a host with a control character", { type: "connect", host: "db1\u0000" }],
    ["a host with a bidi mark", { type: "connect", host: "db1\u202e" }],
    ["a long host", { type: "connect", host: "a".repeat(254) }],
    ["a user name in the host", { type: "connect", host: "root@db1" }],
    ["port 0", { type: "connect", host: "db1", port: 0 }],
    ["port 22.5", { type: "connect", host: "db1", port: 22.5 }],
    ["a port as text", { type: "connect", host: "db1", port: "22" }],
    ["an empty user name", { type: "connect", host: "db1", user: "" }],
    ["a user name that is an option", { type: "connect", host: "db1", user: "-l" }],
    ["a user name with a space", { type: "connect", host: "db1", user: "al ice" }],
    ["no array of pins", { type: "connect", host: "db1", pins: PIN }],
    ["too many pins", { type: "connect", host: "db1", pins: Array(17).fill(PIN) }],
    ["one pin that is none", { type: "connect", host: "db1", pins: [PIN, "MD5:00"] }],
    ["a pin in another spelling", { type: "connect", host: "db1", pins: [`SHA256:${"A".repeat(42)}B`] }],
    ["a pin with more behind it", { type: "connect", host: "db1", pins: [`${PIN} db1`] }],
    ["a grant that is none", { type: "connect", host: "db1", grant: "secret" }],
    ["a long grant", { type: "grant", grant: `${"a".repeat(4096)}.b.c` }],
    ["no grant", { type: "grant" }],
    ["a scheme", { type: "theme", scheme: "neon" }],
    ["colours that are none", { type: "theme", colors: "red" }],
    ["a colour by name", { type: "theme", colors: { red: "red" } }],
    ["a colour that reaches out", { type: "theme", colors: { red: "url(https://evil.example/)" } }],
    ["a colour with more behind it", { type: "theme", colors: { red: "#ff0000; x" } }],
    ["a size below the least", { type: "font", size: 7 }],
    ["a size that is no number", { type: "font", size: Number.NaN }],
    ["a family that ends its rule", { type: "font", family: "a; } * { display: none" }],
    ["a family with an open quote", { type: "font", family: "'a" }],
    ["a family with quotes of two kinds", { type: "font", family: "'a\"" }],
    ["an empty name of a family", { type: "font", family: "a,,b" }],
    ["a long family", { type: "font", family: "a".repeat(201) }],
    ["no text", { type: "sendText" }],
    ["an empty text", { type: "sendText", text: "" }],
    ["a text with an escape", { type: "sendText", text: "ls\u001b[201~\r" }],
    ["a text with an interrupt", { type: "sendText", text: "\u0003" }],
    ["a text with a C1 control", { type: "sendText", text: "\u009b" }],
    ["a text with DEL", { type: "sendText", text: "\u007f" }],
    ["a long text", { type: "sendText", text: "ü".repeat(32 * 1024 + 1) }],
  ];
  it.each(refused)("is refused with a sentence: %s", (_, message) => {
    const understood = understand(message);
    expect(understood).toMatchObject({ kind: "problem", about: message.type });
    expect(understood?.kind === "problem" && understood.sentence).toMatch(/^[A-Z].+\.$/);
  });

  it.each([
    undefined,
    null,
    1,
    "connect",
    [],
    {},
    { type: "resize", columns: 1 },
    { type: "__proto__" },
    { type: "toString" },
    { type: ["connect"] },
  ])("is ignored where it is of another contract: %j", (data) => {
    expect(understand(data)).toBeUndefined();
  });

  it("never throws, and never lets a control character through, whatever it is", () => {
    const types = fc.constantFrom("connect", "grant", "disconnect", "focus", "theme", "font", "sendText");
    // Lone surrogates, too. Quicker than the library's own arbitrary for such texts.
    const units = fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes));
    const value = fc.oneof(fc.anything(), units);
    const fields = ["host", "port", "user", "pins", "grant", "scheme", "colors", "family", "size", "text"];
    const message = fc.record(
      { type: types, ...Object.fromEntries(fields.map((name) => [name, value])) },
      { requiredKeys: ["type"] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), message), (data) => {
        const understood = verb(data);
        if (understood && "type" in understood)
          for (const text of textsIn(understood)) expect(text).not.toMatch(CONTROLS);
      }),
      { numRuns: 300 },
    );
  });
});
