// Target "knownhosts": lines of a known_hosts file, from somebody who sends one to be imported. Each stands among good lines,
// is parsed, looked up, edited and imported; what is not meant keeps its bytes, and what is known stays known.

import { decodeUtf8, encodeUtf8 } from "../../client/bytes/text.ts";
import { Writer } from "../../client/bytes/wire.ts";
import { addLine, forgetHost, removeLine, replaceHost, revokeKey, rotateHost } from "../../client/knownhosts/edit.ts";
import {
  type Entry,
  entriesOf,
  formatEntry,
  type Line,
  linesOf,
  parseKnownHosts,
} from "../../client/knownhosts/file.ts";
import { ADD_ONLY, applyImport, planImport } from "../../client/knownhosts/import.ts";
import { KnownHosts } from "../../client/knownhosts/known-hosts.ts";
import { isRevoked, keysOf, lookUp, type Trust } from "../../client/knownhosts/lookup.ts";
import { matchesName } from "../../client/knownhosts/names.ts";
import { type Target as Host, knownHostsName } from "../../shared/target.ts";
import type { Choices } from "./choices.ts";
import { mutate } from "./mutate.ts";
import type { Target } from "./target.ts";

const ed25519 = (fill: number) => new Writer().text("ssh-ed25519").string(new Uint8Array(32).fill(fill)).done();
const rsa = new Writer()
  .text("ssh-rsa")
  .string(Uint8Array.of(1, 0, 1))
  .string(new Uint8Array(256).fill(0x77))
  .done();
const ecdsa = new Writer().text("ecdsa-sha2-nistp256").text("nistp256").string(new Uint8Array(65).fill(4)).done();
const KEYS = [ed25519(1), ed25519(2), rsa, ecdsa] as const;

const HOSTS: readonly Host[] = [
  { host: "sisyphus.example.com", port: 22 },
  { host: "db1", port: 22 },
  { host: "db1", port: 2222 },
  { host: "2001:db8::7", port: 22 },
];
const FIELDS = [
  ...HOSTS.map(knownHostsName),
  ...["db1,192.0.2.7", "*.example.com", "*", "!db1,*", "db?", "[*]:2222", "DB1", "other", "", ",", "!db1", "2001:*"],
  "|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68=",
] as const;
const LONG_FIELDS = [`${"a*".repeat(400)}b`, "*a".repeat(2000), "db1,".repeat(1000)] as const;
const MARKERS = ["", "", "", "@revoked ", "@cert-authority ", "@revoked\t", "@other ", "@", "# "] as const;
const COMMENTS = ["", "", " root@db1", "\t ", " # x", " \u202e", " \0"] as const;
const PIECES = [
  " ",
  "\t",
  "\n",
  "\r",
  "\r\n",
  ",",
  "!",
  "*",
  "?",
  "|",
  "|1|",
  "@",
  "@revoked",
  "#",
  "=",
  "A",
  "/",
  "\0",
  "\ufeff",
];
PIECES.push("\u00a0", "\u{1f600}", "\ud800", "ssh-rsa", "[", "]:22", "x".repeat(1023), "*a".repeat(511));

function goodLine(choices: Choices): string {
  const field = choices.once(100) ? choices.pick(LONG_FIELDS) : choices.pick(FIELDS);
  return `${choices.pick(MARKERS)}${formatEntry(field, choices.pick(KEYS))}${choices.pick(COMMENTS)}`;
}

/** A piece of it missing, twice, or something else. */
function altered(line: string, choices: Choices): string {
  const from = choices.below(line.length + 1);
  const to = Math.min(line.length, from + choices.pick([0, 0, 1, 1, 4, 40]));
  const middle = choices.pick(["", choices.pick(PIECES), choices.pick(PIECES), line.slice(from, to).repeat(2)]);
  return `${line.slice(0, from)}${middle}${line.slice(to)}`;
}

function nextLine(choices: Choices): string {
  if (choices.once(20)) return decodeUtf8(choices.bytes(choices.below(300)));
  let line = goodLine(choices);
  // Longer than a line may be: rarely, for its length is paid for by every check.
  if (choices.once(2000)) line += choices.pick([" ", "A", "*a", ",b"]).repeat(40_000);
  if (choices.once(10)) return decodeUtf8(mutate(encodeUtf8(line), choices));
  for (let left = choices.pick([0, 1, 1, 2, 4]); left > 0; left--) line = altered(line, choices);
  return line;
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`known hosts: ${what}`);
}

/** A text, taken apart once for all that is asked of it. */
interface Read {
  readonly text: string;
  readonly lines: readonly Line[];
  readonly entries: readonly Entry[];
}

function read(text: string): Read {
  const lines = parseKnownHosts(text);
  return { text, lines, entries: entriesOf(lines) };
}

const textsOf = (text: string): readonly string[] => linesOf(text);
const entriesIn = (text: string): readonly Entry[] => read(text).entries;
const sameKey = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const isOneOf = (keys: readonly Entry[], blob: Uint8Array): boolean =>
  keys.some(({ keyBlob }) => sameKey(keyBlob, blob));

