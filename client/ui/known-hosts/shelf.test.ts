import { describe, expect, it } from "vitest";
import { toBase64 } from "../../bytes/base64.ts";
import { Writer } from "../../bytes/wire.ts";
import { ADD_ONLY } from "../../knownhosts/import.ts";
import { MemoryStore } from "../../knownhosts/memory-store.ts";
import type { KnownHostsAccess } from "./access.ts";
import { choicesFor, countOf, planAll, previewOf } from "./preview.ts";
import { splitByScope } from "./scopes.ts";
import { Shelf } from "./shelf.ts";

const RELAY = "https://relay.example";
const line = (hosts: string, fill = 1): string => {
  const blob = new Writer().text("ssh-ed25519").string(new Uint8Array(32).fill(fill)).done();
  return `${hosts} ssh-ed25519 ${toBase64(blob)}`;
};

/** The page's access to known hosts in memory. */
function accessTo(store: MemoryStore): KnownHostsAccess {
  const listeners = new Set<() => void>();
  return {
    readAll: async () => [...store.texts].sort().map(([scope, text]) => ({ scope, text })),
    async edit(...given) {
      await store.edit(...given);
      for (const listener of listeners) listener();
    },
    sightings: async (wanted) =>
      [...store.sightings].flatMap(([row, sighting]) => {
        const [scope = "", name = "", keySha256 = ""] = row.split("|");
        return scope === wanted ? [{ key: { scope, name, keySha256 }, sighting }] : [];
      }),
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    persistence: async () => "unknown",
    backUp: async () => new Uint8Array(),
    openBackup: () => Promise.reject(new Error("no backup")),
    restore: async () => {},
  };
}

async function shelfWith(texts: Readonly<Record<string, string>>) {
  const store = new MemoryStore();
  for (const [scope, text] of Object.entries(texts)) store.texts.set(scope, text);
  const shelf = new Shelf(accessTo(store), RELAY, () => 7);
  await shelf.load();
  const row = (names: string) => {
    const found = shelf.rows.value?.find((each) => each.names === names);
    if (!found) throw new Error(`no row ${names}`);
    return found;
  };
  return { store, shelf, row };
}

const plansFor = (shelf: Shelf, text: string) => planAll(splitByScope(text, RELAY), (scope) => shelf.textOf(scope));

describe("the known hosts of the page", () => {
  it("are the rows of all scopes, and follow what other tabs change", async () => {
    const { store, shelf } = await shelfWith({ "": `${line("a.net")}\n`, [RELAY]: `${line("b")}\n` });
    expect(shelf.rows.value?.map(({ scope, names }) => [scope, names])).toEqual([
      ["", "a.net"],
      [RELAY, "b"],
    ]);
    const [kept] = shelf.rows.value ?? [];
    const close = shelf.open();
    await shelf.load();
    await accessTo(store).edit(RELAY, () => "", []);
    await shelf.load();
    expect(shelf.rows.value).toEqual([kept]);
    expect(shelf.rows.value?.[0]).toBe(kept);
    close();
  });

  it("lose a line that is removed, and get it back", async () => {
    const text = `# mine\r\n${line("a.net")}\r\n${line("b.net")} b\r\n`;
    const { store, shelf, row } = await shelfWith({ "": text });
    expect(await shelf.remove(row("a.net"))).toBe(true);
    expect(store.texts.get("")).toBe(`# mine\r\n${line("b.net")} b\r\n`);
    expect(shelf.done.value?.sentence).toBe("Removed the key of a.net.");
    await shelf.undo();
    expect(store.texts.get("")).toBe(text);
    expect(shelf.rows.value).toHaveLength(2);
  });

  it("revoke a key for every name and over every relay, and forget whose it was", async () => {
    const { store, shelf, row } = await shelfWith({ [RELAY]: `${line("db1", 3)}\n${line("db2")}\n` });
    await shelf.revoke(row("db1"));
    expect(store.texts.get("")).toBe(`@revoked ${line("*", 3)}\n`);
    expect(store.texts.get(RELAY)).toBe(`${line("db2")}\n`);
    await shelf.undo();
    expect([store.texts.get(""), store.texts.get(RELAY)?.split("\n").filter(Boolean).sort()]).toEqual([
      "",
      [line("db1", 3), line("db2")].sort(),
    ]);
  });

  it("say that they could not be changed, and are as they were", async () => {
    const { store, shelf, row } = await shelfWith({ "": `${line("a.net")}\n` });
    store.broken.set("edit", new Error("disk full in English of a browser"));
    expect(await shelf.remove(row("a.net"))).toBe(false);
    expect(shelf.trouble.value).toBe("The known hosts could not be changed. Reload the page and try again.");
    expect(shelf.done.value).toBeUndefined();
    expect(shelf.rows.value).toHaveLength(1);
  });

  it("take in what was planned, each line where it counts, dated and with its source", async () => {
    const { store, shelf } = await shelfWith({ "": `${line("a.net", 1)}\n` });
    const plans = plansFor(shelf, `${line("a.net", 2)}\n${line("b.net")}\n${line("db1,db1.net")}\n`);
    const preview = previewOf(plans);
    expect([preview.added, preview.conflicts].map((lines) => lines.length)).toEqual([2, 1]);
    await shelf.add("Imported.", plans, () => ADD_ONLY, "imported");
    expect(store.texts.get("")).toBe(`${line("a.net", 1)}\n${line("b.net")}\n${line("db1,db1.net")}\n`);
    expect(store.texts.get(RELAY)).toBe(`${line("db1,db1.net")}\n`);
    expect([...store.sightings.values()]).toEqual(
      Array.from({ length: 5 }, () => ({ firstSeen: 7, lastSeen: 7, source: "imported", route: undefined })),
    );
  });

  it("replace what was chosen, and count what goes in", async () => {
    const { store, shelf } = await shelfWith({ "": `${line("a.net", 1)}\n${line("b.net", 1)}\n` });
    const plans = plansFor(shelf, `${line("a.net", 2)}\n${line("b.net", 2)}\n@cert-authority ${line("c.net", 3)}\n`);
    const preview = previewOf(plans);
    const replace = new Set(["2 "]);
    expect(countOf(preview, { replace: new Set(), authorities: true })).toBe(1);
    expect(countOf(preview, { replace: "all", authorities: false })).toBe(2);
    expect(countOf(preview, { replace, authorities: false })).toBe(1);
    await shelf.add("Imported.", plans, choicesFor(preview, { replace, authorities: false }), "imported");
    expect(store.texts.get("")).toBe(`${line("a.net", 1)}\n${line("b.net", 2)}\n`);
  });

  it("date nothing by a restored backup", async () => {
    const { store, shelf } = await shelfWith({});
    await shelf.add("Restored.", plansFor(shelf, line("a.net")), () => ADD_ONLY);
    expect(store.texts.get("")).toBe(`${line("a.net")}\n`);
    expect(store.sightings.size).toBe(0);
  });
});
