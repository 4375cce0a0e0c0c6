// The fingerprints that the last link expects. They belong to the host and port that the link named: for any other they say
// nothing. A link without any takes the place of one that had some.

import { signal } from "@preact/signals";
import { formatTarget, type Target } from "../../shared/target.ts";
import type { Pin } from "../knownhosts/claim.ts";
import { type FormFields, pastedLink, targetIn } from "./destination-input.ts";
import type { SshLink } from "./ssh-link.ts";

interface Expected {
  readonly place: string;
  readonly fingerprints: readonly string[];
}

export class LinkPins {
  readonly #expected = signal<Expected | undefined>(undefined);

  hold({ target, fingerprints }: Pick<SshLink, "target" | "fingerprints">): void {
    this.#expected.value = { place: formatTarget(target), fingerprints };
  }

  /** A link that was pasted into the Host field counts like one that was opened. */
  holdPasted(form: FormFields): void {
    const link = pastedLink(form);
    if (link?.kind === "given") this.hold(link);
  }

  drop(): void {
    this.#expected.value = undefined;
  }

  for(target: Target): readonly Pin[] {
    const expected = this.#expected.value;
    if (expected?.place !== formatTarget(target)) return [];
    return expected.fingerprints.map((fingerprint) => ({ source: "link", fingerprint }));
  }

  /** For the host in the form. */
  in(form: FormFields): readonly Pin[] {
    const target = targetIn(form);
    return target ? this.for(target) : [];
  }
}
