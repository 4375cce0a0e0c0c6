// Known hosts as a file for other programs: as they stand, or with every name hidden behind a hash, as `ssh-keygen -H` does.

import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { toBase64 } from "../bytes/base64.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { type Entry, type Line, parseKnownHosts } from "./file.ts";

const SALT_LENGTH = 20;

/** Every line that there is, in LF and without a byte order mark: OpenSSH would take the mark for a part of the first name. */
export function exportPlain(text: string): string {
  const lines = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  return lines === "" || lines.endsWith("\n") ? lines : `${lines}\n`;
}

/**
 * One line for each name, each under a salt of its own. What cannot be hashed stays as it is: patterns, lines with a marker, and
 * names that are hashed already. Comments, and lines that nobody can read, are left out: they may hold the names in the clear.
 * `random` gives that many bytes.
 */
export function exportHashed(text: string, random: (length: number) => Uint8Array): string {
  return parseKnownHosts(text)
    .flatMap((line) => hashedLines(line, random))
    .map((line) => `${line}\n`)
    .join("");
}

function hashedLines(line: Line, random: (length: number) => Uint8Array): readonly string[] {
  if (line.kind === "other") return [];
  const { entry } = line;
  if (!isHashable(entry)) {
    const mark = entry.marker === undefined ? "" : `@${entry.marker} `;
    return [`${mark}${entry.hosts} ${keyOf(entry)}`];
  }
  const names = entry.names.kind === "patterns" ? entry.names.patterns.map(({ glob }) => glob) : [];
  return names.filter((name) => name !== "").map((name) => `${hashed(name, random(SALT_LENGTH))} ${keyOf(entry)}`);
}

const keyOf = ({ keyType, keyBlob }: Entry): string => `${keyType} ${toBase64(keyBlob)}`;

/** A pattern speaks of names that nobody has written down, and an exception is only a part of one. */
function isHashable({ marker, hosts, names }: Entry): boolean {
  return marker === undefined && names.kind === "patterns" && !/[*?!]/.test(hosts);
}

function hashed(name: string, salt: Uint8Array): string {
  return `|1|${toBase64(salt)}|${toBase64(hmac(sha1, salt, encodeUtf8(name)))}`;
}
