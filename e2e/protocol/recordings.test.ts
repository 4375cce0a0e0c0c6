// Whole sessions of another client with real OpenSSH servers, opened with our own key exchange, derivation and ciphers.
// That client's randomness was SHAKE128 of nothing, read in order, so its half can be made again. Not among them:
// Client-username, which stops early.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { shake128 } from "@noble/hashes/sha3.js";
import { describe, expect, it } from "vitest";
import { concat, readUint32 } from "../../client/bytes/bytes.ts";
import type { Random } from "../../client/bytes/random.ts";
import { fromBigEndian, Reader } from "../../client/bytes/wire.ts";
import { IdentificationReader } from "../../client/framing/identification.ts";
import { type Packet, PacketReader } from "../../client/framing/reader.ts";
import { cipherSuites, macs } from "../../client/framing/suites.ts";
import { deriveKeys, type KeySource } from "../../client/kex/derive.ts";
import { keyExchanges } from "../../client/kex/exchanges.ts";
import { group14, group16 } from "../../client/kex/groups.ts";
import { exchangeHash, type Transcript } from "../../client/kex/hash.ts";
import { bitLength } from "../../client/kex/modp.ts";
import { type DirectionAlgorithms, negotiate } from "../../client/kex/negotiate.ts";
import { KexInit } from "../../client/kex/proposal.ts";
import { parsePublicKey } from "../../client/keys/public-key.ts";
import { verifySignature } from "../../client/keys/verify.ts";
import { testdataFor } from "../testdata.ts";

/** Message numbers after the version lines, by direction. */
const sessions: Readonly<Record<string, { kex: string; cipher: string; client: string; server: string }>> = {
  "Client-BannerCallback": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-Cipher-aes128-ctr": {
    kex: "curve25519-sha256",
    cipher: "aes128-ctr",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-Cipher-aes128-gcm@openssh.com": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-Cipher-aes192-ctr": {
    kex: "curve25519-sha256",
    cipher: "aes192-ctr",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-Cipher-aes256-ctr": {
    kex: "curve25519-sha256",
    cipher: "aes256-ctr",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-Cipher-aes256-gcm@openssh.com": {
    kex: "curve25519-sha256",
    cipher: "aes256-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-Cipher-chacha20-poly1305@openssh.com": {
    kex: "curve25519-sha256",
    cipher: "chacha20-poly1305@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-HostKeyCheck": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30",
    server: "20 31 21 7",
  },
  "Client-KEX-curve25519-sha256": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-KEX-curve25519-sha256@libssh.org": {
    kex: "curve25519-sha256@libssh.org",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-KEX-diffie-hellman-group-exchange-sha256": {
    kex: "diffie-hellman-group-exchange-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 34 32 21 5 50 50 50",
    server: "20 31 33 21 7 6 53 51 60 52",
  },
  "Client-KEX-diffie-hellman-group14-sha1": {
    kex: "diffie-hellman-group14-sha1",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-KEX-diffie-hellman-group14-sha256": {
    kex: "diffie-hellman-group14-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-KEX-diffie-hellman-group16-sha512": {
    kex: "diffie-hellman-group16-sha512",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-KEX-mlkem768x25519-sha256": {
    kex: "mlkem768x25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-MAC-hmac-sha1": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-MAC-hmac-sha1-96": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-MAC-hmac-sha2-256": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-MAC-hmac-sha2-256-etm@openssh.com": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-MAC-hmac-sha2-512": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-MAC-hmac-sha2-512-etm@openssh.com": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50",
    server: "20 31 21 7 6 53 51 60 52",
  },
  "Client-RunCommandFailed": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50 90 98 96 97",
    server: "20 31 21 7 6 53 51 60 52 80 4 4 91 93 99 95 98 96 97",
  },
  "Client-RunCommandStdin": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50 90 98 97",
    server: "20 31 21 7 6 53 51 60 52 80 4 4 91 93 99 96 98 97",
  },
  "Client-RunCommandStdinError": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50 90 98 96 97",
    server: "20 31 21 7 6 53 51 60 52 80 4 4 91 93 99 96 98 97",
  },
  "Client-RunCommandSuccess": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50 90 98 96 97",
    server: "20 31 21 7 6 53 51 60 52 80 4 4 91 93 99 96 98 97",
  },
  "Client-WindowChange": {
    kex: "curve25519-sha256",
    cipher: "aes128-gcm@openssh.com",
    client: "20 30 21 5 50 50 50 90 98 98 98 94 97",
    server: "20 31 21 7 6 53 51 60 52 80 4 4 91 99 93 99 94 2 94 94 94 94 94 96 98 97",
  },
};

