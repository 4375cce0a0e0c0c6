import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asciiHost } from "./host-name.ts";
import { unicodeHost } from "./unicode-host.ts";

describe("unicodeHost", () => {
  it.each([
    ["xn--bcher-kva.example", "bücher.example"],
    ["db.xn--bcher-kva.example", "db.bücher.example"],
    ["xn--r8jz45g.xn--zckzah", "例え.テスト"],
    ["xn--mgbh0fb.xn--kgbechtv", "مثال.إختبار"],
    ["xn--e1aybc.example", "тест.example"],
    ["xn--ls8h.example", "💩.example"],
  ])("%s is %s", (host, shown) => expect(unicodeHost(host)).toBe(shown));

  it.each([
    ["no A-label", "db1.example"],
    ["in the middle of a label", "db-xn--bcher-kva.example"],
    ["no Punycode", "xn--b_cher.example"],
    ["cut off in the middle of a number", "xn--bcher-kv.example"],
    ["beyond Unicode", "xn--99999999.example"],
    ["a surrogate, which is no character", "xn--ib9b.example"],
    ["plain ASCII in disguise", "xn--example-.example"],
    ["capitals, which no browser writes", "xn--Bcher-Kva.example"],
  ])("says nothing of a name with %s", (_, host) => expect(unicodeHost(host)).toBeUndefined());

  it("gives back what the browser made of a name, or nothing", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z\u00e0-\u00f6\u0430-\u044f\u3042-\u3093]{1,12}$/u), (label) => {
        const host = asciiHost(`${label}.example`);
        if (host === undefined || !host.startsWith("xn--")) return;
        expect(asciiHost(unicodeHost(host) ?? "")).toBe(host);
        expect(unicodeHost(host)).toBe(`${label}.example`);
      }),
    );
  });

  it("never throws, whatever the label", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{0,59}$/), (rest) => {
        unicodeHost(`xn--${rest}`);
      }),
      { numRuns: 2000 },
    );
  });
});
