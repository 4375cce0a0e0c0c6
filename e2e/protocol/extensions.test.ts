// OpenSSH's extensions against a real sshd: announced by it, used by us, and seen in its log.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_PREFERENCES } from "../../client/kex/proposal.ts";
import { fingerprint } from "../../client/keys/fingerprint.ts";
import { readPrivateKey } from "../../client/keys/openssh-private.ts";
import { KEY_TYPES } from "../fixtures/keys.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { direct } from "../node-surroundings.ts";
import { connected, rejection, run } from "./driving.ts";

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ pam: false, config: ["LogLevel DEBUG1", "ClientAliveInterval 1", "ClientAliveCountMax 2"] });
});
afterAll(() => sshd.stop());

const byPassword = () => ({ passwords: [sshd.password] });

const work = { yieldNow: () => new Promise<void>((resolve) => setImmediate(resolve)) };

/** What it writes from now on. */
function listening(): () => string {
  const from = sshd.log().length;
  return () => sshd.log().slice(from);
}

type Keys = readonly Uint8Array[];
const proving = (told: (keys: Keys) => void) => (keys: Keys, prove: (keys: Keys) => Promise<Keys>) =>
  void prove(keys).then(told);

describe("hostkeys-00@openssh.com", () => {
  const { hostKey } = DEFAULT_PREFERENCES;

  it.each(["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"])(
    "all three host keys are proved, in a connection whose own was proved by %s",
    async (algorithm) => {
      let told: (keys: readonly Uint8Array[]) => void = () => {};
      const proved = new Promise<readonly Uint8Array[]>((resolve) => {
        told = resolve;
      });
      const options = { preferences: { hostKey: [algorithm, ...hostKey] }, hostKeysAnnounced: proving(told) };
      await connected(direct(sshd.port, sshd.user, byPassword(), options), async () => {
        const fingerprints = (await proved).map((blob) => fingerprint(blob));
        expect(fingerprints.sort()).toEqual(KEY_TYPES.map((type) => sshd.hostKeys.get(type)?.fingerprint).sort());
      });
    },
  );

  it("an RSA key that is proved with SHA-1 only is left out, as by ssh itself", async () => {
    let told: (keys: readonly Uint8Array[]) => void = () => {};
    const proved = new Promise<readonly Uint8Array[]>((resolve) => {
      told = resolve;
    });
    // Not told that we know SHA-2 for RSA, this sshd falls back to SHA-1.
    const options = { preferences: { hostKey: ["ssh-ed25519"] }, hostKeysAnnounced: proving(told) };
    await connected(direct(sshd.port, sshd.user, byPassword(), options), async () => {
      expect(await proved).toHaveLength(2);
    });
  });

  it("are proved for the session id of the first exchange, also right behind another", async () => {
    let told: (keys: readonly Uint8Array[]) => void = () => {};
    const proved = new Promise<readonly Uint8Array[]>((resolve) => {
      told = resolve;
    });
    const options = { hostKeysAnnounced: proving(told), rekey: { packets: 8 } };
    await connected(direct(sshd.port, sshd.user, byPassword(), options), async () => {
      expect(await proved).toHaveLength(3);
    });
  });
});

describe("publickey-hostbound-v00@openssh.com", () => {
  it.each(KEY_TYPES)("is what sshd is asked with an %s key, and what lets us in", async (type) => {
    const log = listening();
    const signer = await readPrivateKey(readFileSync(sshd.keyFile(type)), undefined, work);
    await connected(direct(sshd.port, sshd.user, { signer }), async (connection) => {
      expect(connection.method).toBe("publickey");
      expect((await run(connection, "echo in")).stdout).toBe("in\n");
    });
    await expect
      .poll(log)
      .toMatch(/userauth-request for user \S+ service ssh-connection method publickey-hostbound-v00@openssh\.com/);
    expect(log()).not.toMatch(/method publickey \[preauth\]/);
  });
});

describe("no-more-sessions@openssh.com", () => {
  it("is understood, and what runs goes on", async () => {
    const log = listening();
    await connected(direct(sshd.port, sshd.user, byPassword()), async (connection) => {
      const session = await connection.exec("cat");
      connection.noMoreSessions();
      expect(await rejection(connection.exec("true"))).toMatchObject({ code: "channel-refused" });
      await session.write(Buffer.from("still here"));
      session.end();
      expect(Buffer.from((await session.read())?.bytes ?? []).toString()).toBe("still here");
      expect(await session.exit).toEqual({ kind: "status", status: 0 });
    });
    await expect.poll(log).toContain("no-more-sessions@openssh.com");
  });
});

describe("keepalive@openssh.com", () => {
  it("of the server's is answered: it does not give us up", async () => {
    await connected(direct(sshd.port, sshd.user, byPassword()), async (connection) => {
      // By its own clock it gives up after three seconds without an answer.
      expect((await run(connection, "sleep 4; echo alive")).stdout).toBe("alive\n");
    });
  }, 20_000);

  it("of ours measures the round trip to a server that does not announce ping@openssh.com", async () => {
    let told: (milliseconds: number) => void = () => {};
    const measured = new Promise<number>((resolve) => {
      told = resolve;
    });
    await connected(direct(sshd.port, sshd.user, byPassword(), { roundTrip: told }), async () => {
      expect(await measured).toBeGreaterThan(0);
    });
  });
});
