// The known hosts that count for one connection, read from the store and made quick to ask. They are read again whenever
// something is decided, for another tab may have changed them; a text that stayed the same is not taken apart twice.

import { SshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import type { HostKeyPlace, TrustChoices } from "./claim.ts";
import { KnownHosts } from "./known-hosts.ts";
import type { KnownHostsStore } from "./store.ts";
import { scopeOf } from "./subject.ts";

const ORIGIN_LENGTH_SHOWN = 255;

export interface Known {
  /** The text of the host's scope. */
  readonly own: KnownHosts;
  /** The text that counts everywhere, where that is another one: nothing of it counts for a relay's names but its revocations. */
  readonly everywhere: KnownHosts | undefined;
  /** In no scope: the operator speaks of the name that was asked for, whatever the way to it. */
  readonly operator: { readonly origin: string; readonly hosts: KnownHosts } | undefined;
}

export class KnownTexts {
  readonly #store: KnownHostsStore;
  readonly #operator: TrustChoices["operator"];
  readonly #indexed = new Map<string, KnownHosts>();
  #vouched: Known["operator"];

  constructor(store: KnownHostsStore, operator: TrustChoices["operator"]) {
    this.#store = store;
    this.#operator = operator;
  }

  /** Rejects with SshError `trust-store`. */
  async read(place: HostKeyPlace): Promise<Known> {
    const scope = scopeOf(place);
    try {
      return {
        own: this.index(scope, await this.#store.read(scope)),
        everywhere: scope === "" ? undefined : this.index("", await this.#store.read("")),
        operator: this.#vouchedFor(),
      };
    } catch (cause) {
      if (cause instanceof SshError && cause.code === "trust-store") throw cause;
      throw unreadable(cause);
    }
  }

  /** The index of a scope's text, built once as long as the text stays the same. */
  index(scope: string, text: string): KnownHosts {
    // A store that gives nothing at all is broken, and not empty.
    if (typeof text !== "string") throw unreadable(undefined);
    const before = this.#indexed.get(scope);
    if (before?.text === text) return before;
    const fresh = new KnownHosts(text);
    this.#indexed.set(scope, fresh);
    return fresh;
  }

  #vouchedFor(): Known["operator"] {
    if (!this.#operator || this.#vouched) return this.#vouched;
    const origin = cleanLine(this.#operator.origin, ORIGIN_LENGTH_SHOWN);
    try {
      this.#vouched = { origin, hosts: new KnownHosts(this.#operator.text) };
    } catch (cause) {
      throw new SshError(
        "trust-store",
        `The known hosts that ${origin} vouches for could not be used, so the host cannot be checked. Tell whoever runs it.`,
        { cause },
      );
    }
    return this.#vouched;
  }
}

export function unreadable(cause: unknown): SshError {
  return new SshError(
    "trust-store",
    "The known hosts could not be read, so the host cannot be checked. Reload the page and try again.",
    { cause },
  );
}
