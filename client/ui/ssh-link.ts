// An `ssh://` address as links have it: host, port, user name, and fingerprints that the host's key must have. Two
// spellings: `user;fingerprint=A,fingerprint=B@host` (draft-ietf-secsh-scp-sftp-ssh-uri-04), and `;` between the
// parameters, too (Secure Shell for Chrome). Pure: nothing here resolves or remembers anything.

import { parsePort, SSH_PORT, type Target } from "../../shared/target.ts";
import { asciiHost } from "./host-name.ts";
import { isUserName } from "./user-name.ts";

export interface SshLink {
  readonly target: Target;
  readonly user: string | undefined;
  /** `SHA256:` and 43 characters each; the host's key must have one of them, if there is any. */
  readonly fingerprints: readonly string[];
}

export type ParsedLink =
  | ({ readonly kind: "given" } & SshLink)
  | { readonly kind: "refused"; readonly sentence: string };

/** Longer than any real address with a name of 255 and a user of 128 characters, percent-encoded. */
export const LINK_LIMIT = 2048;

const REFUSED = {
  password: "The link held a password. It was thrown away: a password never belongs in an address.",
  host: "The link held no usable host name. Type the host yourself.",
  port: "The link held a port that is not a number from 1 to 65535. Type the host yourself.",
  user: "The link held a user name with characters that do not belong there. Type it yourself.",
  odd: "The link could not be understood. Type the host yourself.",
  md5: "The link held an MD5 fingerprint, which can be forged. Ask for one that begins with SHA256, or type the host yourself.",
  fingerprint:
    "The link held a fingerprint that is none. One is SHA256- and 43 letters, digits, - and _. Ask for a new link, or type the host yourself.",
  parameter:
    "The link asks for more than a host, a user name and a fingerprint. No link may choose a relay, bring a secret or run a command here. Type the host yourself.",
} as const;
type Reason = keyof typeof REFUSED;

/** Each part is cut out first and percent-decoded once, so that an encoded `@` stays in its part. */
export function parseLink(link: string): ParsedLink {
  if (link.length > LINK_LIMIT) return refused("odd");
  const match = /^ssh:\/\/(?:([^@/]*)@)?(\[[^\]@/]*\]|[^@:/[\]]*)(?::([^@/:]*))?\/?$/i.exec(link);
  if (!match) return refused(/^ssh:\/\/[^@/]*:[^@]*@/i.test(link) ? "password" : "odd");
  const [, rawInfo, rawHost = "", rawPort] = match;
  const info = rawInfo === undefined ? { user: undefined, fingerprints: [] } : parseInfo(rawInfo);
  if (typeof info === "string") return refused(info);
  const decoded = decodeOnce(rawHost);
  const host = decoded === undefined ? undefined : asciiHost(decoded);
  // asciiHost trims; a link with white space in it was made by no honest hand.
  if (decoded === undefined || host === undefined || /\s/.test(decoded)) return refused("host");
  const port = rawPort === undefined || rawPort === "" ? SSH_PORT : parsePort(rawPort);
  if (port === undefined) return refused("port");
  return { kind: "given", target: { host, port }, ...info };
}

/**
 * What stands before the `@`. It is decoded before it is taken apart: a browser that hands a link over has encoded its `;` and
 * `=` (URL standard, userinfo percent-encode set), and a fingerprint must not end up in the user name.
 */
function parseInfo(raw: string): Omit<SshLink, "target"> | Reason {
  const [rawUser = ""] = raw.split(/;|%3b/i, 1);
  if (rawUser.includes(":")) return "password";
  const info = decodeOnce(raw);
  const [user = "", ...rest] = info?.split(";") ?? [];
  const parameters = rest.flatMap((part) => part.split(","));
  if (parameters.length === 0 ? !isUserName(user) : user !== "" && !isUserName(user)) return "user";
  const fingerprints = new Set<string>();
  for (const parameter of parameters) {
    // An unknown parameter is not passed over: a misspelt pin would be no pin.
    const value = /^fingerprint=(.*)$/s.exec(parameter)?.[1];
    if (value === undefined) return "parameter";
    const fingerprint = parseFingerprint(value);
    if (fingerprint === undefined) return isMd5(value) ? "md5" : "fingerprint";
    fingerprints.add(fingerprint);
  }
  return { user: user === "" ? undefined : user, fingerprints: [...fingerprints] };
}

/**
 * `SHA256-` or `SHA256:` and 32 bytes as base64 or base64url, the name of a key type in front of it or not (the draft has one).
 * Canonical where 43 characters could say more than 32 bytes: another spelling of the last one would match no key.
 */
function parseFingerprint(value: string): string | undefined {
  const digits = /^(?:[A-Za-z0-9-]+-)?[Ss][Hh][Aa]256[-:]([A-Za-z0-9+/_-]{42}[AEIMQUYcgkosw048])=?$/.exec(value)?.[1];
  return digits === undefined ? undefined : `SHA256:${digits.replaceAll("-", "+").replaceAll("_", "/")}`;
}

/** Sixteen bytes in hex: the draft's `ssh-rsa-c1-b1-...`, and `MD5:c1:b1:...` as ssh-keygen prints it. */
function isMd5(value: string): boolean {
  return /^md5[-:]|(?:^|[-:])[0-9a-f]{2}(?:[-:]?[0-9a-f]{2}){15}$/i.test(value);
}

function refused(why: Reason): ParsedLink {
  return { kind: "refused", sentence: REFUSED[why] };
}

function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
