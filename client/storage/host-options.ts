// What a person has chosen under Options, for each host and port. Only what differs from the default is kept, so that a row
// that is lost makes a host stricter and never laxer.

import type { Target } from "../../shared/target.ts";
import type { Database } from "./database.ts";

export interface HostOptions extends Target {
  /** Old algorithms are allowed for this host. */
  readonly legacy: boolean;
}

/** Those of every host that has any. Rejects with StorageError. */
export function readHostOptions(database: Database): Promise<readonly HostOptions[]> {
  return database.use(async (open) => (await open.getAll("host-options")).filter(isReadable));
}

/** Rejects with StorageError. */
export function saveHostOptions(database: Database, { host, port, legacy }: HostOptions): Promise<void> {
  return database.use(async (open) => {
    if (legacy) await open.put("host-options", { host, port, legacy }, [host, port]);
    else await open.delete("host-options", [host, port]);
  });
}

/** What a later version or a fault left there counts for nothing. */
function isReadable(row: HostOptions | undefined): row is HostOptions {
  return typeof row?.host === "string" && typeof row.port === "number" && row.legacy === true;
}
