import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64 } from "../bytes/base64.ts";
import { Writer } from "../bytes/wire.ts";
import { exportHashed } from "./export.ts";
import { entriesOf, LINE_LIMIT, parseKnownHosts, TEXT_LIMIT } from "./file.ts";
import { ADD_ONLY, applyImport, type ImportChoices, type ImportPlan, planImport } from "./import.ts";
import { lookUp } from "./lookup.ts";

const blob = (fill: number, type = "ssh-ed25519"): Uint8Array =>
  new Writer().text(type).string(new Uint8Array(32).fill(fill)).done();
const line = (hosts: string, fill = 1, type = "ssh-ed25519"): string =>
  `${hosts} ${type} ${toBase64(blob(fill, type))}`;
const salts = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const hidden = (hosts: string, fill = 1): string => exportHashed(line(hosts, fill), salts).trimEnd();

/** How many lines of each kind. */
const counts = (plan: ImportPlan) => ({
  added: plan.added.length,
  known: plan.known.length,
  conflicts: plan.conflicts.length,
  revocations: plan.revocations.length,
  authorities: plan.authorities.length,
  revoked: plan.revoked.length,
  unreadable: plan.unreadable.length,
  wide: plan.wide,
  uncompared: plan.uncompared,
});
const NOTHING = counts(planImport("", ""));
const REPLACE: ImportChoices = { replace: "all", authorities: true };

/** So many names and exceptions that comparing each with each would take seconds for a single line. */
const tangled = line(Array.from({ length: 400 }, (_, i) => `h${i},!x${i}`).join(","));

