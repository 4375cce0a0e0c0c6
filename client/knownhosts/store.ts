// What the verifier needs of the place where known hosts are kept. A scope is "" for names that mean the same machine
// everywhere, or a relay's origin for names that only this relay can resolve. Implemented in storage/.

import type { Sighting } from "./claim.ts";

/** One key of one name. Dates are kept apart from the known_hosts text, which has no room for them. */
export interface SightingKey {
  readonly scope: string;
  /** As `knownHostsName` writes it. */
  readonly name: string;
  /** The key's `SHA256:` fingerprint. */
  readonly keySha256: string;
}

/** Every method may reject; what that means is the verifier's decision. Times are in ms since 1970. */
export interface KnownHostsStore {
  /** The known_hosts text of a scope, empty where there is none. */
  read(scope: string): Promise<string>;
  /** Adds the line to the text of `key.scope`, and the first sighting of the key, both or neither. */
  add(key: SightingKey, line: string, at: number): Promise<void>;
  sighting(key: SightingKey): Promise<Sighting | undefined>;
  /** The key was seen again. */
  touch(key: SightingKey, at: number): Promise<void>;
}
