// Why a host key was trusted, in words: few in the status line, a sentence in the panel. Pure.

import type { Basis } from "../knownhosts/claim.ts";
import type { ReportRow } from "./report.ts";

/** For the status line. */
export function trustWords(basis: Basis): string {
  switch (basis.kind) {
    case "known":
      return "known host";
    case "certified":
      return "certified host";
    case "vouched":
      return `vouched for by ${basis.origin}`;
    case "asked":
      return basis.saved ? "key saved" : "trusted once";
    case "new":
      return basis.saved ? "new host, saved" : "new host, not saved";
    default:
      return basis satisfies never;
  }
}

export function trustSentence(basis: Basis): string {
  switch (basis.kind) {
    case "known":
      return "It is one of your known hosts.";
    case "certified":
      return "Its certificate is by an authority among your known hosts.";
    case "vouched":
      return `Vouched for by ${basis.origin}, for this connection. It is not among your known hosts.`;
    case "asked":
      return basis.saved
        ? "You trusted it when it was shown, and it was saved."
        : "You trusted it when it was shown, for this connection only.";
    case "new":
      return basis.saved
        ? "Accepted and saved unasked, as you chose for new hosts under Options."
        : "Accepted unasked, as you chose for new hosts under Options. It could not be saved.";
    default:
      return basis satisfies never;
  }
}

/** Rests on a decision that this person has made for good: nothing to notice, and the first to go where room is short. */
export function isLasting(basis: Basis): boolean {
  return basis.kind === "known" || basis.kind === "certified" || (basis.kind === "asked" && basis.saved);
}

export function trustRows(basis: Basis): readonly ReportRow[] {
  return [
    { name: "Trusted because", values: [trustSentence(basis)], kind: "text" },
    ...(basis.kind === "certified"
      ? [{ name: "Authority", values: [basis.authority], kind: "fingerprint" } as const]
      : []),
  ];
}