type Direction = "client" | "server";

/** The bytes of both directions out of a hex dump in flows. */
function flows(dump: string): Record<Direction, Uint8Array> {
  const bytes: Record<Direction, number[]> = { client: [], server: [] };
  let direction: Direction = "client";
  for (const line of dump.split("\n")) {
    const flow = /^>>> Flow \d+ \((client|server) to/.exec(line);
    if (flow) direction = flow[1] === "client" ? "client" : "server";
    else
      for (const hex of line.slice(10, 58).match(/[0-9a-f]{2}/g) ?? []) bytes[direction].push(Number.parseInt(hex, 16));
  }
  return { client: Uint8Array.from(bytes.client), server: Uint8Array.from(bytes.server) };
}

/** One direction, read packet by packet, with the keys changed by hand. */
class Tape {
  readonly identification: Uint8Array;
  readonly reader = new PacketReader();
  readonly numbers: number[] = [];
  #arrived: Packet | undefined;
  #release: () => void = () => {};
  #wake: () => void = () => {};
  readonly #end: Promise<void>;

  constructor(bytes: Uint8Array) {
    const found = new IdentificationReader().push(bytes);
    if (!found) throw new Error("no version line");
    this.identification = found.identification.raw;
    this.reader.push(found.rest);
    this.#end = this.reader.run(
      async () => null,
      (packet) => {
        this.#arrived = packet;
        this.#wake();
        return new Promise<void>((release) => {
          this.#release = release;
        });
      },
    );
    this.#end.catch(() => {});
  }

  /** The next packet; the one after it is not opened before `next` is called again. Undefined at the end. */
  async next(): Promise<Packet | undefined> {
    if (this.numbers.length > 0) this.#release();
    if (!this.#arrived) {
      const arrival = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([arrival, this.#end]);
    }
    const packet = this.#arrived;
    this.#arrived = undefined;
    if (packet) this.numbers.push(packet.number);
    return packet;
  }

  async expectNext(number: number): Promise<Uint8Array> {
    const packet = await this.next();
    expect(packet?.number).toBe(number);
    return packet?.payload.slice() ?? new Uint8Array(0);
  }
}

async function opening(source: KeySource, direction: "outgoing" | "incoming", names: DirectionAlgorithms) {
  const suite = cipherSuites[names.cipher];
  const mac = names.mac === undefined ? undefined : macs[names.mac];
  if (!suite) throw new Error(`no cipher ${names.cipher}`);
  const lengths = { key: suite.keyBytes, iv: suite.ivBytes, mac: mac?.keyBytes ?? 0 };
  return { cipher: await suite.opening(deriveKeys(source, direction, lengths), mac), compression: undefined };
}

/** What that client drew its secret x below, in the groups that have a name. */
const BOUNDS: Readonly<Record<string, bigint>> = {
  "diffie-hellman-group14-sha1": group14.p - 1n,
  "diffie-hellman-group14-sha256": group14.p - 1n,
  "diffie-hellman-group16-sha512": group16.p - 1n,
};
/** As much as our own x has. */
const EXPONENT_BYTES = 64;

/** x as Go's crypto/rand.Int draws it: as many bits as the bound has, again and again until they are below it. More than asked. */
function drawn(length: number, bound: bigint, random: Random): Uint8Array {
  // The base of a test for primes is ours alone.
  if (length !== EXPONENT_BYTES) return globalThis.crypto.getRandomValues(new Uint8Array(length));
  const bits = bitLength(bound - 1n);
  for (;;) {
    const bytes = random(Math.ceil(bits / 8));
    bytes[0] = (bytes[0] ?? 0) & (0xff >> (8 * bytes.length - bits));
    const x = fromBigEndian(bytes);
    if (x > 0n && x < bound) return bytes;
  }
}

async function replay(dump: string) {
  const bytes = flows(dump);
  const [client, server] = [new Tape(bytes.client), new Tape(bytes.server)];
  const stream = shake128.create({ dkLen: 0 });
  const random: Random = (length) => stream.xof(length);

  const clientKexInit = await client.expectNext(20);
  const serverKexInit = await server.expectNext(20);
  const [ours, theirs] = [KexInit.decode(clientKexInit), KexInit.decode(serverKexInit)];
  expect(random(16)).toEqual(ours.cookie);
  // The rest of the first packet, after its version line, is padding out of the same source.
  const packet = bytes.client.subarray(client.identification.length + 2);
  const padding = packet[4] ?? 0;
  expect(random(padding)).toEqual(packet.slice(5 + clientKexInit.length, 5 + clientKexInit.length + padding));

  const negotiated = negotiate(
    {
      kex: ours.kex,
      hostKey: ours.hostKey,
      cipher: ours.cipherClientToServer,
      mac: ours.macClientToServer,
      compression: ours.compressionClientToServer,
    },
    theirs,
  );
  const serverIdentification = Buffer.from(server.identification).toString("latin1");
  let bound = BOUNDS[negotiated.kex];
  const exchange = await keyExchanges[negotiated.kex]?.({
    random: (length) => (bound === undefined ? random(length) : drawn(length, bound, random)),
    // That client asks for groups of 2048 bits, whatever it needs them for.
    strength: 112,
    serverIdentification,
  });
  if (!exchange) throw new Error(`no key exchange ${negotiated.kex}`);
  const start = exchange.start();
  expect(start).toEqual(await client.expectNext(start[0] ?? 0));
  const answer = await server.expectNext(31);
  if (start[0] === 34) {
    // The request has its padding out of the same source, and the group says how x was drawn.
    random(packet[4 + readUint32(packet, 0) + 4] ?? 0);
    bound = new Reader(answer, 1).mpint() >> 1n;
  }
  let step = await exchange.step(answer);
  if ("send" in step) {
    expect(step.send).toEqual(await client.expectNext(32));
    step = await exchange.step(await server.expectNext(33));
  }
  if (!("done" in step)) throw new Error("the exchange is not over");
  const transcript: Transcript = {
    clientIdentification: client.identification,
    serverIdentification: server.identification,
    clientKexInit,
    serverKexInit,
  };
  const H = exchangeHash(transcript, step.done);
  const { hostKey, signature, hash, secret } = step.done;
  expect(await verifySignature(negotiated.hostKey, parsePublicKey(hostKey), signature, H)).toBe(true);
  const altered = concat(Uint8Array.of((H[0] ?? 0) ^ 1), H.subarray(1));
  expect(await verifySignature(negotiated.hostKey, parsePublicKey(hostKey), signature, altered)).toBe(false);

  const source: KeySource = { hash, secret, exchangeHash: H, sessionId: H };
  // A client that did not like the host key says nothing more: the list of numbers tells.
  if (await client.next())
    client.reader.switchKeys(await opening(source, "outgoing", negotiated.outgoing), negotiated.strict);
  await server.expectNext(21);
  server.reader.switchKeys(await opening(source, "incoming", negotiated.incoming), negotiated.strict);
  // Every packet of both directions, to the last byte: what does not authenticate, or is cut short, rejects here.
  for (const tape of [client, server]) while (await tape.next()) {}
  return {
    kex: negotiated.kex,
    cipher: negotiated.incoming.cipher,
    client: client.numbers.join(" "),
    server: server.numbers.join(" "),
  };
}

const testdata = testdataFor("sessions recorded from OpenSSH");

describe.runIf(testdata !== undefined)("a recorded session", () => {
  it.each(Object.entries(sessions))("%s opens to its last byte", async (name, expected) => {
    const dump = readFileSync(join(testdata ?? "", "recordings", name), "utf8");
    expect(await replay(dump)).toEqual(expected);
  });

  it("is not opened when one bit of it has changed", async () => {
    const dump = readFileSync(join(testdata ?? "", "recordings", "Client-KEX-curve25519-sha256"), "utf8");
    const last = dump.lastIndexOf("\n000", dump.lastIndexOf(">>> Flow 9 ") + 100) + 11;
    const changed = `${dump.slice(0, last)}${dump[last] === "0" ? "1" : "0"}${dump.slice(last + 1)}`;
    await expect(replay(changed)).rejects.toMatchObject({ code: "integrity" });
  });
});
