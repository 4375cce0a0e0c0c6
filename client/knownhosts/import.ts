// Known hosts from a file of somebody's: what it would add, and what it would contradict. Pure. An import never takes a line
// away, nor a host's key, unless the person chose so for that very line.

import { fromBase64, toBase64 } from "../bytes/base64.ts";
import { SshError } from "../bytes/errors.ts";
import { Reader } from "../bytes/wire.ts";
import { appendLines, withoutHost } from "./edit.ts";
import { bareLine, type Entry, entriesOf, LINE_LIMIT, type Line, parseKnownHosts, TEXT_LIMIT } from "./file.ts";
import { type Clash, KnownNames } from "./import-names.ts";

export interface ImportLine {
  /** Counted from 1, as editors do. */
  readonly number: number;
  /** Without its ending. */
  readonly text: string;
  readonly entry: Entry;
}

/** Hosts of this line are known by another key of the same type. */
export interface Conflict extends ImportLine {
  readonly clashes: readonly Clash[];
}

export interface Unreadable {
  readonly number: number;
  readonly text: string;
  readonly reason: string;
}

export interface ImportPlan {
  readonly existing: readonly Line[];
  readonly incoming: string;
  /** In the order of the file, each also counted below. */
  readonly added: readonly ImportLine[];
  readonly conflicts: readonly Conflict[];
  readonly revocations: readonly ImportLine[];
  readonly authorities: readonly ImportLine[];
  /** Left out: their key is revoked, here or in the file itself. */
  readonly revoked: readonly ImportLine[];
  readonly unreadable: readonly Unreadable[];
  /** There already. */
  readonly known: readonly ImportLine[];
  /** How many of the added are about many hosts. */
  readonly wide: number;
  /** How many of the added could not be compared with every host that is known, because one of the two hides its name. */
  readonly uncompared: number;
}

export interface ImportChoices {
  /** The numbers of the conflicting lines that replace what is known. */
  readonly replace: "all" | ReadonlySet<number>;
  readonly authorities: boolean;
}

/** What an import does unless the person says otherwise. */
export const ADD_ONLY: ImportChoices = { replace: new Set(), authorities: true };

/** Both are known_hosts texts. Throws SshError `trust-store` for one above 10 MiB. */
export function planImport(existing: string, incoming: string): ImportPlan {
  const own = parseKnownHosts(existing);
  const entries = entriesOf(own);
  const names = new KnownNames(entries);
  const there = new Set(entries.map(identity));
  const lines = parseKnownHosts(incoming);
  const revokedKeys = new Set(
    [...entries, ...entriesOf(lines)].filter(isRevocation).map(({ keyBlob }) => toBase64(keyBlob)),
  );
  const added: ImportLine[] = [];
  const conflicts: Conflict[] = [];
  const revocations: ImportLine[] = [];
  const authorities: ImportLine[] = [];
  const revoked: ImportLine[] = [];
  const unreadable: Unreadable[] = [];
  const known: ImportLine[] = [];
  let [wide, uncompared] = [0, 0];
  lines.forEach((parsed, at) => {
    const number = at + 1;
    const text = bareLine(parsed.text);
    if (parsed.kind === "other") {
      const reason = whyUnreadable(text);
      if (reason !== undefined) unreadable.push({ number, text, reason });
      return;
    }
    const { entry } = parsed;
    const line = { number, text, entry };
    const same = identity(entry);
    if (there.has(same)) known.push(line);
    else if (entry.marker === "revoked") revocations.push(line);
    else if (revokedKeys.has(toBase64(entry.keyBlob))) revoked.push(line);
    else if (entry.marker === "cert-authority") authorities.push(line);
    else {
      const found = names.compare(entry);
      if (found.clashes.length > 0) conflicts.push({ ...line, clashes: found.clashes });
      else if (found.covered) known.push(line);
      else {
        added.push(line);
        if (found.wide) wide++;
        if (!found.complete) uncompared++;
      }
    }
    there.add(same);
  });
  return {
    existing: own,
    incoming,
    added,
    conflicts,
    revocations,
    authorities,
    revoked,
    unreadable,
    known,
    wide,
    uncompared,
  };
}

/**
 * The text with what was planned. `text` may be another one by now, from another tab: then the plan is made anew, and what
 * conflicts only since then is left out. Throws SshError `trust-store` for more than 10 MiB.
 */
export function applyImport(text: string, plan: ImportPlan, { replace, authorities }: ImportChoices): string {
  const unchanged = text === plan.existing.map((line) => line.text).join("");
  const current = unchanged ? plan : planImport(text, plan.incoming);
  const meant = new Set(plan.conflicts.map(({ number }) => number));
  const replacing = current.conflicts.filter(
    ({ number }) => meant.has(number) && (replace === "all" || replace.has(number)),
  );
  const lines = [
    ...current.added,
    ...replacing,
    ...current.revocations,
    ...(authorities ? current.authorities : []),
  ].sort((a, b) => a.number - b.number);
  if (lines.length === 0) return text;
  const kept = replacing.length === 0 ? text : withoutReplaced(current.existing, replacing);
  const grown = appendLines(
    kept,
    lines.map(({ text }) => text),
  );
  if (grown.length > TEXT_LIMIT) {
    throw new SshError("trust-store", "With these the list of known hosts would be larger than 10 MiB. Import fewer.");
  }
  return grown;
}

/** Keys of other types stay, and so do the other names of a line. */
function withoutReplaced(lines: readonly Line[], replacing: readonly Conflict[]): string {
  const gone = new Map<Entry, Set<string>>();
  for (const { clashes } of replacing) {
    for (const { name, known } of clashes) gone.set(known, (gone.get(known) ?? new Set()).add(name));
  }
  const strip = (line: Line): string => {
    const names = line.kind === "entry" ? gone.get(line.entry) : undefined;
    let left = line.text;
    for (const name of names ?? [])
      left = parseKnownHosts(left)
        .map((each) => withoutHost(each, name))
        .join("");
    return left;
  };
  return lines.map(strip).join("");
}

const isRevocation = ({ marker }: Entry): boolean => marker === "revoked";

/** Two lines with the same one say the same. */
const identity = ({ marker, hosts, keyBlob }: Entry): string => `${marker ?? ""} ${hosts} ${toBase64(keyBlob)}`;

/** Undefined for a comment and for a blank line, of which nothing is expected. */
function whyUnreadable(text: string): string | undefined {
  if (/^[ \t\r]*(#|$)/.test(text)) return undefined;
  if (text.length > LINE_LIMIT) return "it is longer than any key";
  const fields = text.trim().split(/[ \t]+/, 4);
  const marker = fields[0]?.startsWith("@") ? fields.shift() : undefined;
  if (marker !== undefined && !/^@(revoked|cert-authority)$/.test(marker)) return "its marker is unknown";
  const [, declared, key64] = fields;
  if (declared === undefined || key64 === undefined) return "it is not a name, a key type and a key";
  if (/-cert-v\d+@/.test(declared)) return "it holds a certificate in the place of a key";
  const inside = typeInside(key64);
  if (inside === undefined) return "its key cannot be read";
  return inside === declared ? "its names or its key cannot be read" : "its key is of another type than it says";
}

function typeInside(key64: string): string | undefined {
  const blob = fromBase64(key64);
  if (blob === undefined) return undefined;
  try {
    return new Reader(blob).text();
  } catch {
    return undefined;
  }
}
