import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it } from "vitest";
import type { Sighting } from "../knownhosts/claim.ts";
import type { SightingKey } from "../knownhosts/store.ts";
import type { BackupContents } from "./backup.ts";
import { type Locks, watchChanges } from "./changes.ts";
import { Database } from "./database.ts";
import { recentDestinations, rememberDestination } from "./destinations.ts";
import { type HostOptions, readHostOptions, saveHostOptions } from "./host-options.ts";
import { storedKnownHosts } from "./known-hosts-store.ts";
import { gatherBackup, restoreBackup } from "./restore.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK9ks7jkua5YWIwByRnnnc6UPJQWI75O0e/UJdPYU1JI";
const OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEZ4cRUw5bUfrOVR4iV+vYQZVhCr57DfkDGk9Xw3x2Rj";
const RELAY = "https://relay.example.net";
const text = (...lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
const keyOf = (name: string, scope = ""): SightingKey => ({ scope, name, keySha256: "SHA256:x" });
const options = (host: string, chosen: Partial<HostOptions>): HostOptions => ({
  host,
  port: 22,
  legacy: false,
  mode: "ask",
  alias: undefined,
  ...chosen,
});
const nothing: BackupContents = { madeAt: 1, knownHosts: [], sightings: [], hostOptions: [], destinations: [] };

let count = 0;
let database = new Database();
const freshDatabase = (): Database => new Database(`restore-${++count}`);
beforeEach(() => {
  database = freshDatabase();
});
const hosts = () => storedKnownHosts(database, undefined);
const know = (written: string, scope = ""): Promise<void> => hosts().edit(scope, () => written, []);
const restore = (contents: Partial<BackupContents>) => restoreBackup(database, { ...nothing, ...contents }, undefined);
const restoreText = (written: string) => restore({ knownHosts: [{ scope: "", text: written }] });

describe("what is kept here", () => {
  it("is the same again in another browser", async () => {
    const seen = { key: keyOf("db1"), at: 5, source: "asked" as const, route: RELAY };
    await hosts().edit("", () => text("# mine", `db1 ${KEY}`), [seen]);
    await know(text(`db2 ${KEY}`), RELAY);
    await saveHostOptions(database, options("db1", { mode: "strict", alias: "cluster" }));
    await saveHostOptions(database, options("db3", { legacy: true }));
    await rememberDestination(database, { host: "db1", port: 22, user: "ada" }, 9);
    const backup = await gatherBackup(database, 77);
    expect(backup.madeAt).toBe(77);
    database = freshDatabase();
    const restored = await restoreBackup(database, backup, undefined);
    expect(restored).toEqual({ added: 2, conflicting: 0, revoked: 0, options: 2, optionsKept: 0 });
    const again = await gatherBackup(database, 77);
    expect(again).toEqual(backup);
    expect(await restoreBackup(database, backup, undefined)).toMatchObject({ added: 0, conflicting: 0 });
    expect(await gatherBackup(database, 77)).toEqual(again);
  });

  it("goes into a backup without the rows that are damaged", async () => {
    await database.use(async (open) => {
      await open.put("sightings", "x" as never, ["", "db1", "SHA256:x"]);
      await open.put("host-options", { host: "db1" } as never, ["db1", 22]);
    });
    expect(await gatherBackup(database, 1)).toEqual(nothing);
  });

  it("does not go into one when the known hosts cannot be read", async () => {
    await database.use((open) => open.put("known-hosts", 7 as never, ""));
    await expect(gatherBackup(database, 1)).rejects.toMatchObject({ name: "StorageError" });
  });
});

describe("restored known hosts", () => {
  it("join those that are here, and take none away", async () => {
    await know(text("# mine", `db1 ${KEY}`));
    expect(await restoreText(text(`db1 ${KEY}`, `db2 ${OTHER}`))).toMatchObject({ added: 1, conflicting: 0 });
    expect(await hosts().read("")).toBe(text("# mine", `db1 ${KEY}`, `db2 ${OTHER}`));
  });

  it("are left out where this browser knows the host by another key", async () => {
    await know(text(`db1 ${KEY}`));
    expect(await restoreText(text(`db1 ${OTHER}`, `db2 ${OTHER}`))).toMatchObject({ added: 1, conflicting: 1 });
    expect(await hosts().read("")).toBe(text(`db1 ${KEY}`, `db2 ${OTHER}`));
  });

  it("are left out where their key is revoked here, and bring their revocations and authorities", async () => {
    await know(text(`@revoked * ${OTHER}`));
    const backup = text(`db1 ${OTHER}`, `@revoked db2 ${KEY}`, `@cert-authority *.example.net ${KEY}`);
    expect(await restoreText(backup)).toMatchObject({ revoked: expect.any(Number) as number });
    const after = await hosts().read("");
    expect(after).toContain(`@revoked * ${OTHER}`);
    expect(after).toContain(`@revoked db2 ${KEY}`);
    expect(after).not.toContain(`\ndb1 ${OTHER}`);
  });

  it("stay in their scope", async () => {
    await know(text(`db1 ${KEY}`));
    await restore({ knownHosts: [{ scope: RELAY, text: text(`db1 ${OTHER}`) }] });
    expect([await hosts().read(""), await hosts().read(RELAY)]).toEqual([text(`db1 ${KEY}`), text(`db1 ${OTHER}`)]);
  });

  it("are restored all or not at all", async () => {
    // Both lists are good, and together they are above 10 MiB.
    await know(`${`# ${"x".repeat(60)}\n`.repeat(160_000)}db1 ${KEY}\n`);
    const before = await hosts().read("");
    const more = Array.from({ length: 8_000 }, (_, i) => `host${i}.${"long.".repeat(10)}example.net ${KEY}`);
    const full = restore({
      knownHosts: [
        { scope: RELAY, text: text(`db9 ${KEY}`) },
        { scope: "", text: text(...more) },
      ],
      hostOptions: [options("db9", { legacy: true })],
    });
    await expect(full).rejects.toMatchObject({ code: "trust-store" });
    expect(await hosts().read("")).toBe(before);
    expect([await hosts().read(RELAY), await readHostOptions(database)]).toEqual(["", []]);
  }, 30_000);

  it("are written under the lock of all changes, and told to the other tabs", async () => {
    const names: string[] = [];
    const locks = {
      request: (name: string, _: LockOptions, work: () => Promise<unknown>) => {
        names.push(name);
        return work();
      },
    } as unknown as Locks;
    const told = new Promise<void>((resolve) => {
      const unwatch = watchChanges(() => {
        unwatch();
        resolve();
      });
    });
    await restoreBackup(database, nothing, locks);
    await told;
    expect(names).toEqual(["periwinkle:known-hosts"]);
    const stuck = { request: () => Promise.reject(new DOMException("x", "TimeoutError")) } as unknown as Locks;
    await expect(restoreBackup(database, nothing, stuck)).rejects.toThrow("did not answer");
  });
});

describe("restored dates", () => {
  const mine: Sighting = { firstSeen: 100, lastSeen: 200, source: "asked", route: "direct" };
  it.each<[string, Sighting, Sighting]>([
    [
      "earlier and later",
      { firstSeen: 50, lastSeen: 300, source: "added", route: RELAY },
      { firstSeen: 50, lastSeen: 300, source: "added", route: RELAY },
    ],
    ["within ours", { firstSeen: 120, lastSeen: 150, source: "added", route: RELAY }, mine],
    ["earlier, not knowing how", { firstSeen: 50, lastSeen: 60 }, { ...mine, firstSeen: 50 }],
    ["later, not knowing which way", { firstSeen: 150, lastSeen: 900 }, { ...mine, lastSeen: 900 }],
  ])("%s: the first stays the first, and the last the last", async (_, theirs, expected) => {
    await database.use((open) => open.put("sightings", mine, ["", "db1", "SHA256:x"]));
    await restore({ sightings: [{ key: keyOf("db1"), sighting: theirs }] });
    expect(await hosts().sighting(keyOf("db1"))).toEqual(expected);
  });
});

describe("restored options", () => {
  const strict = options("db1", { mode: "strict" });
  const lax = options("db1", { legacy: true, mode: "accept-new", alias: "cluster" });

  it.each<[string, { known: boolean; ours?: HostOptions; theirs: HostOptions; left: HostOptions[]; taken: boolean }]>([
    ["are taken for a host that is new here", { known: false, theirs: lax, left: [lax], taken: true }],
    ["never replace ours", { known: false, ours: strict, theirs: lax, left: [strict], taken: false }],
    [
      "never replace ours, stricter ones neither",
      { known: false, ours: lax, theirs: strict, left: [lax], taken: false },
    ],
    ["make no known host laxer", { known: true, theirs: lax, left: [], taken: false }],
    ["make a known host stricter", { known: true, theirs: strict, left: [strict], taken: true }],
    [
      "make a known host stricter, and not laxer by the same row",
      { known: true, theirs: { ...lax, mode: "strict" }, left: [strict], taken: false },
    ],
  ])("%s", async (_, { known, ours, theirs, left, taken }) => {
    if (known) await know(text(`other,db1 ${KEY}`), RELAY);
    if (ours) await saveHostOptions(database, ours);
    const restored = await restore({ hostOptions: [theirs], knownHosts: [{ scope: "", text: text(`db1 ${KEY}`) }] });
    expect(await readHostOptions(database)).toEqual(left);
    expect([restored.options, restored.optionsKept]).toEqual(taken ? [1, 0] : [0, 1]);
  });
});

describe("restored destinations", () => {
  it("join those that are here, each with its latest date, fifty at most", async () => {
    const at = (i: number) => ({ host: `host${i}`, port: 22, user: "ada" });
    await rememberDestination(database, at(0), 1000);
    await rememberDestination(database, at(1), 5);
    const destinations = Array.from({ length: 60 }, (_, i) => ({ ...at(i), lastUsed: 10 + i }));
    await restore({ destinations });
    const kept = await recentDestinations(database);
    expect(kept).toHaveLength(50);
    expect(kept.slice(0, 2)).toEqual([
      { ...at(0), lastUsed: 1000 },
      { ...at(59), lastUsed: 69 },
    ]);
    expect(kept.at(-1)).toEqual({ ...at(11), lastUsed: 21 });
  });
});

describe("a backup of five thousand hosts", () => {
  it("is restored, dates and all", async () => {
    const names = Array.from({ length: 5_000 }, (_, i) => `host${i}.example.net`);
    const sighting = { firstSeen: 1, lastSeen: 2 };
    const restored = await restore({
      knownHosts: [{ scope: "", text: text(...names.map((name) => `${name} ${KEY}`)) }],
      sightings: names.map((name) => ({ key: keyOf(name), sighting })),
    });
    expect(restored.added).toBe(5_000);
    expect(await hosts().sightings("")).toHaveLength(5_000);
  }, 30_000);
});
