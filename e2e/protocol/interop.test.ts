// Six implementations of the other end, none of them ours, and with each all that a person does with a server.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Random } from "../../client/bytes/random.ts";
import { readPrivateKey } from "../../client/keys/openssh-private.ts";
import type { Connection, ConnectOptions } from "../../client/ssh.ts";
import { startDropbear } from "../fixtures/dropbear.ts";
import type { KeyType } from "../fixtures/keys.ts";
import { startPythonServer } from "../fixtures/python-server.ts";
import { startSsh2Programs } from "../fixtures/ssh2-programs.ts";
import { startSshd } from "../fixtures/sshd.ts";
import { type Answers, direct, nodeRandom } from "../node-surroundings.ts";
import { connected, DONE, intact, noise, roundTrip, run, Screen } from "./driving.ts";

interface Peer {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  keyFile(type: KeyType): string;
  readonly hostKeys: ReadonlyMap<KeyType, { readonly fingerprint: string }>;
  stop(): Promise<void>;
}

/** One that changes no keys by itself, and one that does so again and again. */
type Mood = "calm" | "eager";
type Peers = Readonly<Record<Mood, Peer>>;

const MEGABYTE = 1_000_000;
const SIZE = { columns: 80, rows: 24, widthPixels: 640, heightPixels: 480 };
const much = noise(10 * MEGABYTE);
const some = noise(4 * MEGABYTE);

function to(peer: Peer, answers: Answers, rest: Partial<ConnectOptions> = {}): ConnectOptions {
  return direct(peer.port, peer.user, answers, rest);
}

const byPassword = (peer: Peer, rest?: Partial<ConnectOptions>) => to(peer, { passwords: [peer.password] }, rest);

/** As long as the cookie of a KEXINIT, of which we send one in each exchange (RFC 4253 7.1); nothing else draws as much. */
const COOKIE_BYTES = 16;

/** Does the work in a connection, and tells how many key exchanges were begun in it. */
async function rekeysDuring(
  peer: Peer,
  rest: Partial<ConnectOptions>,
  work: (connection: Connection) => Promise<void>,
): Promise<number> {
  let offers = 0;
  const random: Random = (length) => {
    if (length === COOKIE_BYTES) offers++;
    return nodeRandom(length);
  };
  return connected(byPassword(peer, { random, ...rest }), async (connection) => {
    expect(offers).toBe(1);
    await work(connection);
    return offers - 1;
  });
}

const readKey = (file: string) =>
  readPrivateKey(readFileSync(file), undefined, { yieldNow: () => new Promise((resolve) => setImmediate(resolve)) });

function logsInWith(type: KeyType) {
  return async ({ calm, eager }: Peers) => {
    // The eager one has one host key only: Conch then announces for users' signatures (server-sig-algs) that kind alone.
    for (const peer of [calm, eager]) {
      const signer = await readKey(peer.keyFile(type));
      await connected(to(peer, { signer }), async (connection) => {
        expect(connection).toMatchObject({ method: "publickey", proved: true });
        expect((await run(connection, "echo in")).stdout).toBe("in\n");
      });
    }
  };
}

function provesItsKey(type: KeyType, ...algorithms: readonly string[]) {
  return async ({ calm }: Peers) => {
    for (const hostKeyAlgorithm of algorithms)
      await connected(byPassword(calm, { preferences: { hostKey: [hostKeyAlgorithm] } }), async ({ facts }) => {
        expect(facts).toMatchObject({ hostKeyAlgorithm, hostKeyFingerprint: calm.hostKeys.get(type)?.fingerprint });
      });
  };
}

