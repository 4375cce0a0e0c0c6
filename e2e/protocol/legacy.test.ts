// A device that cannot be updated: met only where a person has allowed old algorithms for it, and told of before.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../client/ssh.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { direct } from "../node-surroundings.ts";
import { connected, rejection, run } from "./driving.ts";

const OLD = [
  "KexAlgorithms diffie-hellman-group1-sha1",
  "HostKeyAlgorithms ssh-rsa",
  "Ciphers aes128-cbc",
  "MACs hmac-sha1",
  "Compression no",
];

describe("a server with old algorithms only", () => {
  let sshd: Sshd;
  let folder = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "periwinkle-short-key-"));
    const file = join(folder, "short");
    execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", file]);
    sshd = await startSshd({ hostKeys: [], config: [...OLD, `HostKey ${file}`, "RequiredRSASize 1024"] });
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is not met by default, and what would help is said", async () => {
    expect(await rejection(connect(direct(sshd.port, sshd.user, {})))).toMatchObject({
      code: "negotiation",
      disagreement: { what: "key exchange", legacy: ["diffie-hellman-group1-sha1"] },
    });
  });

  it("is met where it was allowed, and everything old about it is named", async () => {
    const options = direct(sshd.port, sshd.user, { passwords: [sshd.password] }, { legacy: true });
    const facts = await connected(options, async (connection) => {
      expect((await run(connection, "echo old but alive")).stdout).toBe("old but alive\n");
      return connection.facts;
    });
    expect(facts.legacy).toEqual([
      "diffie-hellman-group1-sha1",
      "ssh-rsa",
      "aes128-cbc",
      "hmac-sha1",
      "RSA of 1024 bits",
    ]);
  });

  it("with a short RSA key and nothing else old is not met by default either", async () => {
    const preferences = { kex: ["diffie-hellman-group1-sha1"], cipher: ["aes128-cbc"], mac: ["hmac-sha1"] };
    const offered = { ...preferences, hostKey: ["ssh-rsa"] };
    const error = await rejection(connect(direct(sshd.port, sshd.user, {}, { preferences: offered })));
    expect(error).toMatchObject({
      code: "negotiation",
      disagreement: { theirs: ["1024 bits"], legacy: ["1024 bits"] },
    });
  });
});
