// The same questions to us and to the real ssh-keygen: about lines that are drawn by lot, about OpenSSH's own test file, and
// about what we do otherwise on purpose.

import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testdataFor } from "../../e2e/testdata.ts";
import { knownHostsName, type Target } from "../../shared/target.ts";
import { fromBase64 } from "../bytes/base64.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { forgetHost } from "./edit.ts";
import { entriesOf, parseKnownHosts } from "./file.ts";
import { lookUp, type Trust } from "./lookup.ts";
import { matchesName } from "./names.ts";

/** One line that speaks of a name: its number from 1, its marker as ssh-keygen writes it, its key. */
type Found = `${number} ${"" | "CA" | "REVOKED"} SHA256:${string}`;

interface Key {
  readonly line: string;
  readonly blob: Uint8Array;
  readonly fingerprint: string;
}

let folder = "";
let keys: readonly Key[] = [];
let certificate = "";
const blobOf = (line: string): Uint8Array => fromBase64(line.split(" ")[1] ?? "") ?? new Uint8Array(0);
const keyNumber = (i: number): Key => {
  const key = keys[i];
  if (key === undefined) throw new Error(`no key ${i}`);
  return key;
};

function sh(script: string, input = ""): string {
  const { stdout, status, stderr } = spawnSync("sh", ["-c", script], { cwd: folder, encoding: "utf8", input });
  if (status !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "periwinkle-knownhosts-"));
  sh(`for type in ed25519 ecdsa rsa; do ssh-keygen -q -t $type -N "" -C "" -f $type; done
      ssh-keygen -q -s ecdsa -h -I host -n db1 ed25519.pub`);
  keys = ["ed25519", "ecdsa", "rsa"].map((name) => {
    const line = readFileSync(join(folder, `${name}.pub`), "utf8").trim();
    return { line, blob: blobOf(line), fingerprint: fingerprint(blobOf(line)) };
  });
  certificate = readFileSync(join(folder, "ed25519-cert.pub"), "utf8").split(" ").slice(0, 2).join(" ");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What `-l -F` finds for each name, all in one run. It passes over keys it cannot read. */
