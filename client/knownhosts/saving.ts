// Saves a host's key: in one edit, judged again on the text as it is at that moment, for another tab may have saved or revoked a
// key since it was read.

import type { KeySource } from "./claim.ts";
import { addLine, replaceHost } from "./edit.ts";
import { formatEntry } from "./file.ts";
import type { KnownTexts } from "./known-texts.ts";
import { lookUp } from "./lookup.ts";
import type { KnownHostsStore } from "./store.ts";
import type { Subject } from "./subject.ts";

export interface Saving {
  readonly at: number;
  readonly source: KeySource;
  readonly route: string;
  /** Puts the key in the place of all others that the host is known by. */
  readonly replacing: boolean;
}

export type Saved = "saved" | "failed" | "conflict";

/** "conflict": the text now says something else about the host or the key. Never rejects. */
export async function saveKey(
  store: KnownHostsStore,
  texts: KnownTexts,
  { target, key, plain }: Subject,
  { at, source, route, replacing }: Saving,
): Promise<Saved> {
  // A store that never asks for the change has not made it.
  const judged: { as: Saved } = { as: "failed" };
  const change = (text: string): string => {
    const trust = lookUp(texts.index(key.scope, text).about(key.name), target, plain.blob);
    judged.as = trust.kind === "revoked" || (trust.kind === "changed" && !replacing) ? "conflict" : "saved";
    if (judged.as === "conflict") throw new Error("The host or its key is known otherwise by now.");
    if (replacing) return replaceHost(text, target, plain.blob);
    return trust.kind === "trusted" ? text : addLine(text, formatEntry(key.name, plain.blob));
  };
  try {
    await store.edit(key.scope, change, [{ key, at, source, route }]);
    return judged.as;
  } catch {
    return judged.as === "conflict" ? "conflict" : "failed";
  }
}
