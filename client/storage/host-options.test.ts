import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "./database.ts";
import { type HostOptions, readHostOptions, saveHostOptions } from "./host-options.ts";

let count = 0;
let database = new Database();
beforeEach(() => {
  database = new Database(`host-options-${++count}`);
});
const plain = (host: string, port = 22): HostOptions => ({ host, port, legacy: false, mode: "ask", alias: undefined });
const old = (host: string, port = 22): HostOptions => ({ ...plain(host, port), legacy: true });
const put = (row: unknown, host: string, port = 22): Promise<unknown> =>
  database.use((open) => open.put("host-options", row as HostOptions, [host, port]));

describe("the options of hosts", () => {
  it("are none at first", async () => expect(await readHostOptions(database)).toEqual([]));

  it("belong to a host and a port", async () => {
    await saveHostOptions(database, old("switch1"));
    await saveHostOptions(database, old("switch1", 2222));
    await saveHostOptions(database, old("switch2"));
    await saveHostOptions(database, plain("switch1"));
    expect(await readHostOptions(database)).toEqual([old("switch1", 2222), old("switch2")]);
  });

  it.each<[string, Partial<HostOptions>]>([
    ["old algorithms", { legacy: true }],
    ["new hosts accepted", { mode: "accept-new" }],
    ["unknown keys refused", { mode: "strict" }],
    ["an alias", { alias: "cluster.example.net" }],
    ["all of it", { legacy: true, mode: "strict", alias: "cluster" }],
  ])("are kept: %s", async (_, chosen) => {
    const options = { ...plain("db1"), ...chosen };
    await saveHostOptions(database, options);
    expect(await readHostOptions(database)).toEqual([options]);
    await saveHostOptions(database, plain("db1"));
    expect(await database.use((open) => open.count("host-options"))).toBe(0);
  });

  it("leave no row where nothing differs from the default", async () => {
    await saveHostOptions(database, plain("db1"));
    await saveHostOptions(database, { ...plain("db2"), alias: "" });
    expect(await database.use((open) => open.count("host-options"))).toBe(0);
  });

  it("hold nothing but host, port and the choices", async () => {
    await saveHostOptions(database, { ...old("switch1"), user: "ada" } as HostOptions);
    expect(await database.use((open) => open.getAll("host-options"))).toEqual([old("switch1")]);
  });

  it("keep an alias in the one spelling that trust is bound to", async () => {
    await saveHostOptions(database, { ...plain("db1"), alias: "Cluster.Example.NET." });
    expect(await readHostOptions(database)).toEqual([{ ...plain("db1"), alias: "cluster.example.net" }]);
  });

  it("of version 2 are read", async () => {
    await put({ host: "switch1", port: 22, legacy: true }, "switch1");
    expect(await readHostOptions(database)).toEqual([old("switch1")]);
  });

  it.each<[string, unknown, HostOptions[]]>([
    ["no row at all", "true", []],
    ["no host", { port: 22, legacy: true }, []],
    ["a port that is none", { host: "h", port: "22", legacy: true }, []],
    [
      "legacy that is not true",
      { host: "h", port: 22, legacy: "yes", mode: "strict" },
      [{ ...plain("h"), mode: "strict" }],
    ],
    ["an unknown mode", { ...old("h"), mode: "off" }, [old("h")]],
    ["a mode of another type", { ...old("h"), mode: ["accept-new"] }, [old("h")]],
    ["an alias that cannot be a name", { ...old("h"), alias: "a b*" }, [old("h")]],
    ["an alias of another type", { ...old("h"), alias: 7 }, [old("h")]],
    ["nothing that is understood", { host: "h", port: 22, legacy: 1, mode: "no", alias: "" }, []],
  ])("that are damaged make a host stricter: %s", async (_, row, expected) => {
    await put(row, "h");
    expect(await readHostOptions(database)).toEqual(expected);
  });
});