describe("planning an import", () => {
  it.each([
    ["a new host", line("a"), line("b"), { added: 1 }],
    ["the same line", line("a"), line("a"), { known: 1 }],
    ["a line of names and exceptions without end", line("a"), tangled, { added: 1, wide: 1 }],
    ["one that names a known host", line("h7", 2), tangled, { conflicts: 1 }],
    ["the same line in CRLF after a byte order mark", line("a"), `\ufeff${line("a")}\r\n`, { known: 1 }],
    ["the same key with a comment", line("a"), `${line("a")} root@a`, { known: 1 }],
    ["a line twice in the file", "", `${line("a")}\n${line("a")}\n`, { added: 1, known: 1 }],
    ["two keys of one type in the file", "", `${line("a", 1)}\n${line("a", 2)}\n`, { added: 2 }],
    ["a host by another key of its type", line("a", 1), line("a", 2), { conflicts: 1 }],
    ["in capitals", line("a", 1), line("A", 2), { conflicts: 1 }],
    ["on another port", line("a", 1), line("[a]:2222", 2), { added: 1 }],
    ["a host by a key of another type", line("a", 1), line("a", 2, "ssh-rsa"), { added: 1 }],
    ["one of several keys of its type", `${line("a", 1)}\n${line("a", 2)}`, line("a", 2), { known: 1 }],
    ["a list of which one is known by another key", line("a", 1), line("a,b", 2), { conflicts: 1 }],
    ["a list of which one is known by this key", line("a", 1), line("a,b", 1), { added: 1 }],
    ["a list of known names", `${line("a")}\n${line("b")}`, line("b,a"), { known: 1 }],
    ["a host that a wildcard knows by another key", line("*.lan", 1), line("x.lan", 2), { conflicts: 1 }],
    ["a host that is an exception to a wildcard", line("*.lan,!x.lan", 1), line("x.lan", 2), { added: 1 }],
    ["a wildcard over a host known by another key", line("x.lan", 1), line("*.lan", 2), { conflicts: 1, wide: 0 }],
    ["a wildcard over nobody that is known", line("x.lan", 1), line("*.org", 2), { added: 1, wide: 1 }],
    ["a name that its own line excepts", line("a", 1), line("a,b,!a", 2), { added: 1 }],
    ["a plain name that is known hashed", hidden("a", 1), line("a", 2), { conflicts: 1 }],
    ["a plain name that is known hashed, by this key", hidden("a", 1), line("a", 1), { known: 1 }],
    ["a hashed name that is known plainly", line("a", 1), hidden("a", 2), { conflicts: 1 }],
    ["a hashed name that is known plainly, by this key", line("a", 1), hidden("a", 1), { known: 1 }],
    ["a hashed name beside another hashed one", hidden("a", 1), hidden("a", 2), { added: 1, uncompared: 1 }],
    ["a revocation", line("a"), `@revoked * ${line("x").slice(2)}`, { revocations: 1 }],
    ["a revocation that is there", `@revoked ${line("*")}`, `@revoked ${line("*")}`, { known: 1 }],
    ["a key that is revoked here", `@revoked ${line("*")}`, line("b"), { revoked: 1 }],
    ["a key that the file revokes", "", `${line("b")}\n@revoked ${line("*")}`, { revoked: 1, revocations: 1 }],
    ["an authority", line("a"), `@cert-authority ${line("*.lan", 2)}`, { authorities: 1 }],
    ["an authority that is revoked here", `@revoked ${line("*")}`, `@cert-authority ${line("*")}`, { revoked: 1 }],
    ["a host whose key is an authority's here", `@cert-authority ${line("a", 1)}`, line("a", 2), { added: 1 }],
    ["comments and blank lines", line("a"), "# b ssh-ed25519\n\n \t\n\r\n  # x\n", {}],
  ])("%s", (_, existing, incoming, wanted) => {
    expect(counts(planImport(existing, incoming))).toEqual({ ...NOTHING, ...wanted });
  });

  it.each([
    ["an unknown marker", `@trusted ${line("a")}`, "its marker is unknown"],
    ["two markers", `@revoked @revoked ${line("a")}`, "key"],
    ["a type that the key is not of", line("a").replace("ssh-ed25519", "ssh-rsa"), "of another type than it says"],
    ["a certificate", line("a", 1, "ssh-ed25519-cert-v01@openssh.com"), "a certificate in the place of a key"],
    ["a key cut short", line("a").slice(0, -8), "cannot be read"],
    ["no base64", "a ssh-ed25519 !!!!", "its key cannot be read"],
    ["too few fields", "a ssh-ed25519", "not a name, a key type and a key"],
    ["words", "hello, this is no such file at all", "its key cannot be read"],
    ["a line without an end", `a ${"x".repeat(LINE_LIMIT)}`, "longer than any key"],
    ["a broken hash", line("|1|AAAA|AAAA"), "its names or its key cannot be read"],
  ])("a line that cannot be read, and why: %s", (_, bad, reason) => {
    const plan = planImport("", `${line("b")}\r\n${bad}\r\n${line("c")}`);
    expect(plan.added.map(({ number }) => number)).toEqual([1, 3]);
    expect(plan.unreadable).toMatchObject([
      { number: 2, text: bad, reason: expect.stringContaining(reason) as string },
    ]);
    expect(applyImport("", plan, ADD_ONLY)).not.toContain(bad);
  });

  it("names each clash of a conflict, with the line that is known", () => {
    const plan = planImport(`${line("a", 1)}\n${line("b", 2)}\n`, line("a,b,c", 3));
    expect(plan.conflicts[0]?.clashes).toMatchObject([
      { name: "a", known: { keyBlob: blob(1) } },
      { name: "b", known: { keyBlob: blob(2) } },
    ]);
  });

  it("more than 10 MiB is refused, also when both together are", () => {
    const full = expect.objectContaining({ code: "trust-store" }) as Error;
    expect(() => planImport("", "#".repeat(TEXT_LIMIT + 1))).toThrow(full);
    const almost = `#${"x".repeat(TEXT_LIMIT - 40)}\n`;
    expect(() => applyImport(almost, planImport(almost, line("a")), ADD_ONLY)).toThrow(full);
  });

  it("hidden names of a hostile file cost seconds at most, and what was not compared is said", () => {
    const many = Array.from({ length: 3000 }, (_, i) => line(`host${i}`, 1)).join("\n");
    const salt = toBase64(new Uint8Array(20));
    const hostile = Array.from(
      { length: 3000 },
      (_, i) => `|1|${salt}|${toBase64(new Uint8Array(20).fill(i % 256))} ${line("", 2 + (i >> 8)).trimStart()}`,
    );
    const begun = performance.now();
    const plan = planImport(many, hostile.join("\n"));
    expect(performance.now() - begun).toBeLessThan(30_000);
    expect(plan.uncompared).toBeGreaterThan(0);
  }, 60_000);
});

