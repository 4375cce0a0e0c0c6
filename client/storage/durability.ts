// Has the browser lost the known hosts? Then every host looks new, and that must not pass for a first contact. The database
// carries a random mark from its making, and localStorage, which browsers clear at other times, notes the mark of the
// database that held known hosts. Where both are cleared at once nothing can be known.

import type { Database } from "./database.ts";

const KEY = "periwinkle.known-hosts";

/** What is needed of localStorage. */
export interface Notes {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface Durability {
  /**
   * When the known hosts that are lost were last there, in ms since 1970. Undefined where nothing was lost, and where nothing
   * can be said: nothing was ever saved, or the browser denies storage. Notes that they are there now. Never rejects.
   */
  lostSince(): Promise<number | undefined>;
  /** The person has read it, and starts anew or has restored a backup. Rejects where the browser denies storage. */
  acceptLoss(): Promise<void>;
}

/** `notes` may throw: where localStorage is denied, even to name it does. `now` is in ms since 1970. */
export function durability(database: Database, notes: () => Notes, now: () => number): Durability {
  return {
    async lostSince() {
      try {
        const { mark, inUse } = await stateOf(database);
        const noted = parseNote(notes().getItem(KEY));
        if (noted !== undefined && noted.mark !== mark) return noted.at;
        // Kept by itself the mark says nothing: a database in which nothing was saved yet can be lost without harm.
        if (noted !== undefined || inUse) notes().setItem(KEY, formatNote({ mark, at: now() }));
      } catch {
        // A store that cannot be read refuses every key by itself.
      }
      return undefined;
    },

    async acceptLoss() {
      const { mark, inUse } = await stateOf(database);
      if (inUse) notes().setItem(KEY, formatNote({ mark, at: now() }));
      else notes().removeItem(KEY);
    },
  };
}

interface State {
  readonly mark: string;
  /** Was a known host ever saved in it? They may all have been removed since. */
  readonly inUse: boolean;
}

function stateOf(database: Database): Promise<State> {
  return database.use(async (open) => {
    const transaction = open.transaction(["meta", "known-hosts"]);
    const [mark = "", texts] = await Promise.all([
      transaction.objectStore("meta").get("mark"),
      transaction.objectStore("known-hosts").count(),
    ]);
    return { mark, inUse: texts > 0 };
  });
}

/** The mark of a database, and when it was there, in ms since 1970. */
interface Note {
  readonly mark: string;
  readonly at: number;
}

function formatNote({ mark, at }: Note): string {
  return `${mark} ${at}`;
}

/** A note that cannot be read is none. */
function parseNote(text: string | null): Note | undefined {
  const [, mark, at] = /^([0-9a-f]{32}) (\d{1,16})$/.exec(text ?? "") ?? [];
  return mark === undefined ? undefined : { mark, at: Number(at) };
}
