import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64 } from "../../bytes/base64.ts";
import { Writer } from "../../bytes/wire.ts";
import { fingerprint } from "../../keys/fingerprint.ts";
import type { Sighting } from "../../knownhosts/claim.ts";
import { exportHashed } from "../../knownhosts/export.ts";
import { entriesOf, parseKnownHosts } from "../../knownhosts/file.ts";
import { fingerprintOf, isUnseen, markerWord, rowsOf, shortFingerprint, sightingOf, sightingRow } from "./rows.ts";
import { scopesOf, scopeWords, splitByScope } from "./scopes.ts";
import { filterInSlices, type Kind, rowFilter } from "./search.ts";
import { typedLines } from "./typed.ts";
import { takenBack } from "./undo.ts";
import { rowAfterKey, rowsInSight, scrollToShow } from "./window.ts";

const RELAY = "https://relay.example";
const blob = (fill: number, type = "ssh-ed25519"): Uint8Array =>
  new Writer().text(type).string(new Uint8Array(32).fill(fill)).done();
const key = (fill: number, type = "ssh-ed25519"): string => `${type} ${toBase64(blob(fill, type))}`;
const hash = (text: string): string => exportHashed(text, (length) => crypto.getRandomValues(new Uint8Array(length)));

describe("where a line counts", () => {
  it.each([
    [`db1.example.net ${key(1)}`, [""]],
    [`db1 ${key(1)}`, [RELAY]],
    [`[10.0.0.5]:2222 ${key(1)}`, [RELAY]],
    [`[db1.example.net]:2222 ${key(1)}`, [""]],
    [`db1,db1.example.net ${key(1)}`, ["", RELAY]],
    [`*.example.net ${key(1)}`, ["", RELAY]],
    [`db1.example.net,!*.lan ${key(1)}`, [""]],
    [hash(`db1 ${key(1)}\n`), ["", RELAY]],
    [`@cert-authority nas.lan ${key(1)}`, [RELAY]],
    [`@revoked db1 ${key(1)}`, [""]],
  ])("%s", (line, scopes) => {
    const entry = entriesOf(parseKnownHosts(line))[0];
    expect(entry && scopesOf(entry, RELAY)).toEqual(scopes);
  });

  it("parted, every line keeps its number, and is in every scope in which it counts", () => {
    const text = `# mine\r\ndb1 ${key(1)}\r\njunk\n\ndb1.example.net ${key(2)}\n*.x ${key(3)}`;
    const [everywhere, relay] = splitByScope(text, RELAY);
    expect(everywhere).toEqual({ scope: "", text: `# mine\r\n\njunk\n\ndb1.example.net ${key(2)}\n*.x ${key(3)}` });
    expect(relay).toEqual({ scope: RELAY, text: `\ndb1 ${key(1)}\r\n\n\n\n*.x ${key(3)}` });
  });

  it.each([
    ["", "everywhere"],
    [RELAY, "only over relay.example"],
  ])("in words: %s", (scope, words) => expect(scopeWords(scope)).toBe(words));
});

