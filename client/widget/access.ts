// May this page have a connection to that target, and by what? Targets that are open need nothing, the relay's own page has the
// person's token, and all others need a grant.

import type { Embedder } from "../../shared/page-config.ts";
import type { Target } from "../../shared/target.ts";
import { matchesAny } from "../../shared/target-pattern.ts";
import type { Destination, RelayAccess } from "../switchboard/messages.ts";
import type { Granted } from "./grant.ts";
import type { Permission } from "./permission.ts";
import type { Surroundings } from "./surroundings.ts";

export type Way = "open" | "token" | "grant";

/** `origin` is that of the page around, `own` the relay's. What one page may reach without a grant any other may, too. */
export function wayTo(target: Target, origin: string, own: string, listed: readonly Embedder[]): Way {
  if (listed.some(({ open }) => matchesAny(open, target))) return "open";
  return origin === own ? "token" : "grant";
}

/** How a connection may be made, now. */
export interface Access {
  readonly relay: RelayAccess;
  readonly pins: readonly string[];
  /** By a grant that came early: it may have been used or have run out, and then another one is asked for. */
  readonly early: boolean;
}

interface Means {
  /** A grant that came with the suggestion, and was not used yet. */
  readonly early: Granted | undefined;
  /** What the page around expects. */
  readonly pins: readonly string[];
  readonly around: Surroundings;
  readonly permission: Permission;
}

/** Undefined where the page around gave no grant that fits. */
export async function accessTo(
  destination: Destination,
  { early, pins, around, permission }: Means,
): Promise<Access | undefined> {
  const { relayUrl: url, origin, own, listed, token } = around;
  const byGrant = ({ grant, pins }: Granted, early: boolean): Access => ({
    relay: { url, token: undefined, grant },
    pins,
    early,
  });
  if (early?.user === destination.user && early.expires > Date.now()) return byGrant(early, true);
  const way = wayTo(destination, origin, own, listed);
  if (way === "grant") {
    const granted = await permission.ask(destination, pins);
    return granted && byGrant(granted, false);
  }
  return { relay: { url, token: way === "token" ? token() : undefined, grant: undefined }, pins, early: false };
}
