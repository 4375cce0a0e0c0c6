import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "./database.ts";
import { durability, type Notes } from "./durability.ts";
import { storedKnownHosts } from "./known-hosts-store.ts";

let count = 0;
let name = "";
let notes = new Map<string, string>();
let today = 0;
beforeEach(() => {
  name = `durability-${++count}`;
  notes = new Map();
  today = 1000;
});

/** As localStorage. */
const kept = (): Notes => ({
  getItem: (key) => notes.get(key) ?? null,
  setItem: (key, value) => void notes.set(key, value),
  removeItem: (key) => void notes.delete(key),
});
const denied = (): never => {
  throw new DOMException("denied", "SecurityError");
};
/** A visit by a fresh page. */
const visit = (storage: () => Notes = kept) => durability(new Database(name), storage, () => today);
const lost = (): Promise<number | undefined> => visit().lostSince();
const save = (text = "db1 ssh-ed25519 AAAA\n"): Promise<void> =>
  storedKnownHosts(new Database(name), undefined).edit("", () => text, []);
function remove(): Promise<unknown> {
  const deletion = indexedDB.deleteDatabase(name);
  return new Promise((resolve) => deletion.addEventListener("success", resolve));
}
/** The page notices what the worker saved, and is left. */
async function saveAndVisit(): Promise<void> {
  await save();
  await lost();
}

describe("known hosts are lost", () => {
  it("when they were there at the last visit and their database is gone: since then", async () => {
    await saveAndVisit();
    today = 2000;
    expect(await lost()).toBeUndefined();
    await remove();
    today = 3000;
    expect(await lost()).toBe(2000);
  });

  it("and stay so until the person has read it, at later visits and in other tabs too", async () => {
    await saveAndVisit();
    await remove();
    today = 2000;
    expect(await lost()).toBe(1000);
    today = 3000;
    const tabs = [visit(), visit()];
    expect(await Promise.all(tabs.map((tab) => tab.lostSince()))).toEqual([1000, 1000]);
    await tabs[0]?.acceptLoss();
    expect(await Promise.all(tabs.map((tab) => tab.lostSince()))).toEqual([undefined, undefined]);
    expect(await lost()).toBeUndefined();
  });

  it("also when a new host was saved before anybody looked", async () => {
    await saveAndVisit();
    await remove();
    await save("db2 ssh-ed25519 AAAA\n");
    today = 2000;
    expect(await lost()).toBe(1000);
    await visit().acceptLoss();
    expect(await lost()).toBeUndefined();
  });

  it("while the page is open, too", async () => {
    await save();
    const page = visit();
    expect(await page.lostSince()).toBeUndefined();
    await remove();
    expect(await page.lostSince()).toBe(1000);
  });

  it("a second time, after the first was accepted", async () => {
    await saveAndVisit();
    await remove();
    await visit().acceptLoss();
    await saveAndVisit();
    await remove();
    expect(await lost()).toBe(1000);
  });
});

describe("nothing is lost", () => {
  it("at a first visit, nor at the next when nothing was saved", async () => {
    expect(await lost()).toBeUndefined();
    expect(notes.size).toBe(0);
    await remove();
    expect(await lost()).toBeUndefined();
  });

  it("when the person removed all of them", async () => {
    await saveAndVisit();
    await save("");
    expect(await lost()).toBeUndefined();
  });

  it("when only the note was cleared: it is made again", async () => {
    await saveAndVisit();
    notes.clear();
    expect(await lost()).toBeUndefined();
    await remove();
    expect(await lost()).toBe(1000);
  });

  it("after a loss that was accepted, while nothing is saved", async () => {
    await saveAndVisit();
    await remove();
    await visit().acceptLoss();
    expect(notes.size).toBe(0);
    await remove();
    expect(await lost()).toBeUndefined();
  });

  it("where the browser denies localStorage, before or after", async () => {
    await save();
    expect(await visit(denied).lostSince()).toBeUndefined();
    await lost();
    await remove();
    expect(await visit(denied).lostSince()).toBeUndefined();
  });

  it("where the browser denies its database, for it can give it back", async () => {
    await saveAndVisit();
    const broken = { use: () => Promise.reject(new DOMException("x", "SecurityError")) } as unknown as Database;
    expect(await durability(broken, kept, () => today).lostSince()).toBeUndefined();
    await expect(durability(broken, kept, () => today).acceptLoss()).rejects.toThrow();
    today = 2000;
    expect(await lost()).toBeUndefined();
  });

  it.each(["", "yes", "0123456789abcdef 1", `${"a".repeat(32)} -1`, `${"g".repeat(32)} 1`, `${"a".repeat(32)} 1e3`])(
    "by a note that cannot be read: %j",
    async (note) => {
      notes.set("periwinkle.known-hosts", note);
      expect(await lost()).toBeUndefined();
    },
  );

  it("where there is no room for the note", async () => {
    await save();
    const full = (): Notes => ({
      ...kept(),
      setItem: () => {
        throw new DOMException("x", "QuotaExceededError");
      },
    });
    expect(await visit(full).lostSince()).toBeUndefined();
  });
});
