// Host certificates made by ssh-keygen and shown by sshd: who is let in silently, who is not, and whether native ssh agrees.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Facts } from "../../client/kex/facts.ts";
import { type HostKeyQuestion, NO_CHOICES, type Verdict } from "../../client/knownhosts/claim.ts";
import { knowing } from "../../client/knownhosts/memory-store.ts";
import { trustingVerifier } from "../../client/knownhosts/verifier.ts";
import { type ConnectOptions, connect } from "../../client/ssh.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { direct } from "../node-surroundings.ts";
import { connected, rejection, run } from "./driving.ts";

const HOST_KEYS = {
  ed25519: { flags: ["ed25519"], algorithms: ["ssh-ed25519"] },
  p256: { flags: ["ecdsa", "-b", "256"], algorithms: ["ecdsa-sha2-nistp256"] },
  p384: { flags: ["ecdsa", "-b", "384"], algorithms: ["ecdsa-sha2-nistp384"] },
  p521: { flags: ["ecdsa", "-b", "521"], algorithms: ["ecdsa-sha2-nistp521"] },
  rsa: { flags: ["rsa", "-b", "2048"], algorithms: ["rsa-sha2-512", "rsa-sha2-256"] },
};
type HostKey = keyof typeof HOST_KEYS;
const NAMES = Object.keys(HOST_KEYS) as HostKey[];
const certified = (algorithm: string) => `${algorithm}-cert-v01@openssh.com`;

const folder = mkdtempSync(join(tmpdir(), "periwinkle-host-certificates-"));
const keygen = (...flags: string[]) => execFileSync("ssh-keygen", ["-q", ...flags], { cwd: folder });
const publicKey = (name: string) =>
  readFileSync(join(folder, `${name}.pub`), "utf8")
    .trim()
    .split(" ")
    .slice(0, 2)
    .join(" ");
const fingerprintOf = (name: string) =>
  /SHA256:\S+/.exec(execFileSync("ssh-keygen", ["-lf", `${name}.pub`], { cwd: folder, encoding: "utf8" }))?.[0];

/** Signs a host key by an authority; the certificate lies beside the key as `<set>-<name>-cert.pub`. */
function certify(set: string, name: HostKey, authority: string, flags: readonly string[]): void {
  writeFileSync(join(folder, `${set}-${name}.pub`), readFileSync(join(folder, `${name}.pub`)));
  keygen("-s", authority, "-I", `${set} ${name}`, ...flags, `${set}-${name}.pub`);
}

const serving = (set: string) => ({
  hostKeys: [],
  pam: false,
  config: [
    "LogLevel DEBUG1",
    ...NAMES.flatMap((name) => [
      `HostKey ${join(folder, name)}`,
      `HostCertificate ${join(folder, `${set}-${name}-cert.pub`)}`,
    ]),
  ],
});

const HOST = ["-h", "-n", "127.0.0.1", "-V", "-1d:+1d"];
/** Each key of the second server has a certificate with another flaw. */
const FLAWS = {
  ed25519: ["ca", ["-h", "-n", "127.0.0.1", "-V", "-2d:-1d"]],
  p256: ["ca", ["-h", "-n", "127.0.0.2,db1.example.net", "-V", "-1d:+1d"]],
  p384: ["ca", ["-n", "127.0.0.1", "-V", "-1d:+1d"]],
  p521: ["ca-revoked", HOST],
  rsa: ["ca-unknown", HOST],
} as const;

let good: Sshd;
let flawed: Sshd;
beforeAll(async () => {
  for (const name of NAMES) keygen("-t", ...HOST_KEYS[name].flags, "-N", "", "-f", name);
  for (const name of ["ca", "ca-revoked", "ca-unknown"]) keygen("-t", "ed25519", "-N", "", "-f", name);
  keygen("-t", "ecdsa", "-b", "384", "-N", "", "-f", "ca-p384");
  keygen("-t", "rsa", "-b", "2048", "-N", "", "-f", "ca-rsa");
  for (const name of NAMES) {
    // Authorities of three types.
    const authority = name === "p256" ? "ca-p384" : name === "p384" ? "ca-rsa" : "ca";
    certify("good", name, authority, HOST);
    const [by, flags] = FLAWS[name];
    certify("flawed", name, by, flags);
  }
  [good, flawed] = await Promise.all([startSshd(serving("good")), startSshd(serving("flawed"))]);
});
afterAll(async () => {
  await Promise.all([good.stop(), flawed.stop()]);
  rmSync(folder, { recursive: true });
});

const authorities = () => ["ca", "ca-p384", "ca-rsa"].map((name) => `@cert-authority * ${publicKey(name)}`);
const line = (sshd: Sshd, name: HostKey) => `[127.0.0.1]:${sshd.port} ${publicKey(name)}`;

/** A visitor who knows these lines, and answers `verdict` when asked; may connect any number of times. */
function knows(sshd: Sshd, lines: readonly string[], algorithm?: string, verdict: Verdict = "reject") {
  const questions: HostKeyQuestion[] = [];
  const store = knowing("direct", ...lines);
  const hostKeys = trustingVerifier({
    store,
    choices: NO_CHOICES,
    now: Date.now,
    notice: () => {},
    trusted: () => {},
    ask: async (question) => {
      questions.push(question);
      return verdict;
    },
  });
  const preferences: ConnectOptions["preferences"] = algorithm === undefined ? {} : { hostKey: [algorithm] };
  const options = () => direct(sshd.port, sshd.user, { passwords: [sshd.password] }, { hostKeys, preferences });
  return { options, questions, store };
}

