import "fake-indexeddb/auto";
import { openDB } from "idb";
import { afterEach, describe, expect, it } from "vitest";
import { SshError } from "../bytes/errors.ts";
import { asStorageError, committed, Database, StorageError } from "./database.ts";

const real = globalThis.indexedDB;
const replaceIndexedDb = (value: unknown): void => {
  Object.defineProperty(globalThis, "indexedDB", { value, configurable: true, writable: true });
};
afterEach(() => replaceIndexedDb(real));

let count = 0;
const freshName = (): string => `database-${++count}`;
const storesOf = (database: Database): Promise<string[]> => database.use(async (open) => [...open.objectStoreNames]);
const markOf = (database: Database): Promise<string | undefined> => database.use((open) => open.get("meta", "mark"));

describe("the database", () => {
  it("has its stores, and what was put is there for the next opening", async () => {
    const name = freshName();
    const first = new Database(name);
    expect(await storesOf(first)).toEqual(["destinations", "host-options", "known-hosts", "meta", "sightings"]);
    await first.use((open) => open.put("known-hosts", "# text", ""));
    await first.close();
    expect(await new Database(name).use((open) => open.get("known-hosts", ""))).toBe("# text");
  });

  it("is opened once for many uses", async () => {
    let opened = 0;
    const open = (name: string, version: number): IDBOpenDBRequest => {
      opened++;
      return real.open(name, version);
    };
    replaceIndexedDb({ open });
    const database = new Database(freshName());
    await Promise.all([storesOf(database), storesOf(database), storesOf(database)]);
    expect(opened).toBe(1);
  });

  it("makes way for a newer version, and says then that the page is old", async () => {
    const name = freshName();
    const database = new Database(name);
    await storesOf(database);
    const newer = await openDB(name, 4);
    await expect(storesOf(database)).rejects.toThrow("A newer Periwinkle has already changed the data");
    newer.close();
  });

  it("is opened again after it made way for a deletion", async () => {
    const name = freshName();
    const database = new Database(name);
    await storesOf(database);
    const deletion = real.deleteDatabase(name);
    await new Promise((resolve) => deletion.addEventListener("success", resolve));
    expect(await storesOf(database)).toHaveLength(5);
  });

  /** As version 1 made it. */
  const firstVersion = (name: string) =>
    openDB(name, 1, {
      upgrade(open) {
        open.createObjectStore("known-hosts");
        open.createObjectStore("sightings");
        open.createObjectStore("destinations").createIndex("lastUsed", "lastUsed");
      },
    });

  const secondVersion = (name: string) =>
    openDB(name, 2, {
      upgrade(open) {
        open.createObjectStore("known-hosts");
        open.createObjectStore("sightings");
        open.createObjectStore("destinations").createIndex("lastUsed", "lastUsed");
        open.createObjectStore("host-options");
      },
    });

  it.each([
    ["1", firstVersion],
    ["2", secondVersion],
  ])("keeps everything that version %s stored", async (_, make) => {
    const name = freshName();
    const older = await make(name);
    const ada = { host: "db1", port: 22, user: "ada", lastUsed: 3 };
    const seen = { firstSeen: 1, lastSeen: 2 };
    const options = { host: "db1", port: 22, legacy: true };
    const hadOptions = older.objectStoreNames.contains("host-options");
    await older.put("known-hosts", "# text", "");
    await older.put("sightings", seen, ["", "db1", "SHA256:x"]);
    await older.put("destinations", ada, ["db1", 22, "ada"]);
    if (hadOptions) await older.put("host-options", options, ["db1", 22]);
    older.close();
    const database = new Database(name);
    expect(await database.use((open) => open.get("known-hosts", ""))).toBe("# text");
    expect(await database.use((open) => open.get("sightings", ["", "db1", "SHA256:x"]))).toEqual(seen);
    expect(await database.use((open) => open.getAllFromIndex("destinations", "lastUsed"))).toEqual([ada]);
    expect(await database.use((open) => open.getAll("host-options"))).toEqual(hadOptions ? [options] : []);
    expect(await markOf(database)).toMatch(/^[0-9a-f]{32}$/);
  });

  it("has a mark of its own from its making, which stays", async () => {
    const names = [freshName(), freshName()];
    const marks = await Promise.all(names.map((name) => markOf(new Database(name))));
    expect(marks[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(marks[0]).not.toBe(marks[1]);
    expect(await Promise.all(names.map((name) => markOf(new Database(name))))).toEqual(marks);
  });

  describe("held by an older tab that does not let go", () => {
    async function heldByAnOlderTab(name: string) {
      const holder = await firstVersion(name);
      const requests: IDBOpenDBRequest[] = [];
      const open = (asked: string, version: number): IDBOpenDBRequest => {
        const request = real.open(asked, version);
        requests.push(request);
        return request;
      };
      replaceIndexedDb({ open });
      return { holder, requests };
    }

    it("is an error that says so, and works once that tab is gone", async () => {
      const name = freshName();
      const { holder } = await heldByAnOlderTab(name);
      const database = new Database(name);
      await expect(storesOf(database)).rejects.toThrow("Another tab holds an older version");
      holder.close();
      expect(await storesOf(database)).toContain("host-options");
    });

    it("is closed when it comes too late, so that it is in nobody's way", async () => {
      const name = freshName();
      const { holder, requests } = await heldByAnOlderTab(name);
      await expect(storesOf(new Database(name))).rejects.toBeInstanceOf(StorageError);
      const [late] = requests;
      const opened = new Promise((resolve) => late?.addEventListener("success", resolve));
      holder.close();
      await opened;
      await new Promise(setImmediate);
      expect(() => late?.result.transaction("known-hosts")).toThrow(
        expect.objectContaining({ name: "InvalidStateError" }) as Error,
      );
    });
  });

  it("that never answers is an error after a while", async () => {
    replaceIndexedDb({ open: () => new IDBOpenDBRequest() });
    await expect(storesOf(new Database(freshName(), 10))).rejects.toThrow("did not answer");
  });

  it("that the page may not have at all is an error that says why", async () => {
    replaceIndexedDb({
      open: () => {
        throw new DOMException("denied", "SecurityError");
      },
    });
    await expect(storesOf(new Database(freshName()))).rejects.toThrow("does not let this page store anything");
    replaceIndexedDb(undefined);
    await expect(storesOf(new Database(freshName()))).rejects.toBeInstanceOf(StorageError);
  });
});

describe("what fails in a use", () => {
  it.each([
    ["QuotaExceededError", /no room left/],
    ["SecurityError", /does not let this page/],
    ["TimeoutError", /did not answer/],
    ["UnknownError", /storage failed/],
  ])("as %s gets its own sentence", (name, sentence) => {
    expect(asStorageError(new DOMException("x", name)).message).toMatch(sentence);
  });

  it("keeps an error of ours, and turns all else into one", async () => {
    const database = new Database(freshName());
    const ours = new SshError("trust-store", "full");
    await expect(database.use(() => Promise.reject(ours))).rejects.toBe(ours);
    await expect(database.use(() => Promise.reject(new TypeError("x")))).rejects.toBeInstanceOf(StorageError);
    await expect(database.use(() => Promise.reject("words"))).rejects.toBeInstanceOf(StorageError);
  });

  it("leaves nothing of a change behind", async () => {
    const database = new Database(freshName());
    const change = database.use(async (open) => {
      const transaction = open.transaction("known-hosts", "readwrite");
      await committed(transaction, async () => {
        await transaction.store.put("half", "");
        throw new SshError("trust-store", "then this");
      });
    });
    await expect(change).rejects.toThrow("then this");
    expect(await database.use((open) => open.get("known-hosts", ""))).toBeUndefined();
  });
});