const CELLS = {
  "lets in with the password, after a wrong one": async ({ calm }) => {
    await connected(to(calm, { passwords: ["wrong", calm.password] }), async (connection) => {
      expect(connection).toMatchObject({ method: "password", proved: true });
    });
  },
  "lets in with an Ed25519 key": logsInWith("ed25519"),
  "lets in with an ECDSA key": logsInWith("ecdsa"),
  "lets in with an RSA key": logsInWith("rsa"),
  "proves an Ed25519 host key": provesItsKey("ed25519", "ssh-ed25519"),
  "proves an ECDSA host key": provesItsKey("ecdsa", "ecdsa-sha2-nistp256"),
  "proves an RSA host key by SHA-256": provesItsKey("rsa", "rsa-sha2-256"),
  "proves an RSA host key by SHA-512": provesItsKey("rsa", "rsa-sha2-512"),
  "tells how commands end, and what they say on stdout and stderr": async ({ calm }) => {
    await connected(byPassword(calm), async (connection) => {
      expect(await run(connection, "true")).toEqual({ exit: DONE, stdout: "", stderr: "" });
      expect(await run(connection, "echo out; echo err >&2; exit 3")).toEqual({
        exit: { kind: "status", status: 3 },
        stdout: "out\n",
        stderr: "err\n",
      });
    });
  },
  "runs five commands at once, each with its own bytes": async ({ calm }) => {
    const inputs = Array.from({ length: 5 }, (_, i) => noise(100_000 + i));
    await connected(byPassword(calm), async (connection) => {
      expect(await Promise.all(inputs.map((bytes) => roundTrip(connection, bytes)))).toEqual(inputs.map(intact));
    });
  },
  "has a shell on a terminal of our size": async ({ calm }) => {
    await connected(byPassword(calm), async (connection) => {
      const session = await connection.shell({ size: SIZE });
      const screen = new Screen(session);
      await screen.type("stty size\r");
      await screen.shows(/^24 80\r$/m);
      session.resize({ ...SIZE, columns: 132, rows: 50 });
      await screen.type("stty size; echo a''nswer\r");
      await screen.shows(/^50 132\r\nanswer\r$/m);
      await screen.type("exit 7\r");
      expect(await session.exit).toEqual({ kind: "status", status: 7 });
    });
  },
  "takes ten megabytes and gives them back unharmed": async ({ calm }) => {
    await connected(byPassword(calm), async (connection) => {
      expect(await roundTrip(connection, much)).toEqual(intact(much));
    });
  },
  "changes keys at our wish, in the midst of bytes both ways": async ({ calm }) => {
    const rekeys = await rekeysDuring(calm, { rekey: { bytes: MEGABYTE } }, async (connection) => {
      expect(await roundTrip(connection, some)).toEqual(intact(some));
      expect((await run(connection, "echo after")).stdout).toBe("after\n");
    });
    expect(rekeys).toBeGreaterThanOrEqual(2);
  },
  "changes keys at its own wish, in the midst of bytes both ways": async ({ eager }) => {
    const rekeys = await rekeysDuring(eager, {}, async (connection) => {
      expect(await roundTrip(connection, some)).toEqual(intact(some));
      expect((await run(connection, "echo after")).stdout).toBe("after\n");
    });
    expect(rekeys).toBeGreaterThanOrEqual(2);
  },
  "changes keys at both sides' wish": async ({ eager }) => {
    const rekeys = await rekeysDuring(eager, { rekey: { bytes: MEGABYTE } }, async (connection) => {
      expect(await roundTrip(connection, some)).toEqual(intact(some));
    });
    expect(rekeys).toBeGreaterThanOrEqual(2);
  },
} as const satisfies Record<string, (peers: Peers) => Promise<void>>;
type Cell = keyof typeof CELLS;

interface Implementation {
  readonly name: string;
  /** What it calls itself: that we have met the one we meant. */
  readonly identification: RegExp;
  readonly start: (mood: Mood) => Promise<Peer>;
  /** What it cannot do, and why. */
  readonly lacks?: Readonly<Partial<Record<Cell, string>>>;
}

const ED25519: readonly KeyType[] = ["ed25519"];

function python(library: "asyncssh" | "paramiko" | "conch") {
  return (mood: Mood) =>
    startPythonServer(library, mood === "eager" ? { hostKeys: ED25519, rekeyBytes: MEGABYTE } : {});
}

const IMPLEMENTATIONS: readonly Implementation[] = [
  {
    name: "OpenSSH",
    identification: /^SSH-2\.0-OpenSSH_/,
    start: (mood) =>
      startSshd({ pam: false, ...(mood === "eager" ? { hostKeys: ED25519, config: ["RekeyLimit 1M"] } : {}) }),
  },
  {
    name: "Dropbear",
    identification: /^SSH-2\.0-dropbear/,
    start: () => startDropbear("ed25519", "ecdsa", "rsa"),
    lacks: {
      "proves an RSA host key by SHA-512": "it signs by SHA-256 alone",
      "changes keys at its own wish, in the midst of bytes both ways": "it does after a gigabyte, or eight hours",
      "changes keys at both sides' wish": "the same",
    },
  },
  { name: "AsyncSSH", identification: /^SSH-2\.0-AsyncSSH_/, start: python("asyncssh") },
  { name: "Paramiko", identification: /^SSH-2\.0-paramiko_/, start: python("paramiko") },
  { name: "Twisted Conch", identification: /^SSH-2\.0-Twisted_/, start: python("conch") },
  {
    name: "ssh2",
    identification: /^SSH-2\.0-ssh2js/,
    start: (mood) => startSsh2Programs(mood === "eager" ? { hostKeys: ED25519, rekeyMs: 10 } : {}),
  },
];

describe.each(IMPLEMENTATIONS)("$name", ({ identification, start, lacks = {} }) => {
  let peers: Peers;
  beforeAll(async () => {
    const [calm, eager] = await Promise.all([start("calm"), start("eager")]);
    peers = { calm, eager };
    return () => Promise.all([calm.stop(), eager.stop()]);
  });

  it("is what it says", async () => {
    await connected(byPassword(peers.calm), async ({ facts }) => {
      expect(facts.serverIdentification).toMatch(identification);
    });
  });

  it.each(Object.entries(CELLS).filter(([cell]) => !(cell in lacks)))("%s", (_cell, test) => test(peers));
});
