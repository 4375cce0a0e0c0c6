// The fragment of the page's address: `#token=<base64url>` and `#ssh://user@host:port`, joined by `&`. It fills the form
// and never submits it; whoever wrote a link does not get to choose where a person connects. Pure: no location, no storage.

import { LINK_LIMIT, type ParsedLink, parseLink } from "./ssh-link.ts";

export interface Fragment {
  readonly token: string | undefined;
  readonly destination: ParsedLink | { readonly kind: "none" };
  /** What may stay in the address: never the token, and never a part that was refused (it may hold a password). */
  readonly remains: string;
}

/** The relay has tokens of 22 characters (128 bits) at least, and takes 1024 at most (shared/relay-protocol.ts). */
const TOKEN = /^[A-Za-z0-9_-]{22,1024}$/;

/** `hash` is location.hash, with or without its `#`. */
export function parseFragment(hash: string): Fragment {
  const parts = hash.replace(/^#/, "").split("&");
  const token = parts.find((part) => part.startsWith("token="))?.slice("token=".length);
  const link = parts.find((part) => /^ssh(:\/\/|%3a)/i.test(part));
  const destination = link === undefined ? ({ kind: "none" } as const) : parseLink(handedOver(link));
  return {
    token: token !== undefined && TOKEN.test(token) ? token : undefined,
    destination,
    remains: link !== undefined && destination.kind === "given" ? `#${link}` : "",
  };
}

/** A browser that opens `ssh:` links here puts them into the address as one encoded word (HTML standard, custom scheme handlers). */
function handedOver(link: string): string {
  if (!/^ssh%3a/i.test(link) || link.length > 3 * LINK_LIMIT) return link;
  try {
    return decodeURIComponent(link);
  } catch {
    return link;
  }
}
