import { describe, expect, it } from "vitest";
import { Writer } from "../bytes/wire.ts";
import { type Entry, entriesOf, formatEntry, parseKnownHosts } from "./file.ts";
import { keysOf, lookUp, otherNamesOf } from "./lookup.ts";

const blob = (type: string, fill: number): Uint8Array =>
  new Writer().text(type).string(new Uint8Array(32).fill(fill)).done();
const [one, two, rsa] = [blob("ssh-ed25519", 1), blob("ssh-ed25519", 2), blob("ssh-rsa", 3)];

const known = (...lines: readonly string[]): readonly Entry[] => entriesOf(parseKnownHosts(lines.join("\n")));
const db1 = { host: "db1.example.net", port: 22 };
const name = db1.host;

describe("looking up a key", () => {
  it.each([
    ["nothing known", [], one, "unknown"],
    ["another host known by it", [formatEntry("db2.example.net", one)], one, "unknown"],
    ["the same key", [formatEntry(name, one)], one, "trusted"],
    ["another key", [formatEntry(name, one)], two, "changed"],
    ["another type of key only", [formatEntry(name, rsa)], one, "changed"],
    ["one of several keys", [formatEntry(name, one), formatEntry(name, two)], two, "trusted"],
    ["several keys, and none of them", [formatEntry(name, two), formatEntry(name, rsa)], one, "changed"],
    ["the port is another", [formatEntry(`[${name}]:2222`, one)], one, "unknown"],
    ["a wildcard line", [formatEntry("*.example.net", one)], one, "trusted"],
    ["a wildcard line with another key", [formatEntry("*.example.net", one)], two, "changed"],
    ["a wildcard line that excepts the host", [formatEntry(`*.example.net,!${name}`, one)], one, "unknown"],
    ["revoked, and nothing else", [`@revoked * ${formatEntry("", one).trim()}`], one, "revoked"],
    ["revoked after it was known", [formatEntry(name, one), `@revoked ${formatEntry(name, one)}`], one, "revoked"],
    ["revoked before it was known", [`@revoked ${formatEntry(name, one)}`, formatEntry(name, one)], one, "revoked"],
    ["another key revoked", [formatEntry(name, one), `@revoked ${formatEntry(name, two)}`], one, "trusted"],
    ["revoked for another host", [`@revoked ${formatEntry("db2.example.net", one)}`], one, "unknown"],
    ["only another key revoked", [`@revoked ${formatEntry(name, two)}`], one, "unknown"],
    ["the key of an authority", [`@cert-authority ${formatEntry(name, one)}`], one, "unknown"],
    [
      "an authority beside the key",
      [`@cert-authority ${formatEntry("*", two)}`, formatEntry(name, one)],
      one,
      "trusted",
    ],
  ])("%s", (_, lines, key, wanted) => expect(lookUp(known(...lines), db1, key).kind).toBe(wanted));

  it("a changed key comes with every key that is known", () => {
    const entries = known(formatEntry(name, two), formatEntry("other", one), formatEntry(`x,${name}`, rsa));
    expect(lookUp(entries, db1, one)).toEqual({ kind: "changed", known: [entries[0], entries[2]] });
    expect(keysOf(entries, db1)).toEqual([entries[0], entries[2]]);
  });
});

describe("other names of a key", () => {
  const entries = known(
    formatEntry(`${name},db1,192.0.2.1`, one),
    formatEntry("db1,!db3,*.lan", one),
    formatEntry("elsewhere", two),
    `@revoked ${formatEntry("gone", one)}`,
    `|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68= ${formatEntry("", one).trim()}`,
  );

  it("are those that can be read, each once, without the host itself", () => {
    expect(otherNamesOf(entries, db1, one, 8)).toEqual(["db1", "192.0.2.1", "*.lan"]);
  });

  it("are no more than asked for", () => expect(otherNamesOf(entries, db1, one, 2)).toEqual(["db1", "192.0.2.1"]));
});
