// From this browser into a backup, and back. Restoring adds: nothing that is here is removed or overwritten, and no host
// becomes laxer than it is here.

import type { IDBPTransaction } from "idb";
import { knownHostsName } from "../../shared/target.ts";
import { SshError } from "../bytes/errors.ts";
import type { Sighting } from "../knownhosts/claim.ts";
import { ADD_ONLY, applyImport, planImport } from "../knownhosts/import.ts";
import { KnownHosts } from "../knownhosts/known-hosts.ts";
import type { BackupContents } from "./backup.ts";
import { announceChange, type Locks, locked } from "./changes.ts";
import { asStorageError, committed, type Database, type OpenDatabase, type PeriwinkleSchema } from "./database.ts";
import { keepTheLatest } from "./destinations.ts";
import { asHostOptions, type HostOptions } from "./host-options.ts";
import { asSighting, asText } from "./known-hosts-store.ts";

type Store = "known-hosts" | "sightings" | "host-options" | "destinations";
type Change = IDBPTransaction<PeriwinkleSchema, Store[], "readwrite">;

const STORES: Store[] = ["known-hosts", "sightings", "host-options", "destinations"];

export interface Restored {
  /** Lines of known hosts that were added. */
  readonly added: number;
  /** Lines left out, since this browser knows their hosts by other keys. */
  readonly conflicting: number;
  /** Lines that count for nothing, since their keys are revoked here or in the backup itself. */
  readonly revoked: number;
  /** Hosts whose options were taken. */
  readonly options: number;
  /** Hosts whose options were left as they are here, or taken in part: the backup's would have been laxer, or others. */
  readonly optionsKept: number;
}

/** Everything that is kept here. `now` is in ms since 1970. Rejects with StorageError. */
export function gatherBackup(database: Database, now: number): Promise<BackupContents> {
  return database.use(async (open) => {
    const transaction = open.transaction(STORES);
    const [texts, sightings] = [transaction.objectStore("known-hosts"), transaction.objectStore("sightings")];
    const [scopes, written, rows, seen, options, destinations] = await Promise.all([
      texts.getAllKeys(),
      texts.getAll(),
      sightings.getAllKeys(),
      sightings.getAll(),
      transaction.objectStore("host-options").getAll(),
      transaction.objectStore("destinations").getAll(),
    ]);
    return {
      madeAt: now,
      knownHosts: scopes.map((scope, i) => ({ scope, text: asText(written[i]) })),
      sightings: rows.flatMap(([scope, name, keySha256], i) => {
        const sighting = asSighting(seen[i]);
        return sighting === undefined ? [] : [{ key: { scope, name, keySha256 }, sighting }];
      }),
      hostOptions: options.flatMap((row) => asHostOptions(row) ?? []),
      destinations,
    };
  });
}

/** All or nothing. Rejects with StorageError, or with SshError `trust-store` where the lists would become too long. */
export async function restoreBackup(
  database: Database,
  contents: BackupContents,
  locks: Locks | undefined = globalThis.navigator?.locks,
): Promise<Restored> {
  const restored = await locked(locks, () => database.use((open) => restoreInto(open, contents))).catch((thrown) => {
    throw thrown instanceof SshError ? thrown : asStorageError(thrown);
  });
  announceChange();
  return restored;
}

function restoreInto(open: OpenDatabase, contents: BackupContents): Promise<Restored> {
  const transaction = open.transaction(STORES, "readwrite");
  return committed(transaction, async () => {
    // The options first: what they may say depends on the hosts that are known before.
    const options = await restoreOptions(transaction, contents);
    const lines = await restoreKnownHosts(transaction, contents);
    await restoreSightings(transaction, contents);
    await restoreDestinations(transaction, contents);
    return { ...lines, ...options };
  });
}

async function restoreKnownHosts(
  transaction: Change,
  { knownHosts }: BackupContents,
): Promise<Pick<Restored, "added" | "conflicting" | "revoked">> {
  const texts = transaction.objectStore("known-hosts");
  let [added, conflicting, revoked] = [0, 0, 0];
  for (const { scope, text: theirs } of knownHosts) {
    const ours = asText(await texts.get(scope));
    const plan = planImport(ours, theirs);
    added += plan.added.length + plan.revocations.length + plan.authorities.length;
    conflicting += plan.conflicts.length;
    revoked += plan.revoked.length;
    // Where there is nothing to contradict, comments and all come back as they were.
    const joined = ours === "" ? theirs : applyImport(ours, plan, ADD_ONLY);
    if (joined !== ours) await texts.put(joined, scope);
  }
  return { added, conflicting, revoked };
}

async function restoreSightings(transaction: Change, { sightings }: BackupContents): Promise<void> {
  const store = transaction.objectStore("sightings");
  await Promise.all(
    sightings.map(async ({ key: { scope, name, keySha256 }, sighting }) => {
      const row: [string, string, string] = [scope, name, keySha256];
      const ours = asSighting(await store.get(row));
      await store.put(ours === undefined ? sighting : joined(ours, sighting), row);
    }),
  );
}

/** How a key came to be known is told by its first sighting, and the way to it by its last. */
function joined(a: Sighting, b: Sighting): Sighting {
  const [first, second] = a.firstSeen <= b.firstSeen ? [a, b] : [b, a];
  const [last, before] = a.lastSeen >= b.lastSeen ? [a, b] : [b, a];
  return {
    firstSeen: first.firstSeen,
    lastSeen: last.lastSeen,
    source: first.source ?? second.source,
    route: last.route ?? before.route,
  };
}

async function restoreOptions(
  transaction: Change,
  { hostOptions }: BackupContents,
): Promise<Pick<Restored, "options" | "optionsKept">> {
  const store = transaction.objectStore("host-options");
  const known = (await transaction.objectStore("known-hosts").getAll()).map((text) => new KnownHosts(asText(text)));
  let [options, optionsKept] = [0, 0];
  for (const theirs of hostOptions) {
    const row: [string, number] = [theirs.host, theirs.port];
    const name = knownHostsName(theirs);
    const isThere = (await store.get(row)) !== undefined;
    const isKnown = known.some((hosts) => hosts.about(name).length > 0);
    const taken = isThere ? undefined : asHostOptions(isKnown ? stricterPart(theirs) : theirs);
    if (taken !== undefined) await store.put(taken, row);
    if (taken?.legacy === theirs.legacy && taken.mode === theirs.mode && taken.alias === theirs.alias) options++;
    else optionsKept++;
  }
  return { options, optionsKept };
}

/**
 * A host that is known here and has no options has the default ones, and they may be meant. Another alias, too, could make a
 * changed key look like a known one.
 */
function stricterPart(theirs: HostOptions): HostOptions {
  return { ...theirs, legacy: false, mode: theirs.mode === "strict" ? "strict" : "ask", alias: undefined };
}

async function restoreDestinations(transaction: Change, { destinations }: BackupContents): Promise<void> {
  const store = transaction.objectStore("destinations");
  for (const { host, port, user, lastUsed } of destinations) {
    const row: [string, number, string] = [host, port, user];
    const ours = await store.get(row);
    if (ours === undefined || ours.lastUsed < lastUsed) await store.put({ host, port, user, lastUsed }, row);
  }
  await keepTheLatest(store);
}
