// Is this text a grant, and for this target? Signature first, then everything that it says. A grant is good for one
// connection: the ones that were used are remembered until they expire, by this process and as long as it runs.

import { errors, type JWTPayload, jwtVerify } from "jose";
import * as v from "valibot";
import type { CloseName } from "../shared/close-codes.ts";
import { GRANT_LIFETIME, GRANT_TYPE, GrantClaims } from "../shared/grant.ts";
import { normaliseHost, type Target } from "../shared/target.ts";
import type { GrantKey } from "./grant-keys.ts";

/** Seconds by which the platform's clock may be wrong. */
const CLOCK_DIFFERENCE = 30;
/** Two hundred each second for as long as one can live. */
const MOST_USED = 65_536;

/** What is wrong with a grant, for the log: the platform's developer asks the operator. */
export type GrantFault =
  /** No grant, or signed with no key of ours. */
  | "signature"
  /** Another `typ`, another audience, not valid yet. */
  | "purpose"
  | "claims"
  | "lifetime"
  | "expired"
  | "target"
  | "used"
  | "too-many";

export type GrantVerdict =
  | { readonly kind: "good"; readonly claims: GrantClaims }
  | { readonly kind: "bad"; readonly fault: GrantFault };

/** A stranger's grant and a platform's mistake are told like a wrong token; only what a person can mend has its own code. */
export function closeOf(fault: GrantFault): CloseName {
  switch (fault) {
    case "expired":
      return "grant-expired";
    case "used":
      return "grant-used";
    case "target":
      return "grant-target";
    case "too-many":
      return "over-quota";
    case "signature":
    case "purpose":
    case "claims":
    case "lifetime":
      return "unauthorised";
  }
}

const bad = (fault: GrantFault): GrantVerdict => ({ kind: "bad", fault });

export class Grants {
  readonly #keys: readonly GrantKey[];
  readonly #audience: () => ReadonlySet<string>;
  readonly #now: () => number;
  readonly #mostUsed: number;
  /** By `jti`, in the order of their use: milliseconds until which each would still be taken. */
  readonly #used = new Map<string, number>();

  /** `audience` are the relay's own origins; `now` is in milliseconds since 1970. */
  constructor(
    keys: readonly GrantKey[],
    audience: () => ReadonlySet<string>,
    now: () => number = Date.now,
    mostUsed = MOST_USED,
  ) {
    this.#keys = keys;
    this.#audience = audience;
    this.#now = now;
    this.#mostUsed = mostUsed;
  }

  /** Never rejects, whatever the text is. */
  async check(grant: string, target: Target): Promise<GrantVerdict> {
    const payload = await this.#verified(grant);
    if (typeof payload === "string") return bad(payload);
    const claims = v.safeParse(GrantClaims, payload);
    if (!claims.success) return bad("claims");
    const { host, port, exp } = claims.output;
    if (exp * 1000 > this.#now() + (GRANT_LIFETIME + CLOCK_DIFFERENCE) * 1000) return bad("lifetime");
    const audience = [payload.aud ?? []].flat();
    if (payload.aud !== undefined && !audience.some((origin) => this.#audience().has(origin))) return bad("purpose");
    const granted = normaliseHost(host);
    const matches = granted !== undefined && granted === normaliseHost(target.host) && port === target.port;
    return matches ? { kind: "good", claims: claims.output } : bad("target");
  }

  /** To be called once, in the moment in which its holder is let in. Undefined: it was good, and is used now. */
  use({ jti, exp }: GrantClaims): Extract<GrantFault, "used" | "too-many" | "expired"> | undefined {
    const now = this.#now();
    for (const [old, until] of this.#used) {
      if (until > now) break;
      this.#used.delete(old);
    }
    if (this.#used.has(jti)) return "used";
    const until = (exp + CLOCK_DIFFERENCE) * 1000;
    if (until <= now) return "expired";
    // To forget one would be to take it twice.
    if (this.#used.size >= this.#mostUsed) return "too-many";
    this.#used.set(jti, until);
    return undefined;
  }

  /** The claims under a good signature. Each key is tried with its own algorithm and no other. */
  async #verified(grant: string): Promise<JWTPayload | GrantFault> {
    for (const { algorithm, key } of this.#keys) {
      try {
        const { payload } = await jwtVerify(grant, key, {
          algorithms: [algorithm],
          typ: GRANT_TYPE,
          clockTolerance: CLOCK_DIFFERENCE,
          currentDate: new Date(this.#now()),
        });
        return payload;
      } catch (error) {
        // These two are thrown only behind a good signature.
        if (error instanceof errors.JWTExpired) return "expired";
        if (error instanceof errors.JWTClaimValidationFailed) return error.claim === "exp" ? "claims" : "purpose";
      }
    }
    return "signature";
  }
}
