// What this browser keeps for pages whose operator lets trust be kept. Loaded only there.

import { Database } from "../storage/database.ts";
import { durability } from "../storage/durability.ts";
import { storedKnownHosts } from "../storage/known-hosts-store.ts";

const database = new Database();
const known = storedKnownHosts(database);
const durable = durability(
  database,
  () => localStorage,
  () => Date.now(),
);

// The worker saves the first host, and cannot note that.
known.watch(() => void durable.lostSince());

export const forgetHost = (scope: string, host: string, port: number): Promise<void> =>
  known.forget(scope, { host, port });

/** A loss that cannot be looked up is not said: the store itself says what it cannot read. */
export const lostSince = (): Promise<number | undefined> => durable.lostSince().catch(() => undefined);
