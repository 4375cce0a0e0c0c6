import { describe, expect, it, vi } from "vitest";
import type { HostOptions } from "../storage/host-options.ts";
import { OldAlgorithms } from "./old-algorithms.ts";

const typed = (host: string, port = "22") => ({ host, port, user: "ada" });

async function having(known: readonly HostOptions[] = []) {
  const saveHostOptions = vi.fn(async () => {});
  const old = new OldAlgorithms({ readHostOptions: async () => known, saveHostOptions });
  await old.load();
  return { old, saveHostOptions };
}
const switch1 = { host: "switch1", port: 22, legacy: true };

describe("old algorithms", () => {
  it("are allowed for the host and port that they were allowed for, however it is typed", async () => {
    const { old } = await having([switch1]);
    for (const fields of [
      typed("switch1"),
      typed(" Switch1. ", ""),
      typed("ada@switch1:22", "2222"),
      typed("ssh://switch1"),
    ])
      expect(old.allowedIn(fields), fields.host).toBe(true);
    for (const fields of [typed("switch1", "2222"), typed("switch2"), typed(""), typed("switch1", "x")])
      expect(old.allowedIn(fields), fields.host).toBe(false);
  });

  it("are ticked for the host in the form only: another one that is typed has its own", async () => {
    const { old } = await having([switch1]);
    old.tick(typed("db1"), true);
    expect(old.allowedIn(typed("db1"))).toBe(true);
    expect(old.allowedIn(typed("db2"))).toBe(false);
    old.tick(typed("switch1"), false);
    expect(old.allowedIn(typed("switch1"))).toBe(false);
    expect(old.allowedFor(switch1)).toBe(true);
    old.untouch();
    expect(old.allowedIn(typed("switch1"))).toBe(true);
  });

  it("may be ticked before a host is typed", async () => {
    const { old } = await having();
    old.tick(typed(""), true);
    expect(old.allowedIn(typed("db1"))).toBe(true);
    old.untouch();
    expect(old.allowedIn(typed("db1"))).toBe(false);
  });

  it("are stored when they change, and only then", async () => {
    const { old, saveHostOptions } = await having([switch1]);
    old.keep(switch1, true);
    old.keep({ host: "db1", port: 22 }, false);
    expect(saveHostOptions).not.toHaveBeenCalled();
    old.keep(switch1, false);
    old.keep({ host: "2001:db8::1", port: 22 }, true);
    expect(saveHostOptions.mock.calls).toEqual([
      [{ ...switch1, legacy: false }],
      [{ host: "2001:db8::1", port: 22, legacy: true }],
    ]);
    expect(old.allowedIn(typed("[2001:db8::1]:22"))).toBe(true);
  });

  it("are allowed for nobody where nothing can be read, and until a reload where nothing can be written", async () => {
    const denied = () => Promise.reject(new Error("denied"));
    const old = new OldAlgorithms({ readHostOptions: denied, saveHostOptions: denied });
    await old.load();
    expect(old.allowedFor(switch1)).toBe(false);
    old.keep(switch1, true);
    expect(old.allowedFor(switch1)).toBe(true);
  });
});