/** Do they all stand there, in this order? The last one may have got an ending that it did not have. */
function standIn(lines: readonly string[], all: readonly string[]): boolean {
  let at = 0;
  for (const line of lines) {
    at = all.findIndex((each, i) => i >= at && each.startsWith(line) && /^\r?\n?$/.test(each.slice(line.length))) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** The lines that hold no key of this host. */
function othersIn({ lines }: Read, host: Host): readonly string[] {
  const name = knownHostsName(host);
  return lines
    .filter((line) => line.kind === "other" || line.entry.marker !== undefined || !matchesName(line.entry.names, name))
    .map((line) => line.text);
}

/** What the index finds is what reading line by line finds. Returns every verdict. */
function verdicts({ text, entries: all }: Read): readonly Trust["kind"][] {
  const index = new KnownHosts(text);
  return HOSTS.flatMap((host) => {
    const name = knownHostsName(host);
    const about = index.about(name);
    const wanted = all.filter(({ names }) => matchesName(names, name));
    must(about.length === wanted.length, "the index finds other lines");
    return KEYS.map((key) => {
      const { kind } = lookUp(about, host, key);
      must(kind === lookUp(all, host, key).kind, "the index means something else");
      return kind;
    });
  });
}

function adds({ text, entries }: Read, host: Host, key: Uint8Array): void {
  const entry = formatEntry(knownHostsName(host), key);
  const grown = addLine(text, entry);
  must(grown.startsWith(text), "adding changes what is there");
  must(addLine(grown, entry) === grown, "it is added twice");
  const before = lookUp(entries, host, key).kind;
  const after = lookUp(entriesIn(grown), host, key).kind;
  must(after === (before === "revoked" ? "revoked" : "trusted"), "what was added is not known");
}

function forgets(whole: Read, host: Host): void {
  const { text } = whole;
  const left = forgetHost(text, host);
  must(keysOf(entriesIn(left), host).length === 0, "a forgotten host is known");
  must(forgetHost(left, host) === left, "it is forgotten twice");
  must(standIn(othersIn(whole, host), textsOf(left)), "forgetting changes another line");
}

function replaces(whole: Read, host: Host, key: Uint8Array): void {
  const { text } = whole;
  const changed = replaceHost(text, host, key);
  const keys = keysOf(entriesIn(changed), host);
  must(keys.length === 1 && isOneOf(keys, key), "a replaced host has other keys");
  must(standIn(othersIn(whole, host), textsOf(changed)), "replacing changes another line");
}

function rotates(whole: Read, host: Host, learned: Uint8Array, dropped: Uint8Array): void {
  const { text } = whole;
  const changed = rotateHost(text, host, [learned], [dropped]);
  const [before, after] = [keysOf(whole.entries, host), keysOf(entriesIn(changed), host)];
  must(isOneOf(after, learned), "a learned key is not there");
  const kept = before.filter(({ keyBlob }) => !sameKey(keyBlob, dropped));
  must(
    kept.every(({ keyBlob }) => isOneOf(after, keyBlob)),
    "rotation drops another key",
  );
  must(standIn(othersIn(whole, host), textsOf(changed)), "rotation changes another line");
}

function revokes({ text }: Read, host: Host, key: Uint8Array): void {
  const changed = revokeKey(text, knownHostsName(host), key);
  must(changed.startsWith(text) && isRevoked(entriesIn(changed), host, key), "a revoked key is not revoked");
}

function removes({ text }: Read, line: string): void {
  const left = removeLine(text, line);
  const [before, after] = [textsOf(text), textsOf(left)];
  must(after.every((each) => before.includes(each)) && after.length <= before.length, "removing changes a line");
}

/** A file of somebody's takes nothing away, and no known host gets a second key of one type without a word. */
function imports({ text, entries: before }: Read, incoming: string): void {
  const plan = planImport(text, incoming);
  const { added, conflicts, revocations, authorities, revoked, known } = plan;
  const sum = [added, conflicts, revocations, authorities, revoked, known].reduce((all, part) => all + part.length, 0);
  must(sum === entriesIn(incoming).length, "an entry is not accounted for");
  const grown = applyImport(text, plan, ADD_ONLY);
  must(grown.startsWith(text), "an import changes what is there");
  const after = entriesIn(grown);
  for (const host of plan.uncompared > 0 ? [] : HOSTS) {
    const own = keysOf(before, host);
    const gained = keysOf(after, host).filter(({ keyBlob }) => !isOneOf(own, keyBlob));
    const types = new Set(own.map(({ keyType }) => keyType));
    must(!gained.some(({ keyType }) => types.has(keyType)), "an import contradicts what is known");
  }
  must(applyImport(grown, planImport(grown, incoming), ADD_ONLY) === grown, "it is imported twice");
  if (conflicts.length > 0) applyImport(text, plan, { replace: "all", authorities: false });
}

export const knownHosts: Target = {
  name: "knownhosts",
  share: 10,
  begin(choices) {
    const around = Array.from(
      { length: 1 + choices.below(4) },
      () => `${goodLine(choices)}${choices.pick(["\n", "\r\n"])}`,
    );
    const [base, host, key] = [read(around.join("")), choices.pick(HOSTS), choices.pick(KEYS)];
    const other = choices.pick(KEYS.filter((each) => each !== key));
    const before = verdicts(base);
    return {
      next: (dice) => encodeUtf8(nextLine(dice)),
      feed(payload) {
        const line = decodeUtf8(payload);
        const whole = read(`${base.text}${line}`);
        must(whole.lines.map((each) => each.text).join("") === whole.text, "lines joined are not the text");
        const after = verdicts(whole);
        must(
          before.every((verdict, i) => verdict !== "revoked" || after[i] === "revoked"),
          "a line takes a revocation back",
        );
        adds(whole, host, key);
        forgets(whole, host);
        replaces(whole, host, key);
        rotates(whole, host, key, other);
        revokes(whole, host, key);
        removes(whole, line);
        imports(base, line);
        return true;
      },
    };
  },
};
