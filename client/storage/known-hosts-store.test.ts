import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SshError } from "../bytes/errors.ts";
import { addLine } from "../knownhosts/edit.ts";
import type { SightingKey } from "../knownhosts/store.ts";
import type { Locks } from "./changes.ts";
import { Database } from "./database.ts";
import { type StoredKnownHosts, storedKnownHosts } from "./known-hosts-store.ts";

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
const RELAY = "https://relay.example.net";
/** As the verifier saves a key that a person trusts. */
const add = (store: StoredKnownHosts, key: SightingKey, written: string, at: number): Promise<void> =>
  store.edit(key.scope, (text) => addLine(text, written), [{ key, at, source: "asked", route: RELAY }]);
const seenAt = (firstSeen: number, lastSeen = firstSeen) => ({ firstSeen, lastSeen, source: "asked", route: RELAY });

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
    await add(open(), sightingOf("db1.example.net"), line("db1.example.net"), 100);
    await add(open(), sightingOf("db1", "https://relay"), line("db1"), 200);
    expect(await open().read("")).toBe(`${line("db1.example.net")}\n`);
    expect(await open().read("https://relay")).toBe(`${line("db1")}\n`);
    expect(await open().sighting(sightingOf("db1"))).toBeUndefined();
    expect(await open().sighting(sightingOf("db1", "https://relay"))).toEqual(seenAt(200));
    expect(await open().readAll()).toEqual([
      { scope: "", text: `${line("db1.example.net")}\n` },
      { scope: "https://relay", text: `${line("db1")}\n` },
    ]);
  });

  it("seen again keep their first date, and never grow younger", async () => {
    const store = open();
    await add(store, sightingOf("db1"), line("db1"), 100);
    await store.touch(sightingOf("db1"), 300, RELAY);
    await store.touch(sightingOf("db1"), 200, RELAY);
    expect(await store.sighting(sightingOf("db1"))).toEqual(seenAt(100, 300));
  });

  it("that were imported are dated from when they are seen", async () => {
    await open().touch(sightingOf("db1"), 300, RELAY);
    expect(await open().sighting(sightingOf("db1"))).toEqual({ firstSeen: 300, lastSeen: 300, route: RELAY });
  });

  it("remember how they came to be known, and the way that was last", async () => {
    const store = open();
    await add(store, sightingOf("db1"), line("db1"), 100);
    await store.touch(sightingOf("db1"), 200, "direct");
    expect(await store.sighting(sightingOf("db1"))).toEqual({ ...seenAt(100, 200), route: "direct" });
    const imported = { key: sightingOf("db1"), at: 300, source: "imported" as const, route: undefined };
    await store.edit("", (text) => text, [imported]);
    expect(await store.sighting(sightingOf("db1"))).toEqual({
      firstSeen: 100,
      lastSeen: 300,
      source: "imported",
      route: "direct",
    });
  });

  it("are listed with their dates, those of one scope", async () => {
    const store = open();
    await store.edit(
      "",
      (text) => addLine(text, line("db1,db2")),
      ["db2", "db1"].map((host, at) => ({ key: sightingOf(host), at, source: "asked", route: RELAY })),
    );
    await add(store, sightingOf("db3", RELAY), line("db3"), 7);
    // A row that cannot be read has no date to show.
    await new Database(name).use((opened) => opened.put("sightings", "damaged" as never, ["", "db4", "SHA256:x"]));
    expect(await store.sightings("")).toEqual([
      { key: sightingOf("db1"), sighting: seenAt(1) },
      { key: sightingOf("db2"), sighting: seenAt(0) },
    ]);
    expect(await store.sightings(RELAY)).toEqual([{ key: sightingOf("db3", RELAY), sighting: seenAt(7) }]);
    expect(await store.sightings("https://other")).toEqual([]);
    expect(await store.sighting(sightingOf("db4"))).toBeUndefined();
  });

  it("are changed all or not at all", async () => {
    const store = open();
    await add(store, sightingOf("db1"), line("db1"), 100);
    const full = () => {
      throw new SshError("trust-store", "full");
    };
    const seen = { key: sightingOf("db2"), at: 1, source: "asked" as const, route: RELAY };
    await expect(store.edit("", full, [seen])).rejects.toThrow("full");
    // The second of these cannot be stored.
    const unusable = { ...seen, key: { ...seen.key, name: 1n as unknown as string } };
    await expect(store.edit("", () => "other", [seen, unusable])).rejects.toMatchObject({ code: "trust-store" });
    expect(await store.read("")).toBe(`${line("db1")}\n`);
    expect(await store.sightings("")).toHaveLength(1);
  });

  it("forgotten are gone from that scope with all their dates, and nothing else is", async () => {
    const store = open();
    const rows = ["db1", "[db1]:2222", "db10", "db2"].map((host) => sightingOf(host));
    for (const row of rows) await add(store, row, line(row.name), 100);
    await add(store, { ...sightingOf("db1"), keySha256: "SHA256:y" }, line("db1,db2"), 100);
    await add(store, sightingOf("db1", "https://relay"), line("db1"), 100);
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
    await Promise.all(hosts.map((host, i) => add(i % 2 ? one : two, sightingOf(host), line(host), i)));
    await Promise.all([one.forget("", { host: "host3", port: 22 }), add(two, sightingOf("late"), line("late"), 1)]);
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

describe("two tabs that each have the database open", () => {
  it.each([
    ["under the lock", new OneAtATime()],
    ["in a browser without locks", undefined],
  ])("and edit fifty times at once keep all hundred %s", async (_, locks) => {
    const tabs = [open(locks), open(locks)];
    const hosts = Array.from({ length: 50 }, (_, i) => i);
    await Promise.all(
      tabs.flatMap((tab, t) => hosts.map((i) => add(tab, sightingOf(`tab${t}-${i}`), line(`tab${t}-${i}`), i))),
    );
    const written = (await open().read("")).trimEnd().split("\n").sort();
    expect(written).toEqual(tabs.flatMap((_, t) => hosts.map((i) => line(`tab${t}-${i}`))).sort());
    expect(await open().sightings("")).toHaveLength(100);
  });
});

describe("a change", () => {
  /** The next change that this store hears of. */
  const nextChange = (store: StoredKnownHosts): Promise<void> =>
    new Promise((resolve) => {
      const unwatch = store.watch(() => {
        unwatch();
        resolve();
      });
    });

  it("is heard of by whoever watches, here and elsewhere, once it is done", async () => {
    const [here, elsewhere] = [open(), open()];
    for (const change of [
      () => add(here, sightingOf("db1"), line("db1"), 1),
      () => here.touch(sightingOf("db1"), 2, RELAY),
      () => here.forget("", { host: "db1", port: 22 }),
    ]) {
      const heard = Promise.all([nextChange(elsewhere), nextChange(here)]);
      const read = heard.then(() => elsewhere.read(""));
      await change();
      expect(await read).toBe(await here.read(""));
    }
  });

  it("is not told when it failed, and not to those who watch no more", async () => {
    const store = open();
    const [all, few] = [vi.fn(), vi.fn()];
    const unwatch = [store.watch(all), store.watch(few)];
    unwatch[1]?.();
    const failing = store.edit("", () => ({}) as string, Array(1) as never);
    await expect(failing).rejects.toMatchObject({ code: "trust-store" });
    // Heard after whatever was told before it.
    const last = nextChange(store);
    await store.touch(sightingOf("db1"), 1, RELAY);
    await last;
    unwatch[0]?.();
    expect([all.mock.calls.length, few.mock.calls.length]).toEqual([1, 0]);
  });

  it("is made all the same where the browser has no channel to tell it by", async () => {
    vi.stubGlobal("BroadcastChannel", undefined);
    try {
      const unwatch = open().watch(() => {});
      await add(open(), sightingOf("db1"), line("db1"), 1);
      unwatch();
      expect(await open().read("")).toBe(`${line("db1")}\n`);
    } finally {
      vi.unstubAllGlobals();
    }
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
      () => add(store, sightingOf("db1"), line("db1"), 1),
      () => store.sighting(sightingOf("db1")),
      () => store.sightings(""),
      () => store.touch(sightingOf("db1"), 1, RELAY),
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
      await expect(add(store, sightingOf("db1"), line("db1"), 1)).rejects.toMatchObject({ code: "trust-store" });
    }
    expect(await open().sighting(sightingOf("db1"))).toBeUndefined();
  });

  it("to get the lock in time is one too", async () => {
    const stuck = { request: () => Promise.reject(new DOMException("x", "TimeoutError")) } as unknown as Locks;
    await expect(open(stuck).touch(sightingOf("db1"), 1, RELAY)).rejects.toMatchObject({ code: "trust-store" });
  });

  it("to hold more than 10 MiB says that it is full, and keeps what there is", async () => {
    const text = "#".repeat(10 * 1024 * 1024);
    await new Database(name).use((opened) => opened.put("known-hosts", text, ""));
    await expect(add(open(), sightingOf("db1"), line("db1"), 1)).rejects.toThrow("is full");
    expect((await open().read("")).length).toBe(text.length);
  });
});