describe("applying an import", () => {
  it.each([
    [
      "adds in the order of the file",
      line("a"),
      `${line("c")}\n${line("b")}`,
      `${line("a")}\n${line("c")}\n${line("b")}\n`,
    ],
    ["keeps the endings of the list", `${line("a")}\r\n`, line("b"), `${line("a")}\r\n${line("b")}\r\n`],
    ["keeps a comment of a line", "", `${line("b")} root@b\r\n`, `${line("b")} root@b\n`],
    ["leaves conflicts out", line("a", 1), line("a", 2), line("a", 1)],
  ])("%s", (_, existing, incoming, wanted) => {
    expect(applyImport(existing, planImport(existing, incoming), ADD_ONLY)).toBe(wanted);
  });

  it.each([
    ["a line", line("a", 1), line("a", 2), `${line("a", 2)}\n`],
    ["a name in a list", line("a,b", 1), line("a", 2), `${line("b", 1)}\n${line("a", 2)}\n`],
    ["two names of a list", line("a,b,c", 1), line("a,c", 2), `${line("b", 1)}\n${line("a,c", 2)}\n`],
    ["a wildcard, for this host only", line("*.x", 1), line("a.x", 2), `${line("*.x,!a.x", 1)}\n${line("a.x", 2)}\n`],
    [
      "and keeps keys of other types",
      `${line("a", 1)}\n${line("a", 3, "ssh-rsa")}\n`,
      line("a", 2),
      `${line("a", 3, "ssh-rsa")}\n${line("a", 2)}\n`,
    ],
  ])("replaces %s where the person chose so", (_, existing, incoming, wanted) => {
    expect(applyImport(existing, planImport(existing, incoming), REPLACE)).toBe(wanted);
  });

  it("replaces only the lines that were chosen", () => {
    const existing = `${line("a", 1)}\n${line("b", 1)}\n`;
    const plan = planImport(existing, `${line("a", 2)}\n${line("b", 2)}\n`);
    expect(applyImport(existing, plan, { ...ADD_ONLY, replace: new Set([2]) })).toBe(
      `${line("a", 1)}\n${line("b", 2)}\n`,
    );
  });

  it("leaves authorities out where the person says so", () => {
    const plan = planImport("", `@cert-authority ${line("*")}\n@revoked ${line("*", 2)}\n`);
    expect(applyImport("", plan, { ...ADD_ONLY, authorities: false })).toBe(`@revoked ${line("*", 2)}\n`);
  });

  it("keeps what another tab has saved since, and does not replace it unasked", () => {
    const plan = planImport("", line("a", 2));
    const since = `${line("a", 1)}\n`;
    expect(applyImport(since, plan, REPLACE)).toBe(since);
    expect(applyImport(`${line("b", 1)}\n`, plan, ADD_ONLY)).toBe(`${line("b", 1)}\n${line("a", 2)}\n`);
  });

  const piece = fc.constantFrom(
    ...[1, 2, 3].flatMap((fill) => [line("a", fill), line("a,b", fill), line("*.lan", fill), line("x.lan", fill)]),
    hidden("a", 1),
    hidden("b", 2),
    `@revoked ${line("*", 3)}`,
    `@cert-authority ${line("*.lan", 2)}`,
    "@trusted junk",
    "# a comment",
    "junk",
    "",
  );
  const text = fc
    .tuple(
      fc.constantFrom("", "\ufeff"),
      fc.array(fc.tuple(piece, fc.constantFrom("\n", "\r\n"))),
      fc.constantFrom("", "junk"),
    )
    .map(([mark, lines, rest]) => `${mark}${lines.flat().join("")}${rest}`);

  it("without replacements changes and removes nothing, whatever both hold", () => {
    fc.assert(
      fc.property(text, text, (existing, incoming) => {
        expect(applyImport(existing, planImport(existing, incoming), ADD_ONLY).startsWith(existing)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("never makes a host known by a second key of a type, without the person's word", () => {
    fc.assert(
      fc.property(text, text, (existing, incoming) => {
        const after = applyImport(existing, planImport(existing, incoming), ADD_ONLY);
        const before = entriesOf(parseKnownHosts(existing));
        const target = { host: "a", port: 22 };
        for (const fill of [1, 2, 3]) {
          if (lookUp(before, target, blob(fill)).kind !== "changed") continue;
          expect(lookUp(entriesOf(parseKnownHosts(after)), target, blob(fill)).kind).not.toBe("trusted");
        }
      }),
      { numRuns: 500 },
    );
  });

  it("twice adds nothing the second time", () => {
    fc.assert(
      fc.property(text, text, (existing, incoming) => {
        const once = applyImport(existing, planImport(existing, incoming), ADD_ONLY);
        expect(applyImport(once, planImport(once, incoming), ADD_ONLY)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });
});
