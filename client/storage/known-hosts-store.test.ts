import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it } from "vitest";
import type { SightingKey } from "../knownhosts/store.ts";
import { Database } from "./database.ts";
import { type Locks, type StoredKnownHosts, storedKnownHosts } from "./known-hosts-store.ts";

// A real line: what is forgotten must be understood first.
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK9ks7jkua5YWIwByRnnnc6UPJQWI75O0e/UJdPYU1JI";
const line = (name: string): string => `${name} ${KEY}`;
const sightingOf = (name: string, scope = ""): SightingKey => ({ scope, name, keySha256: "SHA256:x" });

let count = 0;
let name = "";
beforeEach(() => {
  name = `known-hosts-${++count}`;
});
const open = (locks?: Locks): StoredKnownHosts => storedKnownHosts(new Database(name), locks);

/** As navigator.locks: one holder at a time, first come first served, and a signal ends the wait. */
class OneAtATime {
  held = 0;
  mostHeld = 0;
  readonly names: string[] = [];
  #last: Promise<unknown> = Promise.resolve();

  request = (async (lock: string, { signal }: LockOptions, work: () => Promise<unknown>) => {
    this.names.push(lock);
    const mine = this.#last.then(async () => {
      signal?.throwIfAborted();
      this.mostHeld = Math.max(this.mostHeld, ++this.held);
      return work().finally(() => this.held--);
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }) as Locks["request"];
}

describe("known hosts", () => {
  it("of a browser that knows none are empty texts", async () => {
    expect(await open().read("")).toBe("");
    expect(await open().readAll()).toEqual([]);
    expect(await open().sighting(sightingOf("db1"))).toBeUndefined();
  });

  it("are there after a reload, each scope for itself", async () => {
    await open().add(sightingOf("db1.example.net"), line("db1.example.net"), 100);
    await open().add(sightingOf("db1", "https://relay"), line("db1"), 200);
    expect(await open().read("")).toBe(`${line("db1.example.net")}\n`);
    expect(await open().read("https://relay")).toBe(`${line("db1")}\n`);
    expect(await open().sighting(sightingOf("db1"))).toBeUndefined();
    expect(await open().sighting(sightingOf("db1", "https://relay"))).toEqual({ firstSeen: 200, lastSeen: 200 });
    expect(await open().readAll()).toEqual([
      { scope: "", text: `${line("db1.example.net")}\n` },
      { scope: "https://relay", text: `${line("db1")}\n` },
    ]);
  });

  it("seen again keep their first date, and never grow younger", async () => {
    const store = open();
    await store.add(sightingOf("db1"), line("db1"), 100);
    await store.touch(sightingOf("db1"), 300);
    await store.touch(sightingOf("db1"), 200);
    expect(await store.sighting(sightingOf("db1"))).toEqual({ firstSeen: 100, lastSeen: 300 });
  });

  it("that were imported are dated from when they are seen", async () => {
    await open().touch(sightingOf("db1"), 300);
    expect(await open().sighting(sightingOf("db1"))).toEqual({ firstSeen: 300, lastSeen: 300 });
  });

  it("forgotten are gone from that scope with all their dates, and nothing else is", async () => {
    const store = open();
    const rows = ["db1", "[db1]:2222", "db10", "db2"].map((host) => sightingOf(host));
    for (const row of rows) await store.add(row, line(row.name), 100);
    await store.add({ ...sightingOf("db1"), keySha256: "SHA256:y" }, line("db1,db2"), 100);
    await store.add(sightingOf("db1", "https://relay"), line("db1"), 100);
    await store.forget("", { host: "db1", port: 22 });
    expect(await store.read("")).toBe(`${["[db1]:2222", "db10", "db2", "db2"].map(line).join("\n")}\n`);
    const left = await Promise.all(rows.map((row) => store.sighting(row)));
    expect(left.map((row) => row !== undefined)).toEqual([false, true, true, true]);
    expect(await store.sighting({ ...sightingOf("db1"), keySha256: "SHA256:y" })).toBeUndefined();
    expect(await store.sighting(sightingOf("db1", "https://relay"))).toBeDefined();
    expect(await store.read("https://relay")).toBe(`${line("db1")}\n`);
  });
});

