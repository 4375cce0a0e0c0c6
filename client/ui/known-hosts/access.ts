// What the list of known hosts needs from outside itself. The product hands in IndexedDB (main.tsx).

import type { BackupContents, OpenedBackup } from "../../storage/backup.ts";
import type { StoredKnownHosts } from "../../storage/known-hosts-store.ts";
import type { Persistence } from "../../storage/persistence.ts";
import type { SlowWork } from "../../storage/sealed.ts";

export interface KnownHostsAccess extends Pick<StoredKnownHosts, "readAll" | "edit" | "sightings" | "watch"> {
  /** May the browser clear them when room runs short? Never rejects. */
  persistence(): Promise<Persistence>;
  /** Everything that this browser keeps, in a file that only the passphrase opens. */
  backUp(passphrase: string, work: SlowWork): Promise<Uint8Array<ArrayBuffer>>;
  openBackup(file: Uint8Array, passphrase: string, work: SlowWork): Promise<OpenedBackup>;
  /** Adds what is in it. Nothing that is there is removed or changed. */
  restore(contents: BackupContents): Promise<void>;
}