describe("rows", () => {
  const text = `# no\nDB1,[db1]:2222 ${key(1)} root\u202e@db1\r\n@revoked * ${key(2)}\n@cert-authority *.x ${key(3)}\n${hash(`a ${key(4)}\n`)}`;
  const rows = rowsOf(RELAY, text);

  it("are the lines that are entries", () => {
    expect(rows.map(({ names }) => names)).toEqual(["DB1, [db1]:2222", "*", "*.x", "hidden name"]);
    expect(rows.map(markerWord)).toEqual([undefined, "revoked", "authority", undefined]);
    expect(rows[0]).toMatchObject({ scope: RELAY, keyType: "ED25519" });
    expect(rows.map((row) => row.text)).toEqual(text.split(/\r?\n/).slice(1, -1));
  });

  it("are called by the first twelve digits of their fingerprint", () => {
    const [row] = rows;
    if (!row) throw new Error("no row");
    expect(fingerprintOf(row)).toBe(fingerprint(blob(1)));
    const short = shortFingerprint(row).replace(/[ …]/g, "");
    expect(short).toHaveLength("SHA256:".length + 12);
    expect(fingerprint(blob(1)).startsWith(short)).toBe(true);
  });

  it("are dated by the latest of their names", () => {
    const [row] = rows;
    const sighting = (lastSeen: number): Sighting => ({ firstSeen: 1, lastSeen });
    const seen = new Map([
      [sightingRow(RELAY, "db1", fingerprint(blob(1))), sighting(5)],
      [sightingRow(RELAY, "[db1]:2222", fingerprint(blob(1))), sighting(9)],
      [sightingRow("", "db1", fingerprint(blob(1))), sighting(99)],
      [sightingRow(RELAY, "db1", fingerprint(blob(2))), sighting(98)],
    ]);
    expect(row && sightingOf(row, seen)?.lastSeen).toBe(9);
    expect(rows[3] && sightingOf(rows[3], seen)).toBeUndefined();
  });

  it.each([
    [{ firstSeen: 1, lastSeen: 1, source: "imported" }, true],
    [{ firstSeen: 1, lastSeen: 1, source: "added" }, true],
    [{ firstSeen: 1, lastSeen: 2, source: "imported" }, false],
    [{ firstSeen: 1, lastSeen: 1, source: "asked" }, false],
    [{ firstSeen: 1, lastSeen: 1 }, false],
  ] as const)("that nobody has met yet: %j", (sighting, unseen) => expect(isUnseen(sighting)).toBe(unseen));
});

describe("searching", () => {
  const hidden = hash(`secret.example.net ${key(5)}\n[secret]:2222 ${key(6)}\n`);
  const rows = rowsOf(
    "",
    `web1.example.net ${key(1)}\nweb2.example.net,[web2]:2222 ${key(2, "ssh-rsa")}\n*.lan ${key(3)}\n@revoked * ${key(4)}\n${hidden}`,
  );
  const found = (text: string, kind: Kind = "") =>
    rows.flatMap((row, at) => (rowFilter({ text, kind })(row) ? [at] : []));

  it.each([
    ["nothing", "", "", [0, 1, 2, 3, 4, 5]],
    ["a part of a name, and what speaks of every name", "WEB", "", [0, 1, 3]],
    ["a whole name, and what speaks of it", "web1.example.net", "", [0, 3]],
    ["a name with its port", "web2:2222", "", [1, 3]],
    ["a name as the file has it", "[web2]:2222", "", [1, 3]],
    ["a name behind a wildcard", "nas.lan", "", [2, 3]],
    ["a hidden name", "secret.example.net", "", [3, 4]],
    ["a hidden name with its port", "secret:2222", "", [3, 5]],
    ["a part of a hidden name", "secret.exam", "", [3]],
    ["a fingerprint", fingerprint(blob(1)), "", [0]],
    [
      "a fingerprint in groups",
      fingerprint(blob(1))
        .slice(7)
        .replace(/(.{4})/g, "$1 "),
      "",
      [0],
    ],
    ["the start of one", fingerprint(blob(2, "ssh-rsa")).slice(0, 16), "", [1]],
    ["a key type", "", "RSA", [1]],
    ["revocations", "", "revoked", [3]],
    ["authorities", "", "authority", []],
    ["a name of a key type", "web", "RSA", [1]],
    ["what is nowhere", "[", "revoked", []],
  ])("for %s", (_, text, kind, wanted) => expect(found(text, kind)).toEqual(wanted));

  it("in slices finds the same, and ends when it is moot", async () => {
    const many = Array.from({ length: 3000 }, () => rows).flat();
    const slow = (row: (typeof many)[number]): boolean => {
      const until = performance.now() + 0.002;
      while (performance.now() < until);
      return row.keyType === "RSA";
    };
    expect(await filterInSlices(many, slow, new AbortController().signal)).toHaveLength(3000);
    const moot = new AbortController();
    const searching = filterInSlices(many, slow, moot.signal);
    moot.abort();
    expect(await searching).toBeUndefined();
  });
});

