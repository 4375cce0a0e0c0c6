import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { callerGroup, parseAddress, parseHost, parseHostPattern, parseHostPort } from "./addresses.ts";
import { ownAddresses } from "./own-addresses.ts";
import { admit, type Policy, type Resolve } from "./policy.ts";
import { parseRule, type Rule } from "./rules.ts";

/** An address of this machine as Node tells of it. */
function row(address: string, internal = false): NetworkInterfaceInfo {
  const common = { address, internal, mac: "", netmask: "", cidr: null };
  return address.includes(":") ? { ...common, family: "IPv6", scopeid: 0 } : { ...common, family: "IPv4" };
}

const rules = (purpose: "allow" | "deny", ...texts: string[]): Rule[] =>
  texts.map((text) => {
    const rule = parseRule(text, purpose);
    if (!rule) throw new Error(`not a rule: ${text}`);
    return rule;
  });
const isOwn = ownAddresses(() => ({
  lo: [row("127.0.0.1", true)],
  eth0: [row("9.9.9.1"), row("10.0.0.1"), row("2606:4700::9%eth0")],
}));
const shared = (...allow: string[]): Policy => ({ allow: rules("allow", ...allow), deny: [], local: false, isOwn });
const local: Policy = { allow: [], deny: [], local: true, isOwn };
/** As a system's resolver does it: numbers of any spelling are addresses, unless someone stops them before. */
const trusting: Resolve = async (name) => [name.startsWith("db") ? "192.0.2.7" : "127.0.0.1"];
const to =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses;

async function verdict(host: string, policy: Policy, resolve: Resolve = trusting, port = 22): Promise<string> {
  const admission = await admit({ host, port }, policy, resolve);
  return admission.kind === "admitted" ? admission.addresses.join(" ") : admission.close;
}

