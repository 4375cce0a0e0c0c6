// For tests: known hosts in memory, that can be told to fail.

import type { Sighting } from "./claim.ts";
import type { KnownHostsStore, Seen, SightingKey } from "./store.ts";

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
  async edit(scope: string, change: (text: string) => string, seen: readonly Seen[]): Promise<void> {
    this.#mayFail("edit");
    this.texts.set(scope, change(this.texts.get(scope) ?? ""));
    for (const { key, at, source, route } of seen)
      this.sightings.set(rowOf(key), { firstSeen: at, lastSeen: at, source, route });
  }
  async sighting(key: SightingKey): Promise<Sighting | undefined> {
    this.#mayFail("sighting");
    return this.sightings.get(rowOf(key));
  }
  async touch(key: SightingKey, at: number, route: string): Promise<void> {
    this.#mayFail("touch");
    const row = this.sightings.get(rowOf(key));
    this.sightings.set(rowOf(key), { ...row, firstSeen: row?.firstSeen ?? at, lastSeen: at, route });
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
