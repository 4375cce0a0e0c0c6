// Host keys of a real sshd: known, changed, of another type, revoked, pinned and rotated, and what its own log says of those that
// were refused.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TrustChoices, Verdict } from "../../client/knownhosts/claim.ts";
import { knowing } from "../../client/knownhosts/memory-store.ts";
import { connect } from "../../client/ssh.ts";
import { freePort } from "../fixtures/child.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { direct } from "../node-surroundings.ts";
import { connected, rejection, run } from "./driving.ts";
import { type Visitor, visitor } from "./visitor.ts";

const folder = mkdtempSync(join(tmpdir(), "periwinkle-trust-"));
const NAMES = ["ed25519", "second", "rsa", "rsa-second", "ca"] as const;
type Name = (typeof NAMES)[number];

const keygen = (...args: readonly string[]): string =>
  execFileSync("ssh-keygen", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
const publicKey = (name: Name): string =>
  readFileSync(join(folder, `${name}.pub`), "utf8")
    .split(" ")
    .slice(0, 2)
    .join(" ")
    .trim();
const fingerprintOf = (name: Name): string => /SHA256:\S+/.exec(keygen("-lf", `${name}.pub`))?.[0] ?? "";

beforeAll(() => {
  for (const name of NAMES)
    keygen("-q", ...(name.startsWith("rsa") ? ["-t", "rsa", "-b", "2048"] : ["-t", "ed25519"]), "-N", "", "-f", name);
  keygen("-q", "-s", "ca", "-h", "-I", "host", "-n", "127.0.0.1", "-V", "-1d:+1d", "ed25519.pub");
});
const running = new Set<Sshd>();
afterAll(async () => {
  await Promise.all([...running].map((sshd) => sshd.stop()));
  rmSync(folder, { recursive: true });
});

const CERTIFICATE = () => `HostCertificate ${join(folder, "ed25519-cert.pub")}`;

async function serving(names: readonly Name[], port?: number, more: readonly string[] = []): Promise<Sshd> {
  const sshd = await startSshd({
    ...{ hostKeys: [], pam: false },
    ...(port === undefined ? {} : { port }),
    config: ["LogLevel DEBUG3", ...names.map((name) => `HostKey ${join(folder, name)}`), ...more],
  });
  running.add(sshd);
  return sshd;
}

const stop = async (sshd: Sshd): Promise<void> => {
  running.delete(sshd);
  await sshd.stop();
};

/** The same host with other keys. */
async function restarted(sshd: Sshd, names: readonly Name[]): Promise<Sshd> {
  await stop(sshd);
  return serving(names, sshd.port);
}

const line = (port: number, name: Name): string => `[127.0.0.1]:${port} ${publicKey(name)}`;
const knows = (lines: readonly string[], choices: Partial<TrustChoices> = {}, answer: Verdict = "reject"): Visitor =>
  visitor({ store: knowing("direct", ...lines), choices, answer });
const textOf = (who: Visitor): string => who.store.texts.get("direct") ?? "";

const through = (sshd: Sshd, who: Visitor) =>
  direct(sshd.port, sshd.user, { passwords: [sshd.password] }, who.options());

/** Logs in, and waits for what the server tells of its keys where it tells. */
async function visit(sshd: Sshd, who: Visitor, told?: number): Promise<void> {
  await connected(through(sshd, who), async (connection) => {
    expect((await run(connection, "echo in")).stdout).toBe("in\n");
    if (told !== undefined) await who.told(told);
  });
}

/** And sshd has heard of no service and no user. */
async function refused(sshd: Sshd, who: Visitor, code: string): Promise<void> {
  const from = sshd.log().length;
  expect(await rejection(connect(through(sshd, who)))).toMatchObject({ code });
  await expect.poll(() => sshd.log().slice(from)).toMatch(/Connection (closed|reset) by|Received disconnect/);
  const log = sshd.log().slice(from);
  expect(log).toMatch(/SSH2_MSG_KEXINIT received/);
  // Types 5 and 50: SERVICE_REQUEST and USERAUTH_REQUEST.
  expect(log).not.toMatch(/receive packet: type (5|50) |userauth-request|Failed|Accepted/);
  expect(who.bases).toEqual([]);
}

describe("one machine, two ports", () => {
  it("has two keys, each asked about and saved for itself", async () => {
    const [one, two] = await Promise.all([serving(["ed25519"]), serving(["second"])]);
    const who = knows([], {}, "accept");
    await visit(one, who);
    await visit(two, who);
    expect(who.questions.map(({ fingerprint }) => fingerprint)).toEqual([
      fingerprintOf("ed25519"),
      fingerprintOf("second"),
    ]);
    expect(textOf(who).trim().split("\n")).toEqual([line(one.port, "ed25519"), line(two.port, "second")]);
    await visit(one, who);
    await visit(two, who);
    expect(who.questions).toHaveLength(2);
    expect(who.bases.map(({ kind }) => kind)).toEqual(["asked", "asked", "known", "known"]);
    // So its absence in what follows means something.
    await expect.poll(() => one.log()).toMatch(/receive packet: type 5 /);
    await expect.poll(() => one.log()).toMatch(/userauth-request/);
    await Promise.all([stop(one), stop(two)]);
  });
});

describe("a key that is not the known one", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await serving(["ed25519"], undefined, [CERTIFICATE()]);
  });
  afterAll(() => stop(sshd));

  it.each<readonly [string, () => readonly string[], Partial<TrustChoices> | (() => Partial<TrustChoices>), string]>([
    ["made anew", () => [line(sshd.port, "second")], {}, "host-key-changed"],
    ["of another type", () => [line(sshd.port, "rsa")], {}, "host-key-changed"],
    ["of another type, in accept-new mode", () => [line(sshd.port, "rsa")], { mode: "accept-new" }, "host-key-changed"],
    ["revoked", () => [line(sshd.port, "ed25519"), `@revoked * ${publicKey("ed25519")}`], {}, "host-key-revoked"],
    ["unknown, in strict mode", () => [], { mode: "strict" }, "host-key-unknown"],
    [
      "known for the port without number only",
      () => [`127.0.0.1 ${publicKey("ed25519")}`],
      { mode: "strict" },
      "host-key-unknown",
    ],
    [
      "other than the link says",
      () => [line(sshd.port, "ed25519")],
      () => ({ pins: [{ source: "link", fingerprint: fingerprintOf("second") }] }),
      "host-key-pin",
    ],
    [
      "other than the page around says",
      () => [],
      () => ({ pins: [{ source: "embedder", fingerprint: fingerprintOf("second") }] }),
      "host-key-pin",
    ],
    [
      "other than the operator says",
      () => [],
      () => ({ operator: { origin: "https://a.example", text: line(sshd.port, "second") } }),
      "host-key-pin",
    ],
    [
      "saved otherwise, though the operator vouches",
      () => [line(sshd.port, "second")],
      () => ({ operator: { origin: "https://a.example", text: line(sshd.port, "ed25519") } }),
      "host-key-changed",
    ],
  ])("is refused: %s", async (_, lines, choices, code) => {
    const who = knows(lines(), typeof choices === "function" ? choices() : choices, "accept");
    const before = textOf(who);
    await refused(sshd, who, code);
    expect(who.questions).toEqual([]);
    expect(textOf(who)).toBe(before);
  });

  it("is refused when the person leaves while being asked", async () => {
    const leaving = new AbortController();
    const who = visitor({
      answer: () => {
        leaving.abort();
        return new Promise(() => {});
      },
    });
    const from = sshd.log().length;
    const options = { ...through(sshd, who), signal: leaving.signal };
    expect(await rejection(connect(options))).toMatchObject({ code: "aborted" });
    await expect.poll(() => sshd.log().slice(from)).toMatch(/Connection (closed|reset) by|Received disconnect/);
    expect(sshd.log().slice(from)).not.toMatch(/receive packet: type (5|50) |userauth-request/);
  });

  it.each([
    ["a link", () => ({ pins: [{ source: "link" as const, fingerprint: fingerprintOf("ed25519") }] }), "link"],
    [
      "the page around",
      () => ({ pins: [{ source: "embedder" as const, fingerprint: fingerprintOf("ed25519") }] }),
      "embedder",
    ],
  ])("a match of %s still asks, and says so", async (_, choices, source) => {
    const who = knows([], choices(), "accept");
    await visit(sshd, who);
    expect(who.questions).toEqual([expect.objectContaining({ pinnedBy: source })]);
    expect(textOf(who)).toContain(line(sshd.port, "ed25519"));
  });

  it("that the operator vouches for is accepted in silence and saved nowhere", async () => {
    const who = knows([], { operator: { origin: "https://a.example", text: line(sshd.port, "ed25519") } });
    await visit(sshd, who, 1);
    expect([who.questions, who.bases, textOf(who)]).toEqual([
      [],
      [{ kind: "vouched", origin: "https://a.example" }],
      "\n",
    ]);
  });

  it("in accept-new mode is saved unasked, and said", async () => {
    const who = knows([], { mode: "accept-new" });
    await visit(sshd, who, 1);
    expect([who.questions, who.bases]).toEqual([[], [{ kind: "new", saved: true }]]);
    expect(textOf(who)).toBe(`\n${line(sshd.port, "ed25519")}\n`);
    expect(who.notices).toEqual([expect.stringContaining(fingerprintOf("ed25519"))]);
  });

  it("is known by its alias, whatever the port", async () => {
    const who = knows([`db1.example.net ${publicKey("ed25519")}`], { alias: "db1.example.net", mode: "strict" });
    await visit(sshd, who);
    expect(who.bases).toEqual([{ kind: "known" }]);
  });
});

