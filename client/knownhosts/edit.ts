// Edits of known_hosts text: add a line, forget a host. Pure, and every line that is not meant keeps its bytes.

import { knownHostsName, type Target } from "../../shared/target.ts";
import { SshError } from "../bytes/errors.ts";
import { type Entry, type Line, parseKnownHosts, TEXT_LIMIT } from "./file.ts";
import { isLiteral, matchesName, parseHostNames, parsePattern } from "./names.ts";

/** Appends `line` (without an ending) in the text's own line endings. The same line twice is one line. */
export function addLine(text: string, line: string): string {
  const isThere = text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .includes(line);
  if (isThere) return text;
  const ending = /\r\n[^\n]*$/.test(text) ? "\r\n" : "\n";
  const grown = `${text}${text === "" || text.endsWith("\n") ? "" : ending}${line}${ending}`;
  if (grown.length > TEXT_LIMIT) {
    throw new SshError("trust-store", "The list of known hosts is full (10 MiB). Remove what you do not need.");
  }
  return grown;
}

/**
 * The text without the keys of this host. Its names leave the lists they stand in, a line with no name left goes, and
 * where a wildcard speaks of it among others, an exception `!name` is added: the other hosts stay as known as they were.
 * Lines with a marker stay: a revocation or an authority is not a key of this host (`ssh-keygen -R` keeps them too).
 */
export function forgetHost(text: string, target: Target): string {
  const name = knownHostsName(target);
  return parseKnownHosts(text)
    .map((line) => withoutHost(line, name))
    .join("");
}

/** The line's text without that name; empty when nothing is left of it. */
function withoutHost(line: Line, name: string): string {
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
