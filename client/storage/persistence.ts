// Asks the browser not to clear what this page keeps when room runs short. Some browsers decide by themselves, some ask the
// person: so it is asked once, when there is something to keep, and nothing waits for the answer.

import type { Database } from "./database.ts";

/** "may be cleared": the browser said no. "unknown": it was not asked yet, has not answered, or cannot be asked. */
export type Persistence = "persistent" | "may be cleared" | "unknown";

/** What is needed of navigator.storage, which is absent on plain HTTP. */
export interface StorageKeeper {
  persist(): Promise<boolean>;
  persisted(): Promise<boolean>;
}

/** Asks if a known host was saved and it was never asked before. Never rejects; may take until the person has answered. */
export async function askToPersist(database: Database, keeper: StorageKeeper | undefined): Promise<void> {
  if (keeper === undefined) return;
  try {
    if (!(await isFirstTime(database))) return;
    const answer: Persistence = (await keeper.persist()) ? "persistent" : "may be cleared";
    await database.use((open) => open.put("meta", answer, "persistence"));
  } catch {
    // It goes on as before, and the answer stays unknown.
  }
}

/** What is known of it now. Never rejects. */
export async function persistence(database: Database, keeper: StorageKeeper | undefined): Promise<Persistence> {
  try {
    // The browser may have changed its mind, or the person the browser's settings.
    if (await keeper?.persisted()) return "persistent";
    const answer = await database.use((open) => open.get("meta", "persistence"));
    return answer === undefined || answer === "unknown" ? "unknown" : "may be cleared";
  } catch {
    return "unknown";
  }
}

/** Noted before it is asked: two tabs ask once, and a question that a person leaves alone does not come back. */
function isFirstTime(database: Database): Promise<boolean> {
  return database.use(async (open) => {
    const transaction = open.transaction(["meta", "known-hosts"], "readwrite");
    const meta = transaction.objectStore("meta");
    const [asked, texts] = await Promise.all([meta.get("persistence"), transaction.objectStore("known-hosts").count()]);
    const first = asked === undefined && texts > 0;
    if (first) await meta.put("unknown", "persistence");
    await transaction.done;
    return first;
  });
}
