// The known hosts of this browser: one known_hosts text per scope, and when each key was seen. Every change reads, edits and
// writes in one transaction, under a lock shared by all tabs, so that two of them never lose each other's lines.

import { knownHostsName, type Target } from "../../shared/target.ts";
import { SshError } from "../bytes/errors.ts";
import type { Sighting } from "../knownhosts/claim.ts";
import { addLine, forgetHost } from "../knownhosts/edit.ts";
import type { KnownHostsStore, SightingKey } from "../knownhosts/store.ts";
import { asStorageError, committed, type Database, type OpenDatabase } from "./database.ts";

const LOCK = "periwinkle:known-hosts";
/** A tab that was frozen in the middle of a change must not stop the others for ever. */
const LOCK_PATIENCE_MS = 5_000;

export type Locks = Pick<LockManager, "request">;

/** Every method rejects with SshError `trust-store`. */
export interface StoredKnownHosts extends KnownHostsStore {
  /** Forgets every key of this host in that scope, and when they were seen. Revocations stay. */
  forget(scope: string, target: Target): Promise<void>;
  /** All scopes that have a text, the global one first. */
  readAll(): Promise<readonly { readonly scope: string; readonly text: string }[]>;
}

/** `locks` is absent on plain HTTP and in old browsers; the transaction alone is then what keeps two tabs apart. */
export function storedKnownHosts(
  database: Database,
  locks: Locks | undefined = globalThis.navigator?.locks,
): StoredKnownHosts {
  const use = <T>(work: (open: OpenDatabase) => Promise<T>): Promise<T> => trusting(() => database.use(work));
  const change = (work: (open: OpenDatabase) => Promise<void>): Promise<void> =>
    trusting(() => locked(locks, () => database.use(work)));

  return {
    read: (scope) => use((open) => readText(open, scope)),

    readAll: () =>
      use(async (open) => {
        const transaction = open.transaction("known-hosts");
        const [scopes, texts] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()]);
        return scopes.map((scope, i) => ({ scope, text: asText(texts[i]) }));
      }),

    add: (key, line, at) =>
      change(async (open) => {
        const transaction = open.transaction(["known-hosts", "sightings"], "readwrite");
        const texts = transaction.objectStore("known-hosts");
        await committed(transaction, async () => {
          await texts.put(addLine(asText(await texts.get(key.scope)), line), key.scope);
          await see(transaction.objectStore("sightings"), key, at);
        });
      }),

    sighting: (key) => use((open) => open.get("sightings", rowOf(key))),

    touch: (key, at) =>
      change(async (open) => {
        const transaction = open.transaction("sightings", "readwrite");
        await committed(transaction, () => see(transaction.store, key, at));
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
  };
}

interface Sightings {
  get(row: [string, string, string]): Promise<Sighting | undefined>;
  put(value: Sighting, row: [string, string, string]): Promise<unknown>;
}

/** A key without a row was imported, or its row was lost: it is dated from now on. */
async function see(sightings: Sightings, key: SightingKey, at: number): Promise<void> {
  const known = await sightings.get(rowOf(key));
  const seen = { firstSeen: known?.firstSeen ?? at, lastSeen: Math.max(known?.lastSeen ?? at, at) };
  await sightings.put(seen, rowOf(key));
}

async function readText(open: OpenDatabase, scope: string): Promise<string> {
  return asText(await open.get("known-hosts", scope));
}

/** Nothing stored is an empty text; something else than text is damage, and no reason to know nobody. */
function asText(stored: unknown): string {
  if (stored === undefined) return "";
  if (typeof stored !== "string") throw new TypeError("not a text");
  return stored;
}

function rowOf({ scope, name, keySha256 }: SightingKey): [string, string, string] {
  return [scope, name, keySha256];
}

function locked<T>(locks: Locks | undefined, work: () => Promise<T>): Promise<T> {
  return locks === undefined ? work() : locks.request(LOCK, { signal: AbortSignal.timeout(LOCK_PATIENCE_MS) }, work);
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
