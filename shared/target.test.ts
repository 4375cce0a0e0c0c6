import { describe, expect, it } from "vitest";
import { formatTarget, isRelayLocal, knownHostsName, normaliseHost, parsePort } from "./target.ts";

describe("normaliseHost", () => {
  it.each([
    ["DB1.Example.NET.", "db1.example.net"],
    ["[2001:DB8::1]", "2001:db8::1"],
    ["::1", "::1"],
    ["::ffff:10.0.0.1", "::ffff:10.0.0.1"],
    ["  localhost ", "localhost"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["my_host", "my_host"],
  ])("%s is %s", (given, wanted) => expect(normaliseHost(given)).toBe(wanted));

  it.each([
    "",
    ".",
    "a..b",
    "-oProxyCommand=x",
    "a b",
    "a\u202eb",
    "a*",
    "user@host",
    "1:2:3",
    "::1::2",
    ":1:2:3:4:5:6:7",
    "b\u00fccher.example",
    `${"a".repeat(64)}.x`,
    "a,b",
    "[x",
  ])("%j is no host", (given) => expect(normaliseHost(given)).toBeUndefined());
});

it("ports are whole numbers of one to 65535", () => {
  expect(["22", " 65535 ", "0", "65536", "-1", "2.2", "0x16", ""].map(parsePort)).toEqual([
    22,
    65535,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

it("targets are written with their port, and known_hosts leaves out 22", () => {
  expect(formatTarget({ host: "::1", port: 22 })).toBe("[::1]:22");
  expect(formatTarget({ host: "a", port: 22 })).toBe("a:22");
  expect(knownHostsName({ host: "a", port: 22 })).toBe("a");
  expect(knownHostsName({ host: "::1", port: 2222 })).toBe("[::1]:2222");
});

it.each([
  ["db1", true],
  ["db1.lan", true],
  ["printer.local", true],
  ["10.1.2.3", true],
  ["127.0.0.1", true],
  ["172.31.0.1", true],
  ["172.32.0.1", false],
  ["8.8.8.8", false],
  ["example.net", false],
  ["fd00::1", true],
  ["fe80::1", true],
  ["::1", true],
  ["2001:db8::1", false],
])("%s can only be resolved by the relay: %s", (host, local) => expect(isRelayLocal(host)).toBe(local));