function foundBySshKeygen(text: string, names: readonly string[]): ReadonlyMap<string, readonly Found[]> {
  writeFileSync(join(folder, "known_hosts"), text);
  const ask = 'while IFS= read -r name; do echo "= $name"; ssh-keygen -l -F "$name" -f known_hosts || true; done';
  const found = new Map<string, Found[]>();
  for (const answer of sh(ask, names.map((name) => `${name}\n`).join(""))
    .split(/^= /m)
    .slice(1)) {
    const lines = answer.matchAll(/^# Host .* found: line (\d+) *(CA|REVOKED|)\n.*?(SHA256:\S+)/gm);
    const name = answer.slice(0, answer.indexOf("\n"));
    found.set(
      name,
      Array.from(lines, ([, line, marker, key]) => `${line} ${marker} ${key}` as Found),
    );
  }
  return found;
}

const MARKERS = { revoked: "REVOKED", "cert-authority": "CA" } as const;

function foundByUs(text: string, names: readonly string[]): ReadonlyMap<string, readonly Found[]> {
  const lines = parseKnownHosts(text);
  const inLine = (name: string) =>
    lines.flatMap((line, i): Found[] => {
      if (line.kind === "other" || !matchesName(line.entry.names, name)) return [];
      const { marker, keyBlob } = line.entry;
      return [`${i + 1} ${marker ? MARKERS[marker] : ""} ${fingerprint(keyBlob)}` as Found];
    });
  return new Map(names.map((name) => [name, inLine(name)]));
}

function rewrittenBySshKeygen(text: string, ...options: readonly string[]): string {
  const path = join(folder, "known_hosts");
  writeFileSync(path, text);
  sh(`ssh-keygen ${options.map((option) => `'${option}'`).join(" ")} -f known_hosts`);
  return readFileSync(path, "utf8");
}

/** What the lines that ssh-keygen finds mean for a key, by the rules of sshd(8). */
function verdictOf(found: readonly Found[], key: string): Trust["kind"] {
  const has = (marker: string) => found.some((line) => line.endsWith(` ${marker} ${key}`));
  if (has("REVOKED")) return "revoked";
  if (has("")) return "trusted";
  return found.some((line) => line.includes("  SHA256:")) ? "changed" : "unknown";
}

const HOSTS = [
  ...[
    "db1",
    "db2",
    "db10",
    "DB1.Example.net",
    "db2.example.net",
    "a.b.example.net",
    "example.net",
    "xn--bcher-kva.example",
  ],
  ...["192.0.2.7", "192.0.2.70", "2001:db8::7", "2001:db8::70", "fe80::1", "_dc.example.net", "nobody.lan"],
];
const TARGETS: readonly Target[] = HOSTS.flatMap((host) =>
  [22, 2222].map((port) => ({ host: host.toLowerCase(), port })),
);
const NAMES = TARGETS.map(knownHostsName);

const literals = fc.constantFrom(...HOSTS, ...HOSTS.map((host) => `[${host}]:2222`), "[db1]:22");
const globs = fc.constantFrom(
  ...["*", "?", "??", "db?", "DB*", "*.example.net", "*.*", "*.example.*", "*1*", "*:2222", "[*]:2222", "[db?]:2222"],
  ...["[*]:*", "192.0.2.*", "192.0.2.?", "2001:db8::*", "*::*", "**", "a*b*e?t", "", "]", "[", "db1 "],
);
const patterns = fc
  .tuple(fc.boolean(), fc.oneof({ weight: 3, arbitrary: literals }, globs))
  .map(([negated, glob]) => `${negated ? "!" : ""}${glob.trim()}`);

function hashed(name: string, salt: Uint8Array): string {
  const hash = createHmac("sha1", salt).update(name.toLowerCase()).digest("base64");
  return `|1|${Buffer.from(salt).toString("base64")}|${hash}`;
}
const salts = fc.uint8Array({ minLength: 20, maxLength: 20 });
const hostFields = fc.oneof(
  literals,
  fc.array(patterns, { minLength: 1, maxLength: 5 }).map((all) => all.join(",")),
  fc.tuple(literals, salts).map(([name, salt]) => hashed(name, salt)),
);
const blanks = fc.constantFrom(" ", "  ", "\t", " \t ");
const endings = fc.constantFrom("\n", "\n", "\r\n");
const comments = fc.constantFrom("", " ", " root@db1", "\tmade in May  ", " # no comment", " \u00fc\u4e16");

/** Lines that both can read. `keys` are numbers: the keys are made later. */
const goodLines = fc
  .tuple(fc.constantFrom("", "", "", "@revoked", "@cert-authority"), hostFields, fc.nat(2), blanks, comments)
  .map(([marker, hosts, key, blank, comment]) => () => {
    const text = `${keyNumber(key).line.replace(" ", blank)}${comment}`;
    return `${marker === "" ? "" : `${marker} `}${hosts}${blank}${text}`;
  });
/** Behind a marker a name may begin with what else makes a comment of it. */
const oddLines = fc.constantFrom("@revoked #x,db1", "@revoked @x,db1", "@cert-authority #,db2", "@revoked #db1");
/** Lines in which neither may find anything. */
const badLines = fc.constantFrom<(key: string) => string>(
  () => "",
  () => " \t ",
  () => "db1",
  () => "db1 ssh-ed25519",
  (key) => `# db1 ${key}`,
  (key) => `\t#db1 ${key}`,
  (key) => `@other db1 ${key}`,
  (key) => `@REVOKED db1 ${key}`,
  (key) => `@revoked @cert-authority db1 ${key}`,
  (key) => `@revoked ${key}`,
  (key) => `db1 ${key.replace("ssh-ed25519", "ssh-rsa")}`,
  (key) => `db1 ${key.replace("ssh-ed25519", "SSH-ED25519")}`,
  (key) => `db1 ${key.replace("ssh-ed25519", "ED25519")}`,
  (key) => `db1 ${key.slice(0, -6)}`,
  (key) => `db1 ${key}AAAA`,
  (key) => `db1 ${key.slice(0, 30)} ${key.slice(30)}`,
  (key) => `db1\u000b${key}`,
  (key) => `db1\r${key}`,
  (key) => `db1\u00a0${key}`,
  (key) => `|1|JR81WxEocTP5d7goIRkl8fHBbno= ${key}`,
  (key) => `|2|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68= ${key}`,
  (key) => `|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68=,db1 ${key}`,
  (key) => `${"x".repeat(1100)},db1 ${key}`,
);
const anyLine = fc.oneof(
  oddLines.map((odd) => () => `${odd} ${keyNumber(1).line}`),

  { weight: 4, arbitrary: goodLines },
  badLines.map((bad) => () => bad(keyNumber(0).line)),
);

const SEED = 20_261_122;
function corpora(line: fc.Arbitrary<() => string>, lines: number, count: number): readonly string[] {
  const whole = fc.array(fc.tuple(line, endings), { minLength: lines, maxLength: lines });
  return fc.sample(whole, { seed: SEED, numRuns: count }).map((all) => all.map(([text, end]) => text() + end).join(""));
}

describe("beside ssh-keygen", () => {
  it("-F finds the same lines and keys for every name, and every key gets the verdict that they mean", () => {
    for (const text of corpora(anyLine, 60, 8)) {
      const theirs = foundBySshKeygen(text, NAMES);
      expect(foundByUs(text, NAMES)).toEqual(theirs);
      const entries = entriesOf(parseKnownHosts(text));
      for (const target of TARGETS) {
        const found = theirs.get(knownHostsName(target)) ?? [];
        const wanted = keys.map((key) => verdictOf(found, key.fingerprint));
        expect(keys.map(({ blob }) => lookUp(entries, target, blob).kind)).toEqual(wanted);
      }
    }
  }, 60_000);

  it("-l lists the same keys in the same order", () => {
    // Its reader is another one, for any file of keys: it wants single blanks, and takes a marker for a name.
    const [text = ""] = corpora(goodLines, 150, 1);
    const plain = text.replace(/^[@ \t][^\n]*\n/gm, "").replace(/[ \t]+/g, " ");
    writeFileSync(join(folder, "known_hosts"), plain);
    const listed = sh("ssh-keygen -l -f known_hosts").match(/SHA256:\S+/g) ?? [];
    expect(entriesOf(parseKnownHosts(plain)).map(({ keyBlob }) => fingerprint(keyBlob))).toEqual(listed);
    expect(listed.length).toBeGreaterThan(50);
  });

  it("names hashed by -H are found as it finds them, where the plain ones were", () => {
    // It takes no file with a broken line.
    for (const plain of corpora(goodLines, 60, 2)) {
      const text = rewrittenBySshKeygen(plain, "-H");
      expect(text).not.toMatch(/^(?:db1|192\.0\.2\.7) /m);
      const [ours, before] = [foundByUs(text, NAMES), foundByUs(plain, NAMES)];
      expect(ours).toEqual(foundBySshKeygen(text, NAMES));
      // A list becomes a line for each name, so the numbers move.
      const meaning = (found: readonly Found[] | undefined) => new Set(found?.map((line) => line.replace(/^\d+/, "")));
      for (const name of NAMES) expect([name, meaning(ours.get(name))]).toEqual([name, meaning(before.get(name))]);
    }
  }, 60_000);

  it("-R leaves the same text where each line has one name", () => {
    const single = fc
      .tuple(
        fc.oneof(
          literals,
          fc.tuple(literals, salts).map(([name, salt]) => hashed(name, salt)),
        ),
        goodLines,
      )
      .map(
        ([name, line]) =>
          () =>
            line().replace(/^(@\S+\s+)?\S+/, (_, marker = "") => `${marker}${name}`),
      );
    const [text = ""] = corpora(single, 60, 1);
    for (const target of TARGETS)
      expect(forgetHost(text, target)).toBe(rewrittenBySshKeygen(text, "-R", knownHostsName(target)));
  }, 60_000);

  it("-F finds nothing unmarked of a host that we forgot, and of every other host what it found before", () => {
    for (const text of corpora(anyLine, 40, 2)) {
      const before = foundBySshKeygen(text, NAMES);
      const meaning = (found: readonly Found[] = []) => found.map((line) => line.replace(/^\d+/, ""));
      for (const target of TARGETS.slice(0, 12)) {
        const name = knownHostsName(target);
        const after = foundBySshKeygen(forgetHost(text, target), NAMES);
        for (const other of NAMES) {
          const kept = meaning(before.get(other)).filter((line) => other !== name || !line.startsWith("  "));
          expect([name, other, meaning(after.get(other))]).toEqual([name, other, kept]);
        }
      }
    }
  }, 60_000);
});

const TOMORROW = `ssh-tomorrow ${Buffer.concat([wire("ssh-tomorrow"), wire("key")]).toString("base64")}`;
function wire(text: string): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
}

