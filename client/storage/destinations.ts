// Where this browser connected lately, for the list under the connect form: host, port, user name and when. No secrets, and
// nothing of it is needed to connect.

import { committed, type Database } from "./database.ts";

const KEPT = 50;

export interface RecentDestination {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Ms since 1970. */
  readonly lastUsed: number;
}

export type DestinationName = Pick<RecentDestination, "host" | "port" | "user">;

/** Keeps the 50 used last. Rejects with StorageError. */
export function rememberDestination(
  database: Database,
  { host, port, user }: DestinationName,
  now: number,
): Promise<void> {
  return database.use(async (open) => {
    const transaction = open.transaction("destinations", "readwrite");
    const { store } = transaction;
    await committed(transaction, async () => {
      await store.put({ host, port, user, lastUsed: now }, [host, port, user]);
      await keepTheLatest(store);
    });
  });
}

interface Destinations {
  index(name: "lastUsed"): { getAllKeys(): Promise<[string, number, string][]> };
  delete(row: [string, number, string]): Promise<void>;
}

export async function keepTheLatest(store: Destinations): Promise<void> {
  const byAge = await store.index("lastUsed").getAllKeys();
  await Promise.all(byAge.slice(0, -KEPT).map((oldest) => store.delete(oldest)));
}

/** The one used last comes first. Rejects with StorageError. */
export function recentDestinations(database: Database): Promise<readonly RecentDestination[]> {
  return database.use(async (open) => (await open.getAllFromIndex("destinations", "lastUsed")).reverse());
}

/** Rejects with StorageError. */
export function forgetDestination(database: Database, { host, port, user }: DestinationName): Promise<void> {
  return database.use((open) => open.delete("destinations", [host, port, user]));
}
