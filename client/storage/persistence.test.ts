import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Database } from "./database.ts";
import { storedKnownHosts } from "./known-hosts-store.ts";
import { askToPersist, persistence } from "./persistence.ts";

let count = 0;
let database = new Database();
beforeEach(() => {
  database = new Database(`persistence-${++count}`);
});
const save = (): Promise<void> => storedKnownHosts(database, undefined).edit("", () => "db1 ssh-ed25519 AAAA\n", []);

/** As navigator.storage of a browser that answers so. */
function answering(answer: boolean) {
  let granted = false;
  const persist = vi.fn(async () => {
    granted = answer;
    return granted;
  });
  return { persist, persisted: async () => granted };
}

describe("the browser is asked to keep what is stored", () => {
  it("not before there is something to keep, then once, by however many tabs", async () => {
    const keeper = answering(true);
    await askToPersist(database, keeper);
    expect([keeper.persist.mock.calls.length, await persistence(database, keeper)]).toEqual([0, "unknown"]);
    await save();
    await Promise.all([askToPersist(database, keeper), askToPersist(database, keeper)]);
    await askToPersist(database, keeper);
    expect([keeper.persist.mock.calls.length, await persistence(database, keeper)]).toEqual([1, "persistent"]);
  });

  it("and its no is remembered", async () => {
    await save();
    await askToPersist(database, answering(false));
    const later = answering(true);
    await askToPersist(database, later);
    expect(later.persist).not.toHaveBeenCalled();
    expect(await persistence(database, later)).toBe("may be cleared");
  });

  it("and its yes can be taken back in its settings", async () => {
    await save();
    await askToPersist(database, answering(true));
    expect(await persistence(database, answering(false))).toBe("may be cleared");
  });

  it("without anything waiting for the answer, which may never come", async () => {
    await save();
    const silent = { persist: () => new Promise<boolean>(() => {}), persisted: async () => false };
    void askToPersist(database, silent);
    await save();
    expect(await persistence(database, silent)).toBe("unknown");
  });

  it("without harm where it has nothing of the kind, or fails", async () => {
    await save();
    await askToPersist(database, undefined);
    expect(await persistence(database, undefined)).toBe("unknown");
    const fail = () => Promise.reject(new TypeError("opaque origin"));
    await askToPersist(database, { persist: fail, persisted: fail });
    expect(await persistence(database, { persist: fail, persisted: fail })).toBe("unknown");
    const broken = { use: () => Promise.reject(new Error("x")) } as unknown as Database;
    await askToPersist(broken, answering(true));
    expect(await persistence(broken, answering(true))).toBe("unknown");
  });
});
