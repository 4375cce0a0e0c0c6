import { describe, expect, it } from "vitest";
import { LinkPins } from "./link-pins.ts";

const PIN = `SHA256:${"A".repeat(43)}`;
const OTHER = `SHA256:${"E".repeat(43)}`;
const typed = (host: string, port = "22") => ({ host, port, user: "ada" });
const link = (host: string, ...fingerprints: readonly string[]) => ({ target: { host, port: 22 }, fingerprints });

describe("the keys that a link expects", () => {
  it("belong to the host and port that it named, however they are typed", () => {
    const pins = new LinkPins();
    pins.hold(link("db1", PIN, OTHER));
    const both = [PIN, OTHER].map((fingerprint) => ({ source: "link", fingerprint }));
    for (const form of [typed("db1"), typed(" DB1. ", ""), typed("bob@db1:22", "2")])
      expect(pins.in(form)).toEqual(both);
    for (const form of [typed("db2"), typed("db1", "2222"), typed(""), typed("db1", "x")])
      expect(pins.in(form)).toEqual([]);
    expect(pins.for({ host: "db1", port: 22 })).toEqual(both);
    expect(pins.for({ host: "db1", port: 2222 })).toEqual([]);
  });

  it("go when the person drops them, and when another link comes", () => {
    const pins = new LinkPins();
    pins.hold(link("db1", PIN));
    pins.drop();
    expect(pins.in(typed("db1"))).toEqual([]);
    pins.hold(link("db1", PIN));
    pins.hold(link("db1"));
    expect(pins.in(typed("db1"))).toEqual([]);
  });

  it("come with a link that is pasted, too, and with nothing else that is typed", () => {
    const pins = new LinkPins();
    pins.holdPasted(typed(` ssh://bob;fingerprint=${PIN}@db1 `));
    for (const form of [typed("db1"), typed("db2"), typed("ssh://bob:secret@db1"), typed("ssh://b;fingerprint=x@db1")])
      pins.holdPasted(form);
    expect(pins.in(typed("db1"))).toEqual([{ source: "link", fingerprint: PIN }]);
  });
});
