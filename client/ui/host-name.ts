// A host name as a person or a link writes it, in the spelling that the engine, the relay and the known hosts share.

import { normaliseHost } from "../../shared/target.ts";
import { hasOddCharacters } from "./user-name.ts";

/** The host in the spelling that trust is bound to. A name beyond ASCII becomes its A-label, by the browser's own rules. */
export function asciiHost(text: string): string | undefined {
  const host = text.trim();
  if (/^[\x00-\x7f]*$/.test(host)) return oneSpelling(normaliseHost(host));
  // What URL would read as syntax, and what UTS 46 would silently drop, is refused rather than guessed at.
  if (/[/?#@:\\%[\]]/.test(host) || hasOddCharacters(host)) return undefined;
  const address = `http://${host}`;
  return URL.canParse(address) ? oneSpelling(normaliseHost(new URL(address).hostname)) : undefined;
}

/** The last label that makes a name an IPv4 address (URL standard, "ends in a number checker"); resolvers agree. */
const NUMBER = /(^|\.)(\d+|0x[0-9a-f]*)$/;

/**
 * An address has many spellings (2001:db8:0::1, 127.1, 0x7f000001), and each would be a host of its own with its own key:
 * a link could lead to a known host under one that nobody has trusted yet. The browser writes each address in one way.
 */
function oneSpelling(host: string | undefined): string | undefined {
  if (host === undefined || !(host.includes(":") || NUMBER.test(host))) return host;
  const address = `http://${host.includes(":") ? `[${host}]` : host}/`;
  return URL.canParse(address) ? new URL(address).hostname.replace(/^\[|\]$/g, "") : undefined;
}
