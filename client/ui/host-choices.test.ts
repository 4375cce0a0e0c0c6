import { describe, expect, it, vi } from "vitest";
import type { HostOptions } from "../storage/host-options.ts";
import { HostChoices, inWords, understandChoices } from "./host-choices.ts";

const typed = (host: string, port = "22") => ({ host, port, user: "ada" });
const NONE = { legacy: false, mode: "ask", alias: "" } as const;
const DEFAULTS = { legacy: false, mode: "ask", alias: undefined } as const;
const switch1 = { host: "switch1", port: 22, legacy: true, mode: "strict", alias: "rack" } as const;

async function having(known: readonly HostOptions[] = []) {
  const saveHostOptions = vi.fn(async () => {});
  const choices = new HostChoices({ readHostOptions: async () => known, saveHostOptions });
  await choices.load();
  return { choices, saveHostOptions };
}

describe("what is chosen for a host", () => {
  it("counts for the host and port that it was chosen for, however it is typed", async () => {
    const { choices } = await having([switch1]);
    for (const form of [
      typed("switch1"),
      typed(" Switch1. ", ""),
      typed("ada@switch1:22", "2222"),
      typed("ssh://switch1"),
    ])
      expect(choices.in(form), form.host).toEqual({ legacy: true, mode: "strict", alias: "rack" });
    for (const form of [typed("switch1", "2222"), typed("switch2"), typed("rack"), typed(""), typed("switch1", "x")])
      expect(choices.in(form), form.host).toEqual(NONE);
  });

  it("is changed for the host in the form only: another one that is typed has its own", async () => {
    const { choices } = await having([switch1]);
    choices.edit(typed("db1"), { mode: "accept-new" });
    choices.edit(typed("db1"), { legacy: true });
    expect(choices.in(typed("db1"))).toEqual({ legacy: true, mode: "accept-new", alias: "" });
    expect(choices.in(typed("db2"))).toEqual(NONE);
    choices.edit(typed("switch1"), { alias: "" });
    expect(choices.in(typed("switch1"))).toEqual({ legacy: true, mode: "strict", alias: "" });
    expect(choices.for(switch1).alias).toBe("rack");
    choices.untouch();
    expect(choices.in(typed("switch1")).alias).toBe("rack");
  });

  it("may be changed before a host is typed, and keeps what that host has otherwise", async () => {
    const { choices } = await having([switch1]);
    choices.edit(typed(""), { mode: "accept-new" });
    expect(choices.in(typed("db1"))).toEqual({ ...NONE, mode: "accept-new" });
    expect(choices.in(typed("switch1"))).toEqual({ legacy: true, mode: "accept-new", alias: "rack" });
    choices.untouch();
    expect(choices.in(typed("db1"))).toEqual(NONE);
  });

  it("is stored when it changes, and only then", async () => {
    const { choices, saveHostOptions } = await having([switch1]);
    const { host, port, ...same } = switch1;
    choices.keep({ host, port }, same);
    choices.keep({ host: "db1", port: 22 }, DEFAULTS);
    expect(saveHostOptions).not.toHaveBeenCalled();
    for (const change of [{ legacy: true }, { mode: "strict" }, { alias: "cluster" }] as const)
      choices.keep({ host: "2001:db8::1", port: 22 }, { ...DEFAULTS, ...change });
    choices.keep({ host, port }, DEFAULTS);
    expect(saveHostOptions.mock.calls).toEqual([
      [{ host: "2001:db8::1", port: 22, ...DEFAULTS, legacy: true }],
      [{ host: "2001:db8::1", port: 22, ...DEFAULTS, mode: "strict" }],
      [{ host: "2001:db8::1", port: 22, ...DEFAULTS, alias: "cluster" }],
      [{ host, port, ...DEFAULTS }],
    ]);
    expect(choices.in(typed("[2001:db8::1]:22"))).toEqual({ ...NONE, alias: "cluster" });
  });

  it("is nothing where nothing can be read, and lasts until a reload where nothing can be written", async () => {
    const denied = () => Promise.reject(new Error("denied"));
    const choices = new HostChoices({ readHostOptions: denied, saveHostOptions: denied });
    await choices.load();
    expect(choices.for(switch1)).toEqual(DEFAULTS);
    choices.keep(switch1, { ...DEFAULTS, mode: "strict" });
    expect(choices.for(switch1).mode).toBe("strict");
  });
});

describe("an alias", () => {
  it.each([
    ["", undefined],
    ["  ", undefined],
    [" Cluster.example. ", "cluster.example"],
    ["b\u00fccher.example", "xn--bcher-kva.example"],
    ["2001:db8:0::1", "2001:db8::1"],
  ])("%j is %s", (alias, understood) =>
    expect(understandChoices({ ...NONE, alias })).toEqual({ ...DEFAULTS, alias: understood }),
  );

  it.each(["a b", "-v", "a,b", "*", "!a", "[a]:22", "a/b", "a\u202eb", `${"a.".repeat(200)}a`])(
    "%j is refused",
    (alias) =>
      expect(understandChoices({ ...NONE, alias })).toEqual({ aliasError: expect.stringContaining("not a host name") }),
  );
});

it("says what differs from the default, and only that", () => {
  expect(inWords(NONE)).toEqual([]);
  expect(inWords({ legacy: true, mode: "accept-new", alias: " rack " })).toEqual([
    "old algorithms allowed",
    "new hosts accepted",
    "known as rack",
  ]);
  expect(inWords({ ...NONE, mode: "strict" })).toEqual(["unknown keys refused"]);
});
