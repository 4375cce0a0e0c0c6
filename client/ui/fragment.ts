// The fragment of the page's address: `#token=<base64url>` and `#ssh://user@host:port`, joined by `&`. It fills the form
// and never submits it; whoever wrote a link does not get to choose where a person connects. Pure: no location, no storage.

import { parsePort, SSH_PORT, type Target } from "../../shared/target.ts";
import { asciiHost } from "./host-name.ts";
import { isUserName } from "./user-name.ts";

export type LinkedDestination =
  | { readonly kind: "none" }
  | { readonly kind: "given"; readonly target: Target; readonly user: string | undefined }
  | { readonly kind: "refused"; readonly sentence: string };

export interface Fragment {
  readonly token: string | undefined;
  readonly destination: LinkedDestination;
  /** What may stay in the address: never the token, and never a part that was refused (it may hold a password). */
  readonly remains: string;
}

/** The relay has tokens of 22 characters (128 bits) at least, and takes 1024 at most (shared/relay-protocol.ts). */
const TOKEN = /^[A-Za-z0-9_-]{22,1024}$/;
/** Longer than any real address with a name of 255 and a user of 128 characters, percent-encoded. */
const LINK_LIMIT = 2048;

const REFUSED = {
  password: "The link held a password. It was thrown away: a password never belongs in an address.",
  host: "The link held no usable host name. Type the host yourself.",
  port: "The link held a port that is not a number from 1 to 65535. Type the host yourself.",
  user: "The link held a user name with characters that do not belong there. Type it yourself.",
  odd: "The link could not be understood. Type the host yourself.",
} as const;

/** `hash` is location.hash, with or without its `#`. */
export function parseFragment(hash: string): Fragment {
  const parts = hash.replace(/^#/, "").split("&");
  const token = parts.find((part) => part.startsWith("token="))?.slice("token=".length);
  const link = parts.find((part) => /^ssh:\/\//i.test(part));
  const destination: LinkedDestination = link === undefined ? { kind: "none" } : parseLink(link);
  return {
    token: token !== undefined && TOKEN.test(token) ? token : undefined,
    destination,
    remains: link !== undefined && destination.kind === "given" ? `#${link}` : "",
  };
}

/** An `ssh://` address. Each part is cut out first and percent-decoded once, so that an encoded `@` stays in its part. */
export function parseLink(link: string): LinkedDestination {
  if (link.length > LINK_LIMIT) return refused("odd");
  const match = /^ssh:\/\/(?:([^@/]*)@)?(\[[^\]@/]*\]|[^@:/[\]]*)(?::([^@/:]*))?\/?$/i.exec(link);
  if (!match) return refused(/^ssh:\/\/[^@/]*:[^@]*@/i.test(link) ? "password" : "odd");
  const [, rawUser, rawHost = "", rawPort] = match;
  if (rawUser?.includes(":")) return refused("password");
  const user = rawUser === undefined ? undefined : decodeOnce(rawUser);
  if (rawUser !== undefined && (user === undefined || rawUser.includes(";") || !isUserName(user)))
    return refused("user");
  const decoded = decodeOnce(rawHost);
  const host = decoded === undefined ? undefined : asciiHost(decoded);
  // asciiHost trims; a link with white space in it was made by no honest hand.
  if (decoded === undefined || host === undefined || /\s/.test(decoded)) return refused("host");
  const port = rawPort === undefined || rawPort === "" ? SSH_PORT : parsePort(rawPort);
  if (port === undefined) return refused("port");
  return { kind: "given", target: { host, port }, user };
}

function refused(why: keyof typeof REFUSED): LinkedDestination {
  return { kind: "refused", sentence: REFUSED[why] };
}

function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