describe("other than ssh-keygen, on purpose", () => {
  it.each<readonly [why: string, line: (key: string) => string, ours: number, theirs: number]>([
    [
      "a file saved by a Windows editor begins with a mark that is no part of the name",
      (key) => `\ufeffdb1 ${key}`,
      1,
      0,
    ],
    ["nor does it hide a revocation", (key) => `\ufeff@revoked db1 ${key}`, 1, 0],
    ["a certificate ends and its key does not: no line is to trust one for itself", () => `db1 ${certificate}`, 0, 1],
    ["nor to make it an authority", () => `@cert-authority db1 ${certificate}`, 0, 1],
    ["a key of tomorrow's type makes its host known, so that today's is a changed one", () => `db1 ${TOMORROW}`, 1, 0],
    ["a tab ends a marker like any other field", (key) => `@revoked\tdb1 ${key}`, 1, 0],
    [
      "no text but a line's end ends it: what follows NUL would be read by one and not by the other",
      (key) => `db1 ${key}\0`,
      0,
      1,
    ],
  ])("%s", (_, line, ours, theirs) => {
    const text = `${line(keyNumber(0).line)}\n`;
    expect(foundByUs(text, ["db1"]).get("db1")).toHaveLength(ours);
    expect(foundBySshKeygen(text, ["db1"]).get("db1")).toHaveLength(theirs);
  });

  it("a revoked certificate revokes its key for both", () => {
    const text = `@revoked db1 ${certificate}\n`;
    expect(foundBySshKeygen(text, ["db1"]).get("db1")).toHaveLength(1);
    const [entry] = entriesOf(parseKnownHosts(text));
    expect(entry?.marker).toBe("revoked");
    const key = readFileSync(join(folder, "ed25519.pub"), "utf8").split(" ");
    expect([entry?.keyType, Buffer.from(entry?.keyBlob ?? []).toString("base64")]).toEqual(key.slice(0, 2));
  });

  it("-R takes a line with all its names, we take the one name out of it", () => {
    const { line } = keyNumber(0);
    const text = `db1,db2 ${line}\n*.example.net ${line}\n`;
    expect(rewrittenBySshKeygen(text, "-R", "db1")).toBe(`*.example.net ${line}\n`);
    expect(forgetHost(text, { host: "db1", port: 22 })).toBe(`db2 ${line}\n*.example.net ${line}\n`);
    expect(rewrittenBySshKeygen(text, "-R", "db2.example.net")).toBe(`db1,db2 ${line}\n`);
    expect(forgetHost(text, { host: "db2.example.net", port: 22 })).toBe(
      `db1,db2 ${line}\n*.example.net,!db2.example.net ${line}\n`,
    );
  });
});
const testdata = testdataFor("ssh-keygen beside us on OpenSSH's known_hosts");
if (testdata !== undefined) {
  describe("OpenSSH's own known_hosts", () => {
    const text = readFileSync(join(testdata, "openssh-known-hosts", "known_hosts"), "utf8");
    const names = [
      ...["sisyphus.example.com", "prometheus.example.com", "x.example.com", "example.com", "a.b.example.com"],
      ...["192.0.2.1", "192.0.2.10", "192.0.3.1", "2001:db8::1", "2001:db8::2", "2002:db8::1", "x.example.org"],
    ].flatMap((name) => [name, `[${name}]:2222`, `[${name}]:22`]);

    it("-F finds the same lines and keys", () => {
      const ours = foundByUs(text, names);
      expect(ours).toEqual(foundBySshKeygen(text, names));
      expect(ours.get("prometheus.example.com")).toHaveLength(10);
    });
  });
}