describe("two tabs that write at once", () => {
  const hosts = Array.from({ length: 20 }, (_, i) => `host${i}`);

  async function writeFromTwo(locks?: Locks): Promise<void> {
    const [one, two] = [open(locks), open(locks)];
    await Promise.all(hosts.map((host, i) => (i % 2 ? one : two).add(sightingOf(host), line(host), i)));
    await Promise.all([one.forget("", { host: "host3", port: 22 }), two.add(sightingOf("late"), line("late"), 1)]);
  }

  it.each([
    ["under the lock", new OneAtATime()],
    ["in a browser without locks", undefined],
  ])("lose nothing %s", async (_, locks) => {
    await writeFromTwo(locks);
    const written = (await open().read("")).trimEnd().split("\n").sort();
    const wanted = [...hosts.filter((host) => host !== "host3"), "late"].map(line).sort();
    expect(written).toEqual(wanted);
    const dates = await Promise.all(hosts.map((host) => open().sighting(sightingOf(host))));
    expect(dates.filter((row) => row !== undefined)).toHaveLength(hosts.length - 1);
  });

  it("do it one after the other, under one name, and reading takes no lock", async () => {
    const locks = new OneAtATime();
    await writeFromTwo(locks);
    expect([locks.mostHeld, new Set(locks.names)]).toEqual([1, new Set(["periwinkle:known-hosts"])]);
    const before = locks.names.length;
    await open(locks).read("");
    expect(locks.names).toHaveLength(before);
  });
});

describe("a failure of the store", () => {
  it("is a trust-store error with a sentence, for every method", async () => {
    const broken = { use: () => Promise.reject(new DOMException("x", "QuotaExceededError")) } as unknown as Database;
    const store = storedKnownHosts(broken, undefined);
    const target = { host: "db1", port: 22 };
    const all: readonly (() => Promise<unknown>)[] = [
      () => store.read(""),
      () => store.readAll(),
      () => store.add(sightingOf("db1"), line("db1"), 1),
      () => store.sighting(sightingOf("db1")),
      () => store.touch(sightingOf("db1"), 1),
      () => store.forget("", target),
    ];
    for (const method of all) {
      await expect(method()).rejects.toMatchObject({
        name: "SshError",
        code: "trust-store",
        message: expect.stringContaining("no room left") as string,
      });
    }
  });

  it("of damaged data is one too, rather than an empty list", async () => {
    const database = new Database(name);
    await database.use((opened) => opened.put("known-hosts", 7 as unknown as string, ""));
    for (const store of [open(), storedKnownHosts(database, undefined)]) {
      await expect(store.read("")).rejects.toMatchObject({ code: "trust-store" });
      await expect(store.readAll()).rejects.toMatchObject({ code: "trust-store" });
      await expect(store.add(sightingOf("db1"), line("db1"), 1)).rejects.toMatchObject({ code: "trust-store" });
    }
    expect(await open().sighting(sightingOf("db1"))).toBeUndefined();
  });

  it("to get the lock in time is one too", async () => {
    const stuck = { request: () => Promise.reject(new DOMException("x", "TimeoutError")) } as unknown as Locks;
    await expect(open(stuck).touch(sightingOf("db1"), 1)).rejects.toMatchObject({ code: "trust-store" });
  });

  it("to hold more than 10 MiB says that it is full, and keeps what there is", async () => {
    const text = "#".repeat(10 * 1024 * 1024);
    await new Database(name).use((opened) => opened.put("known-hosts", text, ""));
    await expect(open().add(sightingOf("db1"), line("db1"), 1)).rejects.toThrow("is full");
    expect((await open().read("")).length).toBe(text.length);
  });
});
