// A grant: a short-lived token (JWT, RFC 7519) that a platform's backend signs, and that lets its holder reach one target once.
// The relay checks signature, target, expiry and single use. User name and origin are checked by the widget: the relay sees
// neither. Whoever steals a grant can therefore use it from outside a browser, until it expires or is used.

import * as v from "valibot";

/** The header's `typ` (RFC 8725 3.11): no other token signed with the same key is taken for a grant. */
export const GRANT_TYPE = "periwinkle-grant+jwt";
/** Seconds from now that `exp` may lie ahead, beside what clocks differ. */
export const GRANT_LIFETIME = 300;

export const GrantClaims = v.object({
  host: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
  user: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  /** Of the page that may embed the widget with it, e.g. "https://learn.example". */
  origin: v.pipe(v.string(), v.maxLength(255)),
  /** Seconds since 1970. */
  exp: v.pipe(v.number(), v.minValue(0)),
  /** Different in every grant: each is good for one connection. */
  jti: v.pipe(v.string(), v.minLength(8), v.maxLength(128)),
  /** `SHA256:` fingerprints that the host's key may have; any other is refused. */
  pins: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(16)), []),
});
export type GrantClaims = v.InferOutput<typeof GrantClaims>;
