// Does this relay's operator let a page embed, and may it reach the target without a grant? Pure.

import type { Embedder } from "../../../shared/page-config.ts";
import type { Target } from "../../../shared/target.ts";
import { matchesAny } from "../../../shared/target-pattern.ts";

export type Standing =
  /** Not on the list: its frames stay empty. */
  | { readonly kind: "unlisted" }
  /** On the list, and the target is open to everyone. */
  | { readonly kind: "open" }
  /** On the list; the target needs a grant. */
  | { readonly kind: "listed" };

/** `own` is the relay's origin, which the list may call "self". */
export function standing(
  embed: readonly Embedder[],
  own: string,
  origin: string,
  target: Target | undefined,
): Standing {
  const listed = embed.some((embedder) => (embedder.origin === "self" ? own : embedder.origin) === origin);
  if (!listed) return { kind: "unlisted" };
  // A target that is open for one page is open for all.
  const open = target !== undefined && embed.some((embedder) => matchesAny(embedder.open, target));
  return { kind: open ? "open" : "listed" };
}

/** What stands before the path of an address of the web; undefined for what is none. */
export function originIn(text: string): string | undefined {
  const address = text.trim();
  if (!URL.canParse(address)) return undefined;
  const { origin, protocol } = new URL(address);
  return protocol === "https:" || protocol === "http:" ? origin : undefined;
}
