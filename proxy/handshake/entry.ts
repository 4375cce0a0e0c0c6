// How a caller gets in by its first frame: with the relay's token, with a grant for the one target, or because the operator
// opened the target to everybody. Nothing of the frame counts before that is known.

import type { ClientControl } from "../../shared/relay-protocol.ts";
import { normaliseHost } from "../../shared/target.ts";
import { matchesPattern, type TargetPattern } from "../../shared/target-pattern.ts";
import { sameSecret } from "./token.ts";

/** "no-token": the relay asks nobody for one. */
export type Entry = "token" | "no-token" | "grant" | "open";

export interface Door {
  /** Undefined: none is asked for. */
  readonly token: string | undefined;
  /** Targets that need neither token nor grant. */
  readonly open: readonly TargetPattern[];
}

type Open = Extract<ClientControl, { type: "open" }>;

export type Judgement =
  | { readonly kind: "in"; readonly by: Exclude<Entry, "grant"> }
  /** It depends on the grant, and on nothing else: a caller with a grant wants to be held to it. */
  | { readonly kind: "grant"; readonly open: Open; readonly grant: string }
  | { readonly kind: "stranger" };

/** `control` is what `frame` says; undefined where that is nothing of ours. */
export function judgeEntry(frame: string, control: ClientControl | undefined, door: Door): Judgement {
  if (control?.type === "open" && control.grant !== undefined)
    return { kind: "grant", open: control, grant: control.grant };
  if (door.token === undefined) return { kind: "in", by: "no-token" };
  const token = tokenIn(frame);
  if (token !== undefined) return sameSecret(token, door.token) ? { kind: "in", by: "token" } : { kind: "stranger" };
  return control?.type === "open" && isOpen(control, door.open) ? { kind: "in", by: "open" } : { kind: "stranger" };
}

function isOpen({ host, port }: Open, patterns: readonly TargetPattern[]): boolean {
  const normal = normaliseHost(host);
  return normal !== undefined && patterns.some((pattern) => matchesPattern(pattern, { host: normal, port }));
}

/** The token of a first frame, whatever else is in the frame or wrong with it. */
function tokenIn(frame: string): string | undefined {
  try {
    const value: unknown = JSON.parse(frame);
    if (typeof value === "object" && value !== null && "token" in value)
      return typeof value.token === "string" ? value.token : "";
  } catch {
    // Not JSON: it holds no token, and the caller hears the same as for a wrong one.
  }
  return undefined;
}
