// The operator's known hosts: a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") that the page loads with its settings.
// Who trusts what is decided in the page. Here a file is turned away that would not mean what its author thinks: a line
// that no program understands is passed over in silence, and it may be the one that revokes a key.

import { ConfigError } from "./config-error.ts";
import { clean } from "./log.ts";

/** What the page takes at most (client/knownhosts/file.ts). */
const TEXT_LIMIT = 10 * 1024 * 1024;
const LINE_LIMIT = 64 * 1024;

/** An optional marker, names, key type, key, and a comment. Only space and tab part them. */
const LINE =
  /^[ \t]*(?:(?:@revoked|@cert-authority)[ \t]+)?([^ \t@#][^ \t]*)[ \t]+([^ \t]+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t].*)?$/s;
/** Printable ASCII but comma and bar: a name beyond ASCII stands there as its A-label. */
const PATTERNS = /^[!-+\--{}~]{1,1022}(?:,[!-+\--{}~]{1,1022})*$/;
/** Salt and HMAC-SHA1, of 20 bytes each. */
const HASHED = /^\|1(?:\|[A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=){2}$/;

/** The text as it was given. `source` names the setting. @throws ConfigError for what the page would not understand whole. */
export function checkKnownHosts(text: string, path: string, source: string): string {
  const refuse = (why: string): never => {
    throw new ConfigError(`${source}: the file ${clean(path, 200)} ${why}.`);
  };
  if (Buffer.byteLength(text) > TEXT_LIMIT) refuse("is larger than 10 MiB");
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const isBlank = (line: string): boolean => /^[ \t]*(#|$)/.test(line);
  const wrong = lines.findIndex((line) => !isBlank(line) && !isEntry(line));
  if (wrong >= 0) refuse(`is no list of known hosts: line ${wrong + 1} cannot be understood`);
  if (lines.every(isBlank)) refuse("names no host");
  return text;
}

function isEntry(line: string): boolean {
  if (line.length > LINE_LIMIT) return false;
  const [, names = "", type = "", base64 = ""] = LINE.exec(line) ?? [];
  if (!PATTERNS.test(names) && !HASHED.test(names)) return false;
  const key = Buffer.from(base64, "base64");
  // Buffer is lenient; one key must not have two spellings.
  return key.toString("base64") === base64 && isKeyOfType(key, type);
}

/** A plain key is a row of strings, the first of them its type (RFC 4253 6.6): one cut short is noticed whatever its kind. */
function isKeyOfType(key: Buffer, type: string): boolean {
  if (/-cert-v\d+@/.test(type)) return false;
  const strings: string[] = [];
  for (let at = 0; at < key.length; ) {
    const end = at + 4 + (at + 4 <= key.length ? key.readUInt32BE(at) : Number.POSITIVE_INFINITY);
    if (end > key.length) return false;
    strings.push(key.toString("latin1", at + 4, end));
    at = end;
  }
  return strings.length > 1 && strings[0] === type;
}
