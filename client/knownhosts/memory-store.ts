// For tests: known hosts in memory, that can be told to fail.

import type { Sighting } from "./claim.ts";
import { addLine } from "./edit.ts";
import type { KnownHostsStore, SightingKey } from "./store.ts";

export const rowOf = ({ scope, name, keySha256 }: SightingKey): string => `${scope}|${name}|${keySha256}`;

export class MemoryStore implements KnownHostsStore {
  readonly texts = new Map<string, string>();
  readonly sightings = new Map<string, Sighting>();
  /** What each method throws instead of working. */
  readonly broken = new Map<string, unknown>();
  reads = 0;

  async read(scope: string): Promise<string> {
    this.reads++;
    this.#mayFail("read");
    return this.texts.get(scope) ?? "";
  }
  async add(key: SightingKey, line: string, at: number): Promise<void> {
    this.#mayFail("add");
    this.texts.set(key.scope, addLine(this.texts.get(key.scope) ?? "", line));
    this.sightings.set(rowOf(key), { firstSeen: at, lastSeen: at });
  }
  async sighting(key: SightingKey): Promise<Sighting | undefined> {
    this.#mayFail("sighting");
    return this.sightings.get(rowOf(key));
  }
  async touch(key: SightingKey, at: number): Promise<void> {
    this.#mayFail("touch");
    this.sightings.set(rowOf(key), { firstSeen: this.sightings.get(rowOf(key))?.firstSeen ?? at, lastSeen: at });
  }
  #mayFail(method: string): void {
    if (this.broken.has(method)) throw this.broken.get(method);
  }
}

/** With these lines in that scope. */
export function knowing(scope: string, ...lines: readonly string[]): MemoryStore {
  const store = new MemoryStore();
  store.texts.set(scope, `${lines.join("\n")}\n`);
  return store;
}