describe("a server that changes its keys", () => {
  it("tells of an Ed25519 key beside its RSA key, then lets the RSA key go, and nobody is asked", async () => {
    let sshd = await serving(["rsa"]);
    const port = sshd.port;
    const who = knows([line(port, "rsa")]);
    await visit(sshd, who);
    expect(textOf(who)).toBe(`${line(port, "rsa")}\n`);

    sshd = await restarted(sshd, ["rsa", "ed25519"]);
    const before = who.notices.length;
    await visit(sshd, who, 2);
    expect(textOf(who)).toBe(`${line(port, "rsa")}\n${line(port, "ed25519")}\n`);
    expect(who.notices.slice(before)).toEqual([expect.stringContaining(fingerprintOf("ed25519").slice(0, 19))]);

    sshd = await restarted(sshd, ["ed25519"]);
    await visit(sshd, who, 3);
    expect(textOf(who)).toBe(`${line(port, "ed25519")}\n`);
    expect(who.notices.at(-1)).toContain(`removed RSA ${fingerprintOf("rsa").slice(0, 19)}`);

    await visit(sshd, who, 4);
    expect(who.notices).toHaveLength(2);
    expect([who.questions, who.bases.map(({ kind }) => kind)]).toEqual([[], ["known", "known", "known", "known"]]);
    // And whoever comes with the old key is a stranger now.
    sshd = await restarted(sshd, ["rsa"]);
    expect(await rejection(connect(through(sshd, who)))).toMatchObject({ code: "host-key-changed" });
    await stop(sshd);
  });

  const operator = (port: number) => ({ operator: { origin: "https://a.example", text: line(port, "ed25519") } });
  it.each<readonly [string, (port: number) => Visitor]>([
    ["for once", () => knows([], {}, "accept-once")],
    ["by its certificate", () => knows([`@cert-authority * ${publicKey("ca")}`])],
    [
      "by its certificate, though its key is known",
      (port) => knows([`@cert-authority * ${publicKey("ca")}`, line(port, "ed25519")]),
    ],
    ["by the operator", (port) => knows([], operator(port))],
    ["by a wildcard", () => knows([`*,[*]:* ${publicKey("ed25519")}`])],
    ["by a line with other names", (port) => knows([`[127.0.0.1]:${port},db1 ${publicKey("ed25519")}`])],
    ["in strict mode", (port) => knows([line(port, "ed25519")], { mode: "strict" })],
  ])("teaches nothing to somebody who accepted it %s", async (_, whoever) => {
    const port = await freePort();
    const sshd = await serving(["ed25519", "rsa"], port, [CERTIFICATE()]);
    const who = whoever(port);
    const before = textOf(who);
    await visit(sshd, who, 1);
    expect(textOf(who)).toBe(before);
    expect(sshd.log()).not.toMatch(/hostkeys-prove/);
    await stop(sshd);
  });
});
