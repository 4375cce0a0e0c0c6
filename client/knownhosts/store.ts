// What the verifier needs of the place where known hosts are kept. A scope is "" for names that mean the same machine
// everywhere, or a relay's origin for names that only this relay can resolve. Implemented in storage/.

import type { KeySource, Sighting } from "./claim.ts";

/** One key of one name. Dates are kept apart from the known_hosts text, which has no room for them. */
export interface SightingKey {
  readonly scope: string;
  /** As `knownHostsName` writes it. */
  readonly name: string;
  /** The key's `SHA256:` fingerprint. */
  readonly keySha256: string;
}

/** A key that was saved. `route` is the relay's origin that carried the connection; undefined where there was none. */
export interface Seen {
  readonly key: SightingKey;
  readonly at: number;
  readonly source: KeySource;
  readonly route: string | undefined;
}

/** Every method may reject; what that means is the verifier's decision. Times are in ms since 1970. */
export interface KnownHostsStore {
  /** The known_hosts text of a scope, empty where there is none. */
  read(scope: string): Promise<string>;
  /**
   * Changes the text of a scope and records what was seen with it, all or nothing, and never over another tab's change: `change`
   * is given the text as it is then. It may throw, and nothing is changed.
   */
  edit(scope: string, change: (text: string) => string, seen: readonly Seen[]): Promise<void>;
  sighting(key: SightingKey): Promise<Sighting | undefined>;
  /** The key was seen again, over that relay. */
  touch(key: SightingKey, at: number, route: string): Promise<void>;
}
