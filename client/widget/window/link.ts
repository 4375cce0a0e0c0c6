// Addresses: of the window, and of the app that it becomes where the frame cannot be spoken to.

import { formatTarget } from "../../../shared/target.ts";
import type { Pin } from "../../knownhosts/claim.ts";
import type { Destination } from "../../switchboard/messages.ts";

/** As ui/ssh-link.ts reads it: what is expected of the host's key goes along. It fills the form, and connects to nothing. */
export function appLink(destination: Destination, pins: readonly Pin[]): string {
  const expected = pins.map(({ fingerprint }) => `fingerprint=${encodeURIComponent(fingerprint)}`).join(",");
  const info = [encodeURIComponent(destination.user), expected].filter(Boolean).join(";");
  return `ssh://${info}@${formatTarget(destination)}`;
}

/** Beside the page that runs, whatever path the relay is served under. */
export function windowAddress(): string {
  return new URL("trust.html", new URL(".", location.href)).href;
}

/** The app, with its form filled. */
export function appAddress(destination: Destination, pins: readonly Pin[]): string {
  return `${new URL(".", location.href).href}#${appLink(destination, pins)}`;
}
