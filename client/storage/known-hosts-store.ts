// The known hosts of this browser: one known_hosts text per scope, and when each key was seen. Every change reads, edits and
// writes in one transaction, under a lock shared by all tabs, so that two of them never lose each other's lines.

import { knownHostsName, type Target } from "../../shared/target.ts";
import { SshError } from "../bytes/errors.ts";
import type { Sighting } from "../knownhosts/claim.ts";
import { forgetHost } from "../knownhosts/edit.ts";
import type { KnownHostsStore, Seen, SightingKey } from "../knownhosts/store.ts";
import { announceChange, type Locks, locked, watchChanges } from "./changes.ts";
import { asStorageError, committed, type Database, type OpenDatabase } from "./database.ts";

/** Every method rejects with SshError `trust-store`. */
export interface StoredKnownHosts extends KnownHostsStore {
  /** Forgets every key of this host in that scope, and when they were seen. Revocations stay. */
  forget(scope: string, target: Target): Promise<void>;
  /** All scopes that have a text, the global one first. */
  readAll(): Promise<readonly { readonly scope: string; readonly text: string }[]>;
  /** Every key of that scope that was ever seen, by name. */
  sightings(scope: string): Promise<readonly SeenKey[]>;
  /** `listener` is called after a change here, in another tab or in the worker. Returns what ends that. */
  watch(listener: () => void): () => void;
}

export interface SeenKey {
  readonly key: SightingKey;
  readonly sighting: Sighting;
}

export function storedKnownHosts(
  database: Database,
  locks: Locks | undefined = globalThis.navigator?.locks,
): StoredKnownHosts {
  const use = <T>(work: (open: OpenDatabase) => Promise<T>): Promise<T> => trusting(() => database.use(work));
  const change = (work: (open: OpenDatabase) => Promise<void>): Promise<void> =>
    trusting(async () => {
      await locked(locks, () => database.use(work));
      announceChange();
    });

  return {
    read: (scope) => use((open) => readText(open, scope)),

    readAll: () =>
      use(async (open) => {
        const transaction = open.transaction("known-hosts");
        const [scopes, texts] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
        return scopes.map((scope, i) => ({ scope, text: asText(texts[i]) }));
      }),

    edit: (scope, edited, seen) =>
      change(async (open) => {
        const transaction = open.transaction(["known-hosts", "sightings"], "readwrite");
        const texts = transaction.objectStore("known-hosts");
        await committed(transaction, async () => {
          const before = asText(await texts.get(scope));
          const after = edited(before);
          if (after !== before) await texts.put(after, scope);
          for (const each of seen) await see(transaction.objectStore("sightings"), each);
        });
      }),

    sighting: (key) => use(async (open) => asSighting(await open.get("sightings", rowOf(key)))),

    sightings: (scope) =>
      use(async (open) => {
        const { store } = open.transaction("sightings");
        const ofScope = IDBKeyRange.bound([scope], [scope, []]);
        const [rows, values] = await Promise.all([store.getAllKeys(ofScope), store.getAll(ofScope)]);
        return rows.flatMap(([, name, keySha256], i) => {
          const sighting = asSighting(values[i]);
          return sighting === undefined ? [] : [{ key: { scope, name, keySha256 }, sighting }];
        });
      }),

    touch: (key, at, route) =>
      change(async (open) => {
        const transaction = open.transaction("sightings", "readwrite");
        await committed(transaction, () => see(transaction.store, { key, at, source: undefined, route }));
      }),

    forget: (scope, target) =>
      change(async (open) => {
        const transaction = open.transaction(["known-hosts", "sightings"], "readwrite");
        const texts = transaction.objectStore("known-hosts");
        const name = knownHostsName(target);
        await committed(transaction, async () => {
          const text = asText(await texts.get(scope));
          const left = forgetHost(text, target);
          if (left !== text) await texts.put(left, scope);
          // An array sorts after every text, so this is every row that begins with scope and name.
          await transaction.objectStore("sightings").delete(IDBKeyRange.bound([scope, name], [scope, name, []]));
        });
      }),

    watch: watchChanges,
  };
}

interface Sightings {
  get(row: [string, string, string]): Promise<Sighting | undefined>;
  put(value: Sighting, row: [string, string, string]): Promise<unknown>;
}

/** A key without a row was imported, or its row was lost: it is dated from now on. */
async function see(
  sightings: Sightings,
  { key, at, source, route }: Omit<Seen, "source"> & { readonly source: Seen["source"] | undefined },
): Promise<void> {
  const known = asSighting(await sightings.get(rowOf(key)));
  await sightings.put(
    {
      firstSeen: known?.firstSeen ?? at,
      lastSeen: Math.max(known?.lastSeen ?? at, at),
      source: source ?? known?.source,
      route: route ?? known?.route,
    },
    rowOf(key),
  );
}

/** What cannot be read is a missing row: the date is then unknown, and trust does not hang on it. */
export function asSighting(row: Sighting | undefined): Sighting | undefined {
  return Number.isFinite(row?.firstSeen) && Number.isFinite(row?.lastSeen) ? row : undefined;
}

async function readText(open: OpenDatabase, scope: string): Promise<string> {
  return asText(await open.get("known-hosts", scope));
}

/** Nothing stored is an empty text; something else than text is damage, and no reason to know nobody. */
export function asText(stored: unknown): string {
  if (stored === undefined) return "";
  if (typeof stored !== "string") throw new TypeError("not a text");
  return stored;
}

function rowOf({ scope, name, keySha256 }: SightingKey): [string, string, string] {
  return [scope, name, keySha256];
}

async function trusting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof SshError) throw thrown;
    const cause = asStorageError(thrown);
    throw new SshError("trust-store", cause.message, { cause });
  }
}
