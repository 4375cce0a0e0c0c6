import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64 } from "../bytes/base64.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { Writer } from "../bytes/wire.ts";
import { entriesOf, formatEntry, LINE_LIMIT, parseKnownHosts, TEXT_LIMIT } from "./file.ts";
import { hashSearch } from "./hashed-names.ts";
import { KnownHosts } from "./known-hosts.ts";
import { matchesName } from "./names.ts";

const blob = (fill: number): Uint8Array =>
  new Writer().text("ssh-ed25519").string(new Uint8Array(32).fill(fill)).done();
const hashed = (name: string, fill = 3): string => {
  const salt = new Uint8Array(20).fill(fill);
  return `|1|${toBase64(salt)}|${toBase64(hmac(sha1, salt, encodeUtf8(name)))}`;
};

describe("the index of a text", () => {
  const names = ["db1", "db2", "[db1]:2222", "2001:db8::1", "a.example.net"];
  const pattern = fc.constantFrom(
    ...names,
    "DB1",
    "\u212a",
    "*",
    "db?",
    "!db1",
    "*.example.net",
    "",
    "@",
    "#",
    "|",
    "a\rb",
  );
  const field = fc.oneof(
    fc.array(pattern, { minLength: 1, maxLength: 3 }).map((all) => all.join(",")),
    fc.constantFrom(hashed("db1"), hashed("[db1]:2222", 4), hashed("db1").slice(0, -3), `${hashed("db2")},db1`, "|1||"),
  );
  const piece = fc.oneof(
    fc.tuple(field, fc.integer({ min: 1, max: 3 })).map(([hosts, fill]) => formatEntry(hosts, blob(fill))),
    fc.constantFrom(
      "\n",
      "\n",
      "\r\n",
      "\r",
      "\ufeff",
      " ",
      "\t",
      "#",
      "@revoked ",
      "@cert-authority\t",
      "@ ",
      "junk",
      "=",
    ),
    field,
  );
  const text = fc.array(piece, { maxLength: 30 }).map((all) => all.join(""));

  it("finds what reading every line finds, for any text and any name", () => {
    fc.assert(
      fc.property(text, (given) => {
        const all = entriesOf(parseKnownHosts(given));
        const hosts = new KnownHosts(given);
        for (const name of [...names, "k", "nobody"]) {
          expect(hosts.about(name)).toEqual(all.filter((entry) => matchesName(entry.names, name)));
          for (const { start, end, entry } of hosts.placesOf(name)) {
            expect(parseKnownHosts(given.slice(start, end))).toEqual([
              { kind: "entry", text: given.slice(start, end), entry },
            ]);
          }
        }
        for (const fill of [1, 2, 3]) {
          const wanted = all.filter(({ keyBlob }) => toBase64(keyBlob) === toBase64(blob(fill)));
          expect([...hosts.withKey(blob(fill))]).toEqual(wanted);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("finds nothing in a line above the limit, and refuses a text above 10 MiB", () => {
    const long = `${formatEntry("db1", blob(1))} ${"x".repeat(LINE_LIMIT)}`;
    expect(new KnownHosts(`${long}\n${formatEntry("db1", blob(2))}`).about("db1")).toHaveLength(1);
    expect(() => new KnownHosts("#".repeat(TEXT_LIMIT + 1))).toThrow(
      expect.objectContaining({ code: "trust-store" }) as Error,
    );
  });

  it("is built quickly over 100,000 lines, and asked in under 5 ms", () => {
    const keys = [1, 2, 3].map((fill) => formatEntry("", blob(fill)));
    const text = Array.from({ length: 100_000 }, (_, i) => `host${i}.example.net${keys[i % 3]}`).join("\n");
    // The best of a few: the machine may be busy with something else.
    const best = (times: number, work: (i: number) => void): number =>
      Math.min(
        ...Array.from({ length: times }, (_, i) => {
          const began = performance.now();
          work(i);
          return performance.now() - began;
        }),
      );
    let hosts = new KnownHosts("");
    const built = best(3, () => {
      hosts = new KnownHosts(text);
    });
    const found = best(8, (i) => expect(hosts.about(`host${9 + 10_000 * i}.example.net`)).toHaveLength(1));
    const missed = best(8, (i) => expect(hosts.about(`[host${i}.example.net]:2222`)).toEqual([]));
    expect([built < 1000, found < 5, missed < 5]).toEqual([true, true, true]);
  });
});

describe("a search among hashed names", () => {
  it("agrees with HMAC-SHA1 for any name and any salt", () => {
    const salts = fc.uint8Array({ minLength: 20, maxLength: 20 });
    const names = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ minLength: 53, maxLength: 57 }));
    fc.assert(
      fc.property(salts, names, fc.boolean(), (salt, name, padded) => {
        const field = (of: string) =>
          `|1|${toBase64(salt, padded)}|${toBase64(hmac(sha1, salt, encodeUtf8(of)), padded)}`;
        expect(hashSearch(name)(`# ${field(name)}`, 2)).toBe(true);
        expect(hashSearch(name)(field(`${name}.`), 0)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it.each(["|1|", "|", "|1|JR81WxEocTP5d7goIRkl8fHBbno=", "|1|||", "|1|JR81WxEocTP5d7goIRkl8fHBbno=|"])(
    "finds nothing in %s",
    (field) => expect(hashSearch("db1")(field, 0)).toBe(false),
  );
});
