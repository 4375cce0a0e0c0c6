// Every algorithm of ours, forced singly by our own proposal: with OpenSSH each, with Dropbear those that it has. Only
// mlkem768x25519-sha256 is missing here, which no packaged server speaks yet: it has its recordings and vectors.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_PREFERENCES, type Preferences } from "../../client/kex/proposal.ts";
import { type Connection, connect, type Facts } from "../../client/ssh.ts";
import { type Dropbear, startDropbear } from "../fixtures/dropbear.ts";
import type { KeyType } from "../fixtures/keys.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { direct } from "../node-surroundings.ts";
import { connected, intact, noise, rejection, roundTrip, run, tellingExchanges } from "./driving.ts";

const MEGABYTE = noise(1_000_000);

const KEX = ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256"];
const HOST_KEYS: readonly (readonly [algorithm: string, type: KeyType])[] = [
  ["ssh-ed25519", "ed25519"],
  ["ecdsa-sha2-nistp256", "ecdsa"],
  ["rsa-sha2-512", "rsa"],
  ["rsa-sha2-256", "rsa"],
];
/** Those that bring their own authentication; no MAC is chosen for them. */
const AUTHENTICATED = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"];
const COUNTERS = ["aes128-ctr", "aes192-ctr", "aes256-ctr"];
const MACS = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"];

/** A cipher, the MAC that is agreed on with it, and a proposal that leaves no other choice. */
type Case = readonly [cipher: string, mac: string, offered: Partial<Preferences>];
const alone = (cipher: string): Case => [cipher, "implicit", { cipher: [cipher] }];
const withMac = (cipher: string, mac: string): Case => [cipher, mac, { cipher: [cipher], mac: [mac] }];

it("these are all that we offer by ourselves, but for one", () => {
  const { kex, hostKey, cipher, mac } = DEFAULT_PREFERENCES;
  expect([...kex].sort()).toEqual([...KEX, "mlkem768x25519-sha256"].sort());
  expect([...hostKey].sort()).toEqual(HOST_KEYS.map(([name]) => name).sort());
  expect([...cipher].sort()).toEqual([...AUTHENTICATED, ...COUNTERS].sort());
  expect([...mac].sort()).toEqual([...MACS].sort());
});

interface Server {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** A megabyte each way, keys changed in the middle of it, and a command after that. Gives what was agreed. */
async function exercise(server: Server, preferences: Partial<Preferences>): Promise<Facts> {
  let received = 0;
  /** How much had come back when each key exchange began. */
  const exchanges: number[] = [];
  const random = tellingExchanges(() => void exchanges.push(received));
  const options = direct(server.port, server.user, { passwords: [server.password] }, { preferences, random });
  const facts = await connected(options, async (connection: Connection) => {
    const hashes = await roundTrip(connection, MEGABYTE, {
      midway: () => connection.rekey(),
      received: (bytes) => {
        received = bytes;
      },
    });
    expect(hashes).toEqual(intact(MEGABYTE));
    expect((await run(connection, "echo after")).stdout).toBe("after\n");
    return connection.facts;
  });
  expect(exchanges).toEqual([0, expect.any(Number)]);
  expect(exchanges[1]).toBeLessThan(MEGABYTE.length);
  return facts;
}

describe("OpenSSH", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ pam: false });
  });
  afterAll(() => sshd.stop());

  it.each(KEX)("key exchange %s", async (kex) => {
    expect(await exercise(sshd, { kex: [kex] })).toMatchObject({ kex, postQuantum: false });
  });

  it.each(HOST_KEYS)("host key %s", async (hostKeyAlgorithm, type) => {
    const hostKeyFingerprint = sshd.hostKeys.get(type)?.fingerprint;
    const facts = await exercise(sshd, { hostKey: [hostKeyAlgorithm] });
    expect(facts).toMatchObject({ hostKeyAlgorithm, hostKeyFingerprint });
  });

  it.each([...AUTHENTICATED.map(alone), ...COUNTERS.flatMap((cipher) => MACS.map((mac) => withMac(cipher, mac)))])(
    "cipher %s, MAC %s",
    async (cipher, mac, offered) => {
      expect(await exercise(sshd, offered)).toMatchObject({ cipher, mac });
    },
  );

  it("that has no key exchange of ours is told so, and its own list is quoted", async () => {
    const old = await startSshd({ config: ["KexAlgorithms diffie-hellman-group14-sha256"] });
    const error = await rejection(connect(direct(old.port, old.user, {})));
    expect(error).toMatchObject({
      code: "negotiation",
      quoted: expect.stringContaining("diffie-hellman-group14-sha256"),
    });
    await old.stop();
  });
});

describe("Dropbear", () => {
  let dropbear: Dropbear;
  beforeAll(async () => {
    dropbear = await startDropbear();
  });
  afterAll(() => dropbear.stop());

  it.each(KEX)("key exchange %s", async (kex) => {
    expect(await exercise(dropbear, { kex: [kex] })).toMatchObject({ kex });
  });

  it.each([
    ["ed25519", "ssh-ed25519"],
    ["ecdsa", "ecdsa-sha2-nistp256"],
    ["rsa", "rsa-sha2-256"],
  ] as const)("%s host key as %s", async (type, hostKeyAlgorithm) => {
    const server = await startDropbear(type);
    const { hostKeyFingerprint } = server;
    const facts = await exercise(server, { hostKey: [hostKeyAlgorithm] });
    expect(facts).toMatchObject({ hostKeyAlgorithm, hostKeyFingerprint });
    await server.stop();
  });

  it.each([
    alone("chacha20-poly1305@openssh.com"),
    withMac("aes128-ctr", "hmac-sha2-256"),
    withMac("aes256-ctr", "hmac-sha2-256"),
  ])("cipher %s, MAC %s", async (cipher, mac, offered) => {
    expect(await exercise(dropbear, offered)).toMatchObject({ cipher, mac });
  });
});
