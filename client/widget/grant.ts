// A grant as the widget sees it. Only the relay can tell whether it is genuine; user name and origin are judged here, since
// the relay sees neither. Pure.

import * as v from "valibot";
import { GrantClaims } from "../../shared/grant.ts";
import { fromBase64 } from "../bytes/base64.ts";
import { decodeUtf8 } from "../bytes/text.ts";
import { asciiHost } from "../ui/host-name.ts";
import { isUserName } from "../ui/user-name.ts";
import { fingerprintIn, type Suggestion } from "./parent-messages.ts";

export interface Granted {
  readonly grant: string;
  readonly user: string;
  /** What the key may be by the grant and by the page: each can only refuse. */
  readonly pins: readonly string[];
  /** In ms since 1970, by the clock of whoever signed it. */
  readonly expires: number;
}

/** What it grants to the page at `origin`, which suggests this; or a sentence on what does not fit. */
export function readGrant(
  grant: string,
  { target, user, pins: suggested }: Omit<Suggestion, "grant">,
  origin: string,
): Granted | string {
  const claims = claimsIn(grant);
  if (claims === undefined) return "The grant cannot be read. It is a JWT with host, port, user, origin, exp and jti.";
  if (claims.origin !== origin) return "The grant is for a page of another origin.";
  if (asciiHost(claims.host) !== target.host || claims.port !== target.port) return "The grant is for another target.";
  if (!isUserName(claims.user)) return "The grant's user name has characters that do not belong there.";
  if (user !== undefined && claims.user !== user) return "The grant is for another user name.";
  const granted = claims.pins.map(fingerprintIn);
  if (!granted.every((pin) => pin !== undefined)) return "The grant has a pin that is no SHA256 fingerprint.";
  const pins = agreed(granted, suggested);
  if (pins === undefined) return "The pins of the grant and those of the page have none in common.";
  return { grant, user: claims.user, pins, expires: claims.exp * 1000 };
}

/** Without pins a side agrees to every key. */
function agreed(a: readonly string[], b: readonly string[]): readonly string[] | undefined {
  if (a.length === 0 || b.length === 0) return [...a, ...b];
  const both = a.filter((pin) => b.includes(pin));
  return both.length === 0 ? undefined : both;
}

function claimsIn(grant: string): GrantClaims | undefined {
  const payload = grant.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/");
  const bytes = payload === undefined ? undefined : fromBase64(payload);
  if (bytes === undefined) return undefined;
  try {
    const checked = v.safeParse(GrantClaims, JSON.parse(decodeUtf8(bytes)));
    return checked.success ? checked.output : undefined;
  } catch {
    return undefined;
  }
}
