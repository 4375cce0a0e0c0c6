// Finding known hosts: by a part of a name, by a whole name where it is hidden or stands behind a wildcard, by fingerprint, by kind.

import { knownHostsName, parsePort } from "../../../shared/target.ts";
import { matchesName } from "../../knownhosts/names.ts";
import { asciiHost } from "../host-name.ts";
import { fingerprintOf, type Row } from "./rows.ts";

/** "": all; a marker; or a key type as `Row.keyType` has it. */
export type Kind = "" | "revoked" | "authority" | (string & {});

export interface Query {
  readonly text: string;
  readonly kind: Kind;
}

/** A slice of work, in ms: the page stays at 60 frames a second. */
const SLICE = 8;
const LOOK_AT_CLOCK_EVERY = 64;

export function rowFilter({ text, kind }: Query): (row: Row) => boolean {
  const part = text.trim().toLowerCase();
  const isKind = kindFilter(kind);
  if (part === "") return isKind;
  const digits = fingerprintDigits(text);
  const whole = nameIn(text);
  return (row) => {
    if (!isKind(row)) return false;
    if (row.entry.names.kind === "patterns" && row.entry.hosts.toLowerCase().includes(part)) return true;
    if (digits !== undefined && fingerprintOf(row).startsWith(digits)) return true;
    if (whole === undefined) return false;
    return row.entry.names.kind === "hashed" || /[*?]/.test(row.entry.hosts)
      ? matchesName(row.entry.names, whole)
      : row.entry.hosts.toLowerCase().split(",").includes(whole);
  };
}

function kindFilter(kind: Kind): (row: Row) => boolean {
  if (kind === "") return () => true;
  if (kind === "revoked") return ({ entry }) => entry.marker === "revoked";
  if (kind === "authority") return ({ entry }) => entry.marker === "cert-authority";
  return ({ keyType }) => keyType === kind;
}

/** `SHA256:` and the digits typed so far; without the prefix, enough of them that it can be nothing else. */
function fingerprintDigits(text: string): string | undefined {
  const [, prefix, digits = ""] = /^(sha256:)?([A-Za-z0-9+/]*)=?$/i.exec(text.replace(/\s+/g, "")) ?? [];
  const looksLikeOne = prefix !== undefined || (digits.length >= 8 && /[A-Z]/.test(digits) && /[a-z]/.test(digits));
  return looksLikeOne && digits !== "" ? `SHA256:${digits}` : undefined;
}

/** A whole name as known_hosts writes it, from `host`, `host:port` or `[host]:port`. */
function nameIn(text: string): string | undefined {
  const typed = text.trim();
  const [, bracketed, bare, digits = "22"] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(typed) ?? [];
  const host = asciiHost(bracketed ?? bare ?? typed);
  const port = parsePort(digits);
  return host === undefined || port === undefined ? undefined : knownHostsName({ host, port });
}

/** What the filter lets through, in slices between which the page can breathe. Undefined when the signal aborts. */
export async function filterInSlices(
  rows: readonly Row[],
  keep: (row: Row) => boolean,
  signal: AbortSignal,
): Promise<readonly Row[] | undefined> {
  const found: Row[] = [];
  let until = performance.now() + SLICE;
  for (const [at, row] of rows.entries()) {
    if (keep(row)) found.push(row);
    if (at % LOOK_AT_CLOCK_EVERY !== 0 || performance.now() < until) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return undefined;
    until = performance.now() + SLICE;
  }
  return found;
}
