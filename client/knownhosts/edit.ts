// Edits of known_hosts text: add a line, forget a host, change its keys. Pure, and every line that is not meant keeps its bytes.

import { knownHostsName, type Target } from "../../shared/target.ts";
import { toBase64 } from "../bytes/base64.ts";
import { equal } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { typeOf } from "../keys/algorithms.ts";
import { bareLine, type Entry, formatEntry, type Line, linesOf, parseEntry, TEXT_LIMIT } from "./file.ts";
import { KnownHosts } from "./known-hosts.ts";
import { isExactly, isLiteral, matchesName, parseHostNames, parsePattern } from "./names.ts";

/** Appends `line` (without an ending) in the text's own line endings. The same line twice is one line. */
export function addLine(text: string, line: string): string {
  if (hasLine(text, line)) return text;
  const grown = appendLines(text, [line]);
  if (grown.length > TEXT_LIMIT) {
    throw new SshError("trust-store", "The list of known hosts is full (10 MiB). Remove what you do not need.");
  }
  return grown;
}

/** A last line that has no ending yet, or half of one, gets the rest of it first. */
export function appendLines(text: string, lines: readonly string[]): string {
  const ending = text[text.lastIndexOf("\n") - 1] === "\r" ? "\r\n" : "\n";
  const isOpen = text !== "" && !text.endsWith("\n");
  const rest = text.endsWith("\r") ? "\n" : ending;
  return `${text}${isOpen ? rest : ""}${lines.map((line) => line + ending).join("")}`;
}

/** Removes this very line, wherever it stands. */
export function removeLine(text: string, line: string): string {
  const bare = bareLine(line);
  return hasLine(text, bare)
    ? linesOf(text)
        .filter((each) => bareLine(each) !== bare)
        .join("")
    : text;
}

/**
 * From now on this key is refused, for the hosts that `patterns` (a first field, as `*.example.net`) speaks of. Throws SshError
 * `unsupported` if that is no list of names, or the key none.
 */
export function revokeKey(text: string, patterns: string, keyBlob: Uint8Array): string {
  const line = `@revoked ${patterns} ${typeOf(keyBlob) ?? ""} ${toBase64(keyBlob)}`;
  const entry = parseEntry(line);
  // What is written must be read back as what was meant: a name with a blank in it would make another line.
  if (entry?.marker !== "revoked" || entry.hosts !== patterns || patterns.startsWith("#") || /[\r\n]/.test(line)) {
    throw new SshError("unsupported", "This needs host names, like db1.example.net,*.example.org, and a public key.");
  }
  return addLine(text, line);
}

/**
 * The text without the keys of this host. Its names leave the lists they stand in, a line with no name left goes, and
 * where a wildcard speaks of it among others, an exception `!name` is added: the other hosts stay as known as they were.
 * Lines with a marker stay: a revocation or an authority is not a key of this host (`ssh-keygen -R` keeps them too).
 */
export function forgetHost(text: string, target: Target): string {
  const name = knownHostsName(target);
  return rewriteKeysOf(text, name, (line, entry) => withoutHost({ kind: "entry", text: line, entry }, name));
}

/** This key in the place of all that the host is known by. */
export function replaceHost(text: string, target: Target, keyBlob: Uint8Array): string {
  return addLine(forgetHost(text, target), formatEntry(knownHostsName(target), keyBlob));
}

/** The host's new keys are added, and `dropped` ones go where a line speaks of this host and of no other. */
export function rotateHost(
  text: string,
  target: Target,
  learned: readonly Uint8Array[],
  dropped: readonly Uint8Array[],
): string {
  const name = knownHostsName(target);
  const left = rewriteKeysOf(text, name, (line, { names, keyBlob }) =>
    isExactly(names, name) && dropped.some((blob) => equal(blob, keyBlob)) ? "" : line,
  );
  return learned.reduce((grown, blob) => addLine(grown, formatEntry(name, blob)), left);
}

/** The same text, with each line that holds a key of this host as `rewrite` wants it. */
function rewriteKeysOf(text: string, name: string, rewrite: (line: string, entry: Entry) => string): string {
  let [rewritten, copied] = ["", 0];
  for (const { start, end, entry } of new KnownHosts(text).placesOf(name)) {
    if (entry.marker !== undefined) continue;
    rewritten += text.slice(copied, start) + rewrite(text.slice(start, end), entry);
    copied = end;
  }
  return rewritten + text.slice(copied);
}

/** The line's text without that name; empty when nothing is left of it. A line that holds no key of this host stays as it is. */
export function withoutHost(line: Line, name: string): string {
  if (line.kind === "other" || line.entry.marker !== undefined || !matchesName(line.entry.names, name)) {
    return line.text;
  }
  const { hosts } = line.entry;
  const left = hostsWithout(line.entry, name);
  if (left === undefined) return "";
  // Nothing but blanks stands before the first field of an unmarked line, so its first occurrence is the field itself.
  const at = line.text.indexOf(hosts);
  return `${line.text.slice(0, at)}${left}${line.text.slice(at + hosts.length)}`;
}

/** The first field without that name; undefined when it then names nobody. */
function hostsWithout({ hosts, names }: Entry, name: string): string | undefined {
  if (names.kind === "hashed") return undefined;
  const left = hosts.split(",").filter((written) => {
    const pattern = parsePattern(written);
    return !(isLiteral(pattern) && pattern.glob === name);
  });
  if (left.every((written) => written === "" || parsePattern(written).negated)) return undefined;
  const field = left.join(",");
  const stillNames = parseHostNames(field);
  return stillNames !== undefined && matchesName(stillNames, name) ? `${field},!${name}` : field;
}

/** Line by line: a search for text that repeats itself, in text that does too, takes minutes. */
function hasLine(text: string, line: string): boolean {
  if (line === "") return false;
  for (let start = text.startsWith("\ufeff") ? 1 : 0; start < text.length; ) {
    const next = text.indexOf("\n", start) + 1 || text.length;
    if (text.startsWith(line, start) && bareLine(text.slice(start, next)) === line) return true;
    start = next;
  }
  return false;
}
