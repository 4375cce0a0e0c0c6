// What a person has chosen under Options, for each host and port. Only what differs from the default is kept, so that a row
// that is lost makes a host stricter and never laxer.

import { normaliseHost, type Target } from "../../shared/target.ts";
import type { TrustMode } from "../knownhosts/claim.ts";
import type { Database } from "./database.ts";

export interface HostOptions extends Target {
  /** Old algorithms are allowed for this host. */
  readonly legacy: boolean;
  readonly mode: TrustMode;
  /** HostKeyAlias: the name under which its keys are looked up, as `normaliseHost` writes it; undefined for its own. */
  readonly alias: string | undefined;
}

const MODES: readonly TrustMode[] = ["ask", "accept-new", "strict"];

/** Those of every host that has any. Rejects with StorageError. */
export function readHostOptions(database: Database): Promise<readonly HostOptions[]> {
  return database.use(async (open) => (await open.getAll("host-options")).flatMap((row) => asHostOptions(row) ?? []));
}

/** Rejects with StorageError. */
export function saveHostOptions(database: Database, options: HostOptions): Promise<void> {
  return database.use(async (open) => {
    const { host, port } = options;
    const kept = asHostOptions(options);
    if (kept === undefined) await open.delete("host-options", [host, port]);
    else await open.put("host-options", kept, [host, port]);
  });
}

/** What a later version or a fault left there counts for nothing. Undefined where nothing differs from the default. */
export function asHostOptions(row: unknown): HostOptions | undefined {
  if (typeof row !== "object" || row === null) return undefined;
  const { host, port, legacy, mode, alias } = row as Readonly<Record<keyof HostOptions, unknown>>;
  if (typeof host !== "string" || typeof port !== "number") return undefined;
  const options: HostOptions = {
    host,
    port,
    legacy: legacy === true,
    mode: MODES.find((known) => known === mode) ?? "ask",
    alias: typeof alias === "string" ? normaliseHost(alias) : undefined,
  };
  return isDefault(options) ? undefined : options;
}

function isDefault({ legacy, mode, alias }: HostOptions): boolean {
  return !legacy && mode === "ask" && alias === undefined;
}
