import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "./database.ts";
import { type HostOptions, readHostOptions, saveHostOptions } from "./host-options.ts";

let count = 0;
let database = new Database();
beforeEach(() => {
  database = new Database(`host-options-${++count}`);
});
const old = (host: string, port = 22): HostOptions => ({ host, port, legacy: true });

describe("the options of hosts", () => {
  it("are none at first", async () => expect(await readHostOptions(database)).toEqual([]));

  it("belong to a host and a port", async () => {
    await saveHostOptions(database, old("switch1"));
    await saveHostOptions(database, old("switch1", 2222));
    await saveHostOptions(database, old("switch2"));
    await saveHostOptions(database, { ...old("switch1"), legacy: false });
    expect(await readHostOptions(database)).toEqual([old("switch1", 2222), old("switch2")]);
  });

  it("leave no row where nothing differs from the default", async () => {
    await saveHostOptions(database, { ...old("db1"), legacy: false });
    expect(await database.use((open) => open.count("host-options"))).toBe(0);
  });

  it("hold nothing but host, port and the choice", async () => {
    const more = { ...old("switch1"), user: "ada" };
    await saveHostOptions(database, more);
    expect(await readHostOptions(database)).toEqual([old("switch1")]);
  });

  it("that cannot be read allow nothing", async () => {
    await saveHostOptions(database, old("switch1"));
    for (const [port, damaged] of ["true", { host: "switch2", port: 22, legacy: "yes" }, { legacy: true }].entries())
      await database.use((open) => open.put("host-options", damaged as HostOptions, ["switch2", port]));
    expect(await readHostOptions(database)).toEqual([old("switch1")]);
  });
});