// Spellings of loopback, private, link-local, metadata and other addresses that are not of the public internet.
const SPECIAL = [
  ...["127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254"],
  ...["192.168.0.1", "169.254.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1"],
  ...["198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16"],
  ...["192.88.99.1", "::", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::FFFF:10.0.0.1"],
  ...["0:0:0:0:0:ffff:a9fe:a9fe", "::127.0.0.1", "::7f00:1", "::a00:1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1"],
  ...["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::1", "64:ff9b:1::7f00:1", "2002:7f00:1::"],
  ...["2002:a00:1::1", "2002:c0a8:1::", "2001:0:7f00:1::", "2001:0:808:808::80ff:fffe", "2001:0:808:808::f5ff:fffe"],
  ...["fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fdff::1", "ff02::1", "100::1", "2001:db8::1"],
  ...["2001:10::1", "3fff::1", "4000::1", "1::1", "e000::1", "::2"],
];

const LOOK_ALIKES = [
  ...["2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0177.0.0.1", "0177.1", "017700000001", "0", "0x0"],
  ...[
    "127.0.0.01",
    "127.0.0.256",
    "256.1.1.1",
    "1.2.3.4.5",
    "0x7f.0x0.0x0.0x1",
    "3232235777",
    "a.0x1",
    "x.1",
    "127.0.0.1.0",
  ],
  ...[
    "0x",
    "1e3.1",
    "fe80::1%lo",
    "fe80::1%25lo",
    "[::1%lo]",
    "127.0.0.1:22",
    "\u2460\u2461\u2466.0.0.1",
    "127\u30020.0.1",
  ],
  ...[
    "127.0.0.1\0",
    "127.0.0.1 ",
    "a b",
    "-oProxyCommand=x",
    "http://127.0.0.1",
    "user@127.0.0.1",
    "a/b",
    "",
    ".",
    "a..b",
  ],
];

describe("a relay that others can reach", () => {
  it.each(SPECIAL)("refuses %s, also when the allow list covers all", async (host) => {
    const policy = shared("*:*", "0.0.0.0/0:*", "[::/0]:*");
    expect(await verdict(host, policy)).toBe("target-denied");
    expect(await verdict("name.example", policy, to(host.replace(/[[\]]/g, "")))).toBe("target-denied");
  });

  it.each(LOOK_ALIKES.filter((host) => host.trim() === host))("refuses %j before anyone resolves it", async (host) => {
    const asked: string[] = [];
    const resolve: Resolve = async (name) => {
      asked.push(name);
      return ["8.8.8.8"];
    };
    expect(await verdict(host, shared("*:*"), resolve)).toBe("target-denied");
    expect(asked).toEqual([]);
  });

  it("has a corpus of more than sixty spellings", () => {
    expect(new Set([...SPECIAL, ...LOOK_ALIKES]).size).toBeGreaterThan(90);
  });

  it.each([
    ["8.8.8.8", "8.8.8.8"],
    ["2606:4700::1111", "2606:4700::1111"],
    ["::ffff:8.8.8.8", "::ffff:8.8.8.8"],
    ["64:ff9b::808:808", "64:ff9b::808:808"],
  ])("dials the public address %s under an allow rule for all", async (host, wanted) => {
    expect(await verdict(host, shared("*"))).toBe(wanted);
  });

  it("refuses a name when one of its answers is denied", async () => {
    expect(await verdict("a.example", shared("*"), to("8.8.8.8", "10.0.0.1"))).toBe("target-denied");
    expect(await verdict("a.example", shared("*"), to("8.8.8.8", "not an address"))).toBe("target-denied");
    expect(await verdict("a.example", shared("*"), to(...Array(65).fill("8.8.8.8")))).toBe("target-denied");
  });

  it("dials what it judged, however the name changes its mind", async () => {
    let asked = 0;
    const flipping: Resolve = async () => [asked++ % 2 === 0 ? "8.8.8.8" : "127.0.0.1"];
    expect(await verdict("flip.example", shared("*"), flipping)).toBe("8.8.8.8");
    expect(asked).toBe(1);
    expect(await verdict("flip.example", shared("*"), flipping)).toBe("target-denied");
  });

  it.each<[string, string, string, number, string, boolean]>([
    ["a name and port 22", "db.example", "db.example", 22, "8.8.8.8", true],
    ["no other port", "db.example", "db.example", 23, "8.8.8.8", false],
    ["a given port", "db.example:2222", "db.example", 2222, "8.8.8.8", true],
    ["all ports", "db.example:*", "db.example", 9, "8.8.8.8", true],
    ["another spelling of the name", "DB.example.", "db.EXAMPLE", 22, "8.8.8.8", true],
    ["a suffix", "*.example", "db.example", 22, "8.8.8.8", true],
    ["not the suffix itself", "*.example", "example", 22, "8.8.8.8", false],
    ["not a name that merely ends so", "*.example", "badexample", 22, "8.8.8.8", false],
    ["a network", "8.8.8.0/24", "db.example", 22, "8.8.8.8", true],
    ["nothing beside the network", "8.8.8.0/24", "db.example", 22, "8.8.9.8", false],
    ["a private network that was named", "10.0.0.0/8", "db.example", 22, "10.1.2.3", true],
    ["a private network in IPv6, with a port", "[fd00::/8]:2222", "db.example", 2222, "fd00::1", true],
    ["a private address that was named", "10.1.2.3:2222", "10.1.2.3", 2222, "10.1.2.3", true],
    ["a private network in its mapped form", "10.0.0.0/8", "db.example", 22, "::ffff:10.1.2.3", true],
    ["no private address behind a name rule", "db.example", "db.example", 22, "10.1.2.3", false],
    ["no metadata inside a network", "169.254.0.0/16:80", "db.example", 80, "169.254.169.254", false],
    ["metadata by its exact address", "169.254.169.254:80", "169.254.169.254", 80, "169.254.169.254", true],
  ])("allows %s", async (_what, allow, host, port, address, allowed) => {
    const said = await verdict(host, shared(allow), to(address), port);
    expect(said).toBe(allowed ? address : "target-denied");
  });

  it("lets deny win over allow", async () => {
    const policy: Policy = {
      ...shared("*", "10.0.0.0/8"),
      deny: rules("deny", "8.8.8.8", "bad.example", "10.1.0.0/16:22"),
    };
    expect(await verdict("8.8.8.8", policy)).toBe("target-denied");
    expect(await verdict("64:ff9b::808:808", policy)).toBe("target-denied");
    expect(await verdict("bad.example", policy, to("1.1.1.1"))).toBe("target-denied");
    expect(await verdict("10.1.0.1", policy)).toBe("target-denied");
    expect(await verdict("10.2.0.1", policy)).toBe("10.2.0.1");
  });

  it("denies a network that was written in its mapped form", async () => {
    const policy: Policy = { ...shared("*"), deny: rules("deny", "::ffff:8.8.8.0/120") };
    expect(await verdict("8.8.8.8", policy)).toBe("target-denied");
  });

  it.each([
    ["its own public address under a rule for all", "*", "9.9.9.1", false],
    ["its own IPv6 address", "*", "2606:4700::9", false],
    ["its own address in NAT64's form", "*", "64:ff9b::909:901", false],
    ["its own address inside a network that was named", "9.9.9.0/24", "9.9.9.1", false],
    ["its own private address inside a network that was named", "10.0.0.0/8", "10.0.0.1", false],
    ["its own address behind a name rule", "db.example", "9.9.9.1", false],
    ["its own address once that itself is named", "9.9.9.1", "9.9.9.1", true],
    ["its neighbours", "9.9.9.0/24", "9.9.9.2", true],
  ])("judges %s", async (_what, allow, address, allowed) => {
    expect(await verdict("db.example", shared(allow), to(address))).toBe(allowed ? address : "target-denied");
  });

  it("does not look up names that no rule could admit", async () => {
    const resolve: Resolve = () => Promise.reject(new Error("asked"));
    expect(await verdict("other.example", shared("db.example"), resolve)).toBe("target-denied");
    expect(await verdict("db.example", shared("db.example"), resolve)).toBe("name-not-found");
  });
});

describe("a relay for this machine alone", () => {
  it.each(["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fe80::1", "8.8.8.8", "fd00::1"])(
    "reaches %s",
    async (host) => {
      expect(await verdict(host, local)).toBe(host);
    },
  );

  it.each([
    "169.254.169.254",
    "fd00:ec2::254",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "::ffff:169.254.169.254",
  ])("does not reach the metadata address %s unless it is named", async (host) => {
    expect(await verdict(host, local)).toBe("target-denied");
    expect(await verdict("cloud.example", local, to(host))).toBe("target-denied");
    expect(await verdict(host, { ...local, allow: rules("allow", host) })).toBe(host);
  });

  it("reaches its own addresses", async () => {
    expect(await verdict("9.9.9.1", local)).toBe("9.9.9.1");
  });

  it("keeps to an allow list once there is one", async () => {
    const policy = { ...local, allow: rules("allow", "db.lan") };
    expect(await verdict("db.lan", policy, to("192.168.0.9"))).toBe("192.168.0.9");
    expect(await verdict("127.0.0.1", policy)).toBe("target-denied");
  });
});

it.each([
  "",
  "*.",
  "a:b",
  "a:0",
  "a:65536",
  "10.0.0.0/33",
  "a/8",
  "*.1.2.3.4",
  "[::1",
  "fd00::/129",
  "a b",
  "*x",
  "10.1/16",
])("%j is no rule", (text) => expect(parseRule(text, "allow")).toBeUndefined());

it("ports of rules default to 22 where they allow, and to all where they deny", () => {
  expect(parseRule("a", "allow")).toEqual({ kind: "name", name: "a", port: 22 });
  expect(parseRule("a", "deny")).toEqual({ kind: "name", name: "a", port: "any" });
  expect(parseRule("fd00::/8", "allow")).toMatchObject({ kind: "network", bits: 8, port: 22 });
});

it("addresses to listen on and names have one spelling", () => {
  expect(parseHostPort("[::1]:0")).toEqual({ host: "::1", port: 0 });
  expect(["::1:80", "a", "a:", "a:65536", ":80", "127.1:80"].map(parseHostPort)).toEqual(Array(6).fill(undefined));
  expect(parseHostPattern("SSH.Example.net:0443")).toBe("ssh.example.net:443");
  expect(parseHostPattern("[::1]")).toBe("[::1]");
  expect(["a b", "a:0", "http://a", "*"].map(parseHostPattern)).toEqual(Array(4).fill(undefined));
  expect(parseHost("my_host.lan")).toBe("my_host.lan");
});

it("own addresses are looked at again after a minute", () => {
  let now = 0;
  let address = "9.9.9.1";
  const isOwn = ownAddresses(
    () => ({ eth0: [row(address)] }),
    () => now,
  );
  const knows = (text: string): boolean => {
    const parsed = parseAddress(text);
    return parsed !== undefined && isOwn(parsed);
  };
  expect([knows("9.9.9.1"), knows("9.9.9.2")]).toEqual([true, false]);
  address = "9.9.9.2";
  expect(knows("9.9.9.2")).toBe(false);
  now = 60_001;
  expect([knows("9.9.9.1"), knows("9.9.9.2")]).toEqual([false, true]);
});

it.each([
  ["9.9.9.1", "9.9.9.1"],
  ["::ffff:9.9.9.1", "9.9.9.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["", ""],
])("callers at %j count as %j", (address, group) => expect(callerGroup(address)).toBe(group));
