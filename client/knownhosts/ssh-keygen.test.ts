// The same questions to us and to the real ssh-keygen.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testdataFor } from "../../e2e/testdata.ts";
import { knownHostsName, type Target } from "../../shared/target.ts";
import { forgetHost } from "./edit.ts";
import { parseKnownHosts } from "./file.ts";
import { matchesName } from "./names.ts";

let folder = "";
let keys: readonly string[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "periwinkle-knownhosts-"));
  keys = ["ed25519", "ecdsa", "rsa"].map((type) => {
    const path = join(folder, type);
    execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "", "-f", path]);
    return readFileSync(`${path}.pub`, "utf8").trim();
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Numbers, from 1, of the lines in which ssh-keygen finds the name. With `-l` it passes over keys it cannot read. */
function foundBySshKeygen(text: string, name: string): number[] {
  const path = join(folder, "known_hosts");
  writeFileSync(path, text);
  const { stdout } = spawnSync("ssh-keygen", ["-l", "-F", name, "-f", path], { encoding: "utf8" });
  return [...stdout.matchAll(/^# Host .* found: line (\d+)/gm)].map((match) => Number(match[1]));
}

function foundByUs(text: string, name: string): number[] {
  return parseKnownHosts(text).flatMap((line, i) =>
    line.kind === "entry" && matchesName(line.entry.names, name) ? [i + 1] : [],
  );
}

function rewrittenBySshKeygen(text: string, ...options: readonly string[]): string {
  const path = join(folder, "known_hosts");
  writeFileSync(path, text);
  execFileSync("ssh-keygen", [...options, "-f", path], { stdio: "ignore" });
  return readFileSync(path, "utf8");
}

function corpus(): string {
  const [ed = "", ecdsa = "", rsa = ""] = keys;
  return [
    "# corpus",
    `db1.example.net ${ed} root@db1`,
    "",
    `db1.example.net,192.0.2.7,2001:db8::7 ${ecdsa}`,
    `[db1.example.net]:2222 ${rsa}\r`,
    `[2001:db8::7]:2222,[192.0.2.7]:2222 ${ed}`,
    `*.example.net,!db2.example.net ${rsa}`,
    `!*.example.net,* ${ecdsa}`,
    `DB3.Example.NET ${ed}`,
    `db?.example.org ${ed}`,
    `\t  db4 \t ${ed.replace(" ", "\t ")}`,
    `@revoked db1.example.net ${rsa}`,
    `@cert-authority *.example.net ${ed}`,
    `@revoked @revoked db4 ${ed}`,
    `@other db4 ${ed}`,
    `db4 ${ed.replace("ssh-ed25519", "ssh-rsa")}`,
    `db4 ${ed.slice(0, -6)}`,
    "db4",
    "db4 ssh-ed25519",
    `|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68= ${ed}`,
    `|1|JR81WxEocTP5d7goIRkl8fHBbno= ${ed}`,
    `${"x".repeat(1100)},db4 ${ed}`,
    `db4,db5 ${rsa} no newline at the end`,
  ].join("\n");
}

const TARGETS: readonly Target[] = [
  ...["db1.example.net", "db2.example.net", "db3.example.net", "db9.example.org", "db4", "db5", "nobody.lan"],
  ...["192.0.2.7", "2001:db8::7", "sisyphus.example.com"],
].flatMap((host) => [22, 2222].map((port) => ({ host, port })));

describe("beside ssh-keygen", () => {
  it("-F finds the same lines for every name", () => {
    const text = corpus();
    const found = TARGETS.map((target) => [knownHostsName(target), foundByUs(text, knownHostsName(target))]);
    expect(found).toEqual(
      TARGETS.map((target) => [knownHostsName(target), foundBySshKeygen(text, knownHostsName(target))]),
    );
    expect(found.filter(([, lines]) => lines?.length)).not.toEqual([]);
  });

  it("names hashed by -H are found where the plain ones were", () => {
    const [ed = "", , rsa = ""] = keys;
    const plain = `db1 ${ed}\n[db1]:2222 ${rsa}\ndb2,192.0.2.7 ${ed}\n[2001:db8::7]:2222 ${ed}\n`;
    const hashed = rewrittenBySshKeygen(plain, "-H");
    expect(hashed).not.toContain("db1");
    for (const name of ["db1", "[db1]:2222", "db2", "192.0.2.7", "[2001:db8::7]:2222", "db3"]) {
      expect([name, foundByUs(hashed, name)]).toEqual([name, foundBySshKeygen(hashed, name)]);
    }
    expect(foundByUs(hashed, "192.0.2.7")).toHaveLength(1);
  });

  it("-R leaves the same text where each line has one name", () => {
    // It takes no file with a broken line, so there is none here.
    const [ed = "", ecdsa = "", rsa = ""] = keys;
    const plain = `# mine\ndb1 ${ed} note\n\n[db1]:2222 ${rsa}\n@revoked db1 ${rsa}\ndb1 ${ecdsa}\ndb2 ${ed}\n`;
    const hashed = rewrittenBySshKeygen(`db1 ${ed}\n[db1]:2222 ${rsa}\ndb2 ${ed}\n`, "-H");
    for (const target of [
      { host: "db1", port: 22 },
      { host: "db1", port: 2222 },
      { host: "db2", port: 22 },
    ]) {
      for (const text of [plain, hashed]) {
        expect(forgetHost(text, target)).toBe(rewrittenBySshKeygen(text, "-R", knownHostsName(target)));
      }
    }
  });

  it("a host that we forgot is one that it does not find, but for marked lines", () => {
    const text = corpus();
    for (const target of TARGETS.filter(({ port }) => port === 22)) {
      const left = forgetHost(text, target);
      const found = foundBySshKeygen(left, knownHostsName(target)).map((number) => left.split("\n")[number - 1]);
      expect(found.filter((line) => !line?.startsWith("@"))).toEqual([]);
    }
  });
});

const testdata = testdataFor("ssh-keygen beside us on OpenSSH's known_hosts");
if (testdata !== undefined) {
  it("-F finds the same lines in OpenSSH's own known_hosts", () => {
    const text = readFileSync(join(testdata, "openssh-known-hosts", "known_hosts"), "utf8");
    for (const name of [
      "sisyphus.example.com",
      "prometheus.example.com",
      "192.0.2.1",
      "2001:db8::1",
      "x.example.org",
    ]) {
      expect([name, foundByUs(text, name)]).toEqual([name, foundBySshKeygen(text, name)]);
    }
  });
}
