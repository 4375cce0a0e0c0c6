// The one IndexedDB database of this origin, in the page and in the worker. Says what it holds, opens it when it is first
// needed, lets go of it when another tab wants a newer version, and turns every failure into a sentence.

import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from "idb";
import { toHex } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import type { Sighting, TrustMode } from "../knownhosts/claim.ts";

const NAME = "periwinkle";
const VERSION = 3;
/** A browser whose storage is broken may never answer. */
const OPEN_PATIENCE_MS = 10_000;

export interface PeriwinkleSchema extends DBSchema {
  /** Scope to known_hosts text. */
  "known-hosts": { key: string; value: string };
  /** [scope, name, `SHA256:` fingerprint]; times in ms since 1970. */
  sightings: { key: [string, string, string]; value: Sighting };
  /** [host, port, user]; no secrets. */
  destinations: {
    key: [string, number, string];
    value: { host: string; port: number; user: string; lastUsed: number };
    indexes: { lastUsed: number };
  };
  /** [host, port]; a host without a row differs from the default in nothing. Version 2 knew only `legacy`. */
  "host-options": {
    key: [string, number];
    value: { host: string; port: number; legacy: boolean; mode?: TrustMode; alias?: string | undefined };
  };
  /** What is kept about this database itself. */
  meta: { key: Meta; value: string };
}

/** "mark": 128 random bits in hex, made with the database. "persistence": what the browser answered, see persistence.ts. */
export type Meta = "mark" | "persistence";

export type OpenDatabase = IDBPDatabase<PeriwinkleSchema>;

/** The browser's storage would not do what was asked. The message is a sentence for a person. */
export class StorageError extends Error {
  override readonly name = "StorageError";
}

/** Why, by the name of the browser's own exception (IndexedDB 3.0, "Exceptions"). */
const REASONS: Readonly<Record<string, string | undefined>> = {
  QuotaExceededError: "The browser has no room left for Periwinkle's data. Free some space and try again.",
  SecurityError: "The browser does not let this page store anything. Allow it site data, or leave private browsing.",
  VersionError: "A newer Periwinkle has already changed the data in this browser. Reload the page.",
  TimeoutError: "The browser's storage did not answer. Close the other tabs of Periwinkle and try again.",
};

export function asStorageError(thrown: unknown): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const name = thrown instanceof Error || thrown instanceof DOMException ? thrown.name : "";
  return new StorageError(REASONS[name] ?? "The browser's storage failed. Reload the page and try again.", {
    cause: thrown,
  });
}

export class Database {
  readonly #name: string;
  readonly #patience: number;
  #open: Promise<OpenDatabase> | undefined;

  constructor(name = NAME, patience = OPEN_PATIENCE_MS) {
    this.#name = name;
    this.#patience = patience;
  }

  /** Runs `work` on the open database. Rejects with StorageError, or with an SshError that `work` threw. */
  async use<T>(work: (database: OpenDatabase) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#opened());
    } catch (thrown) {
      throw thrown instanceof SshError ? thrown : asStorageError(thrown);
    }
  }

  /** The next use opens it again. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    const database = await open?.catch(() => undefined);
    database?.close();
  }

  #opened(): Promise<OpenDatabase> {
    if (this.#open !== undefined) return this.#open;
    const open: Promise<OpenDatabase> = openWithin(this.#name, this.#patience, () => {
      if (this.#open === open) this.#open = undefined;
    });
    this.#open = open;
    // A failure is not kept: what was in the way may be gone the next time.
    open.catch(() => {
      if (this.#open === open) this.#open = undefined;
    });
    return open;
  }
}

/** Ends with the transaction on disk, or with nothing changed: a throw in `work` does not leave its first half. */
export async function committed<T>(
  transaction: { readonly done: Promise<void>; abort(): void },
  work: () => Promise<T>,
): Promise<T> {
  const { done } = transaction;
  // Whoever awaits `work` hears of the failure; `done` fails with it, and is then nobody's.
  done.catch(() => undefined);
  try {
    const result = await work();
    await done;
    return result;
  } catch (thrown) {
    abort(transaction);
    throw thrown;
  }
}

function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already: that is why the work failed.
  }
}

/** `lost` is called when the open database is gone: closed for another tab's newer version, or by the browser. */
function openWithin(name: string, patience: number, lost: () => void): Promise<OpenDatabase> {
  return new Promise((resolve, reject) => {
    let given = false;
    const giveUp = (reason: unknown): void => {
      given = true;
      reject(reason);
    };
    const timer = setTimeout(() => giveUp(new DOMException("open", "TimeoutError")), patience);
    const blocked = (): void =>
      giveUp(
        new StorageError(
          "Another tab holds an older version of Periwinkle's data. Close the other tabs and try again.",
        ),
      );
    const opening = openDB<PeriwinkleSchema>(name, VERSION, {
      upgrade: (database, from, _to, transaction) => upgrade(database, from, transaction),
      blocked,
      blocking: (_current, _wanted, event) => {
        (event.target as IDBDatabase).close();
        lost();
      },
      terminated: lost,
    });
    opening
      .then((database) => (given ? database.close() : resolve(database)), giveUp)
      .finally(() => clearTimeout(timer));
  });
}

type Upgrade = IDBPTransaction<PeriwinkleSchema, StoreNames<PeriwinkleSchema>[], "versionchange">;

async function upgrade(database: OpenDatabase, from: number, transaction: Upgrade): Promise<void> {
  if (from < 1) {
    database.createObjectStore("known-hosts");
    database.createObjectStore("sightings");
    database.createObjectStore("destinations").createIndex("lastUsed", "lastUsed");
  }
  if (from < 2) database.createObjectStore("host-options");
  if (from < 3) {
    database.createObjectStore("meta");
    await transaction.objectStore("meta").put(toHex(crypto.getRandomValues(new Uint8Array(16))), "mark");
  }
}