const factsOf = (options: ConnectOptions): Promise<Facts> =>
  connected(options, async (connection) => {
    connection.rekey(); // the same certificate must be shown again
    expect((await run(connection, "echo in")).stdout).toBe("in\n");
    return connection.facts;
  });

/** What native ssh makes of the same: does it come as far as asking for a password? */
function nativeTrusts(sshd: Sshd, lines: readonly string[], algorithm: string): boolean {
  const known = join(folder, "known_hosts");
  writeFileSync(known, `${lines.join("\n")}\n`);
  const options = [
    `UserKnownHostsFile=${known}`,
    "GlobalKnownHostsFile=none",
    "StrictHostKeyChecking=yes",
    "BatchMode=yes",
    "IdentitiesOnly=yes",
    "IdentityFile=none",
    `HostKeyAlgorithms=${algorithm}`,
  ].flatMap((option) => ["-o", option]);
  const flags = ["-F", "none", "-p", `${sshd.port}`, ...options, `${sshd.user}@127.0.0.1`, "true"];
  const { stderr } = spawnSync("ssh", flags, { encoding: "utf8", timeout: 20_000 });
  if (/Permission denied/.test(stderr)) return true;
  if (/Host key verification failed/.test(stderr)) return false;
  throw new Error(`ssh said something else: ${stderr}`);
}

const CASES = NAMES.flatMap((name) =>
  HOST_KEYS[name].algorithms.map((algorithm) => [name, certified(algorithm)] as const),
);

describe("a certificate by a known authority", () => {
  it.each(CASES)("for a key of type %s, as %s, is accepted in silence", async (name, algorithm) => {
    const { options, questions, store } = knows(good, authorities(), algorithm);
    const facts = await factsOf(options());
    expect(facts).toMatchObject({ hostKeyAlgorithm: algorithm, hostKeyFingerprint: fingerprintOf(name) });
    expect(questions).toEqual([]);
    // Only its authority is dated: without a certificate this host will have changed.
    const dated = [...store.sightings.keys()];
    expect([dated.length, dated.join().includes(fingerprintOf(name) ?? "")]).toEqual([1, false]);
    expect(nativeTrusts(good, authorities(), algorithm)).toBe(true);
  });

  it("is asked for before any plain key", async () => {
    const { options } = knows(good, [...authorities(), line(good, "rsa")]);
    expect((await factsOf(options())).hostKeyAlgorithm).toBe(certified("ssh-ed25519"));
  });

  it("is not asked for where no authority is known", async () => {
    const { options, questions } = knows(good, [line(good, "rsa")]);
    expect((await factsOf(options())).hostKeyAlgorithm).toBe("rsa-sha2-512");
    expect(questions).toEqual([]);
  });
});

describe("a certificate with a flaw", () => {
  const lines = () => [
    ...authorities(),
    `@cert-authority * ${publicKey("ca-revoked")}`,
    `@revoked * ${publicKey("ca-revoked")}`,
  ];

  it.each([
    ["that has ended", "ssh-ed25519", "host-key-certificate", "was valid until"],
    ["for other hosts", "ecdsa-sha2-nistp256", "host-key-certificate", "is for other hosts"],
    ["for a user", "ecdsa-sha2-nistp384", "host-key-certificate", "was made for a user"],
    ["by a revoked authority", "ecdsa-sha2-nistp521", "host-key-revoked", "has been revoked"],
  ])("%s is refused before anything is said of the user, and native ssh agrees", async (_, plain, code, words) => {
    const { options, questions } = knows(flawed, lines(), certified(plain));
    const before = flawed.log().length;
    expect(await rejection(connect(options()))).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(questions).toEqual([]);
    expect(flawed.log().slice(before)).not.toMatch(/userauth-request|Failed|Accepted/);
    expect(nativeTrusts(flawed, lines(), certified(plain))).toBe(false);
  });

  it("leaves a plain key that is known by itself as it is, and native ssh agrees", async () => {
    const known = [...lines(), line(flawed, "ed25519")];
    const { options, questions } = knows(flawed, known, certified("ssh-ed25519"));
    const before = flawed.log().length;
    expect((await factsOf(options())).hostKeyFingerprint).toBe(fingerprintOf("ed25519"));
    expect(questions).toEqual([]);
    await expect.poll(() => flawed.log().slice(before)).toMatch(/userauth-request/); // so its absence above means something
    expect(nativeTrusts(flawed, known, certified("ssh-ed25519"))).toBe(true);
  });

  it("by an unknown authority is its plain key: asked about, saved plain, and known from then on", async () => {
    const algorithm = certified("rsa-sha2-512");
    const { options, questions, store } = knows(flawed, lines(), algorithm, "accept");
    await factsOf(options());
    expect(questions).toEqual([
      expect.objectContaining({ keyType: "RSA", bits: 2048, fingerprint: fingerprintOf("rsa") }),
    ]);
    expect(store.texts.get("direct")?.trimEnd().split("\n").at(-1)).toBe(line(flawed, "rsa"));
    await factsOf(options());
    expect(questions.length).toBe(1);
    expect(nativeTrusts(flawed, [line(flawed, "rsa")], algorithm)).toBe(true);
  });
});
