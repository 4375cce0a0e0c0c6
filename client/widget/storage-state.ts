// What the browser lets this frame keep, found by trying: settings differ, and browsers say little of them.

import type { Clock } from "../bytes/clock.ts";
import type { Storage } from "./embed/1.0.0/contract.d.ts";

export interface Tries {
  /** Writes something and takes it away again; rejects where nothing can be kept. */
  write(): Promise<void>;
  /** Undefined where the browser does not know the question. */
  access(): Promise<boolean> | undefined;
  /** Where storage stays apart though access is given: can what was written beyond the partition be read in here? */
  beyond(): Promise<boolean | undefined>;
  /** Is the page around of our own origin? */
  readonly own: boolean;
  /** Settles when no try may take any longer. */
  readonly late: Promise<"denied">;
}

/** What hangs is taken for denied: nothing could be kept there either. */
export function storageState(tries: Tries): Promise<Storage> {
  return Promise.race([found(tries), tries.late]);
}

async function found({ write, access, beyond, own }: Tries): Promise<Storage> {
  try {
    await write();
  } catch {
    return "denied";
  }
  if (own) return "shared";
  try {
    if ((await access()) !== true) return "partitioned";
    return (await beyond()) === false ? "partitioned" : "shared";
  } catch {
    return "partitioned";
  }
}

const PROBE = "periwinkle.probe";
const PATIENCE = 8_000;

/** Storage Access API, with the handle that Chromium gives out instead of opening the frame's own storage. */
interface AccessDocument {
  readonly hasStorageAccess?: () => Promise<boolean>;
  readonly requestStorageAccess?: (types: {
    readonly localStorage: true;
  }) => Promise<{ readonly localStorage?: globalThis.Storage } | undefined>;
}

export function tries(own: boolean, clock: Clock): Tries {
  const page = document as AccessDocument;
  return {
    own,
    late: new Promise((resolve) => clock.after(PATIENCE, () => resolve("denied"))),
    async write() {
      localStorage.setItem(PROBE, "");
      localStorage.removeItem(PROBE);
      await writeDatabase();
    },
    access: () => page.hasStorageAccess?.call(document),
    async beyond() {
      // Given already, so nobody is asked.
      const handle = await page.requestStorageAccess?.call(document, { localStorage: true });
      if (!handle?.localStorage) return undefined;
      // A name of its own: other frames of the page may be trying, too.
      const name = `${PROBE}.${crypto.randomUUID()}`;
      try {
        handle.localStorage.setItem(name, "");
        return localStorage.getItem(name) !== null;
      } finally {
        handle.localStorage.removeItem(name);
      }
    },
  };
}

/** A database of its own, so that no other one changes its version. */
function writeDatabase(): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(PROBE, 1);
    opening.onupgradeneeded = () => void opening.result.createObjectStore("probe");
    opening.onerror = () => reject(new Error("denied"));
    opening.onsuccess = () => {
      const database = opening.result;
      const end = (error: DOMException | null): void => {
        database.close();
        indexedDB.deleteDatabase(PROBE);
        if (error) reject(error);
        else resolve();
      };
      try {
        const writing = database.transaction("probe", "readwrite");
        writing.objectStore("probe").put(0, 0);
        writing.oncomplete = () => end(null);
        writing.onabort = () => end(writing.error ?? new DOMException("denied"));
      } catch {
        end(new DOMException("denied"));
      }
    };
  });
}
