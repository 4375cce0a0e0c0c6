// OpenSSH known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") as text, and as lines that remember their text. The text is
// the source of truth: a line that nobody edits keeps every byte, also a comment, a broken line, CRLF or a byte order mark.

import { fromBase64, toBase64 } from "../bytes/base64.ts";
import { readUint32 } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { decodeUtf8 } from "../bytes/text.ts";
import { Reader } from "../bytes/wire.ts";
import { isCertificateName, typeOf } from "../keys/algorithms.ts";
import { type CertifiedKey, readCertifiedKey } from "../keys/certified-key.ts";
import { type HostNames, parseHostNames } from "./names.ts";
import { TEXT_LIMIT } from "./text-limit.ts";

export { TEXT_LIMIT };

/** A longer line is kept, and never an entry. RSA keys of 16384 bits need 3 KiB. */
export const LINE_LIMIT = 64 * 1024;

const MARKERS: Readonly<Record<string, Marker | undefined>> = {
  "@revoked": "revoked",
  "@cert-authority": "cert-authority",
};

export type Marker = "revoked" | "cert-authority";

export interface Entry {
  readonly marker: Marker | undefined;
  /** The first field as it stands in the text. */
  readonly hosts: string;
  readonly names: HostNames;
  /** The declared type, which is also the one inside the blob; of a revoked certificate, that of its key. */
  readonly keyType: string;
  readonly keyBlob: Uint8Array;
  readonly comment: string;
}

/** `text` holds the line's own ending, if it has one: the texts joined are the file. */
export type Line =
  | { readonly kind: "entry"; readonly text: string; readonly entry: Entry }
  /** A comment, a blank line, or one that cannot be understood: it matches nothing. */
  | { readonly kind: "other"; readonly text: string };

/** Throws SshError `trust-store` for a text above `TEXT_LIMIT`. */
export function parseKnownHosts(text: string): Line[] {
  refuseTooLong(text);
  return linesOf(text).map((line): Line => {
    const entry = parseEntry(line);
    return entry === undefined ? { kind: "other", text: line } : { kind: "entry", text: line, entry };
  });
}

/** Each with its own ending. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Throws SshError `trust-store` for a text above `TEXT_LIMIT`. */
export function refuseTooLong(text: string): void {
  if (text.length > TEXT_LIMIT) {
    throw new SshError(
      "trust-store",
      "The list of known hosts is larger than 10 MiB, so nobody can be checked against it. Remove what you do not need.",
    );
  }
}

export function entriesOf(lines: readonly Line[]): Entry[] {
  return lines.flatMap((line) => (line.kind === "entry" ? [line.entry] : []));
}

/** `name keytype base64`, without a line ending. The name is one that `knownHostsName` made. */
export function formatEntry(name: string, keyBlob: Uint8Array): string {
  return `${name} ${typeInside(keyBlob)} ${toBase64(keyBlob)}`;
}

/** Without its ending, which the last line may have in part, and without the mark that some editors begin a file with. */
export function bareLine(text: string): string {
  return text.replace(/^\ufeff/, "").replace(/\r?\n?$/, "");
}

/**
 * Undefined for a line that matches nothing. Only space and tab part the fields: other white space would let two readers see two
 * different lines.
 */
export function parseEntry(text: string): Entry | undefined {
  if (text.length > LINE_LIMIT) return undefined;
  const line = bareLine(text);
  const [, mark, hosts = "", keyType = "", key64 = "", comment = ""] =
    /^[ \t]*(?:(@[^ \t]*)[ \t]+)?([^ \t@][^ \t]*)[ \t]+([^ \t]+)[ \t]+([^ \t]+)(?:[ \t]+(.*))?$/s.exec(line) ?? [];
  const marker = mark === undefined ? undefined : MARKERS[mark];
  if (hosts === "" || (mark !== undefined && marker === undefined)) return undefined;
  // A comment only where no marker is in front of it, as OpenSSH reads it: no revocation is overlooked.
  if (mark === undefined && hosts.startsWith("#")) return undefined;
  const names = parseHostNames(hosts);
  const blob = fromBase64(key64);
  if (names === undefined || blob === undefined) return undefined;
  if (marker === "revoked" && isCertificateName(keyType)) {
    const key = certifiedKey(blob, keyType);
    return key && { marker, hosts, names, keyType: key.type, keyBlob: key.blob, comment };
  }
  return isKeyOfType(blob, keyType) ? { marker, hosts, names, keyType, keyBlob: blob, comment } : undefined;
}

/** Revoking a certificate revokes the key in it: OpenSSH compares nothing else (hostfile.c, `check_key_revoked`). */
function certifiedKey(blob: Uint8Array, keyType: string): CertifiedKey | undefined {
  if (typeOf(blob) !== keyType) return undefined;
  try {
    return readCertifiedKey(new Reader(blob));
  } catch {
    return undefined; // cut short
  }
}

/**
 * Every plain public key is its type and then one or more strings (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4), so a key cut short is
 * noticed without knowing its algorithm. A certificate in the place of a key is not one to trust. By hand, because a long list has a
 * hundred thousand of them, and a reader with its parts would be most of the cost of a line.
 */
function isKeyOfType(keyBlob: Uint8Array, keyType: string): boolean {
  if (/-cert-v\d+@/.test(keyType)) return false;
  let strings = 0;
  let at = 0;
  while (at + 4 <= keyBlob.length) {
    const length = readUint32(keyBlob, at);
    if (strings === 0 && !isTextAt(keyBlob, at + 4, length, keyType)) return false;
    at += 4 + length;
    strings++;
  }
  return at === keyBlob.length && strings > 1;
}

/** Every key type is ASCII (RFC 4251 6). */
function isTextAt(bytes: Uint8Array, at: number, length: number, text: string): boolean {
  if (length !== text.length) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** The key type named in a key blob's first string. Throws SshError `protocol` for what has none. */
export function typeInside(keyBlob: Uint8Array): string {
  return decodeUtf8(new Reader(keyBlob).string());
}