describe("the part of the list that is drawn", () => {
  const view = { height: 600, scrollTop: 0, rowHeight: 60, count: 100_000 };
  it("covers what is in sight, and is bounded however long the list is", () => {
    fc.assert(
      fc.property(fc.nat(6_000_000), fc.nat(2000), fc.nat(100_000), (scrollTop, height, count) => {
        const { first, end } = rowsInSight({ ...view, scrollTop, height, count });
        expect(end - first).toBeLessThanOrEqual(Math.ceil(height / 60) + 18);
        for (const y of [scrollTop, scrollTop + height - 1]) {
          const row = Math.floor(y / 60);
          if (row < count && y >= scrollTop) expect(row >= first && row < end).toBe(true);
        }
      }),
    );
  });

  it.each([
    ["ArrowDown", 5, 6],
    ["ArrowUp", 0, 0],
    ["PageDown", 5, 14],
    ["PageUp", 5, 0],
    ["End", 5, 99_999],
    ["Home", 5, 0],
    ["a", 5, undefined],
  ])("%s leads from row %i to %s", (pressed, row, wanted) => expect(rowAfterKey(pressed, row, view)).toBe(wanted));

  it.each([
    [5, 0, 0],
    [20, 0, 660],
    [3, 600, 180],
  ])("row %i is shown from %i by scrolling to %i", (row, scrollTop, wanted) =>
    expect(scrollToShow(row, { ...view, scrollTop })).toBe(wanted),
  );
});

describe("what is typed in", () => {
  it.each([
    ["host", "db1", key(1), `db1 ${key(1)}\n`],
    ["host", "DB1.Example.net.:2222 192.0.2.1", `${key(1)} me@here`, `[db1.example.net]:2222,192.0.2.1 ${key(1)}\n`],
    ["host", "2001:db8::1", key(1), `2001:db8::1 ${key(1)}\n`],
    ["host", "[2001:db8::1]:2222", key(1), `[2001:db8::1]:2222 ${key(1)}\n`],
    [
      "host",
      "",
      `# db1:22\n[db1]:2222 ${key(1)}\n[db1]:2222 ${key(2)}\n`,
      `[db1]:2222 ${key(1)}\n[db1]:2222 ${key(2)}\n`,
    ],
    ["host", "other", `db1 ${key(1)}`, `other ${key(1)}\n`],
    ["authority", "*.Example.net,!x.example.net", key(1), `@cert-authority *.example.net,!x.example.net ${key(1)}\n`],
    ["authority", "", `@cert-authority *.x ${key(1)}`, `@cert-authority *.x ${key(1)}\n`],
  ] as const)("%s %s", (kind, names, pasted, text) => {
    expect(typedLines(kind, names, pasted)).toEqual({ kind: "lines", text });
  });

  it.each([
    ["host", "", key(1), "names", "whose key"],
    ["host", "*.lan", key(1), "names", "Not a host name"],
    ["host", "a b\u202ec", key(1), "names", "Not a host name"],
    ["authority", "a|b", key(1), "names", "Not a name or a pattern"],
    ["host", "a", "", "key", "Paste a public key"],
    ["host", "a", "hello", "key", "no public key"],
    ["host", "a", "-----BEGIN OPENSSH PRIVATE KEY-----", "key", "private key"],
    [
      "host",
      "a",
      `ssh-ed25519-cert-v01@openssh.com ${toBase64(blob(1, "ssh-ed25519-cert-v01@openssh.com"))}`,
      "key",
      "certificate",
    ],
    ["host", "", `@revoked a ${key(1)}`, "key", "no public key"],
    ["host", "a", `${key(1)}\n`.repeat(101), "key", "use Import"],
  ] as const)("is refused in words: %s %s", (kind, names, pasted, where, sentence) => {
    expect(typedLines(kind, names, pasted)).toMatchObject({
      kind: "wrong",
      where,
      sentence: expect.stringContaining(sentence) as string,
    });
  });
});

describe("undoing", () => {
  const texts = fc
    .array(
      fc.constantFrom("a", "b", "c", "# x").map((line) => `${line}\n`),
      { maxLength: 6 },
    )
    .map((lines) => lines.join(""));

  it("gives every byte back where nothing else has changed", () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        expect(takenBack(after, { scope: "", before, after })).toBe(before);
      }),
    );
  });

  it("keeps the lines of another tab, brings back what was removed, and takes out what was added", () => {
    const change = { scope: "", before: "a\r\nb\r\n", after: "b\r\nc\r\n" };
    expect(takenBack("b\r\nc\r\nd\r\n", change)).toBe("b\r\nd\r\na\r\n");
  });
});
