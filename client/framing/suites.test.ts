// Every suite and MAC against the same construction built here from node:crypto, which shares no code with ours.

import { createCipheriv, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, readUint32, toHex } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { isPromise } from "../bytes/stream.ts";
import { fromBigEndian, toBigEndian } from "../bytes/wire.ts";
import type { CipherSuite, DirectionKeys, MacAlgorithm } from "./cipher.ts";
import { padPacket, payloadOf } from "./padding.ts";
import { cipherSuites, macs } from "./suites.ts";

interface Combination {
  readonly name: string;
  readonly suite: CipherSuite;
  readonly mac: MacAlgorithm | undefined;
}

const combinations: readonly Combination[] = Object.values(cipherSuites).flatMap((suite): Combination[] =>
  suite.authenticated
    ? [{ name: suite.name, suite, mac: undefined }]
    : Object.values(macs).map((mac) => ({ name: `${suite.name} with ${mac.name}`, suite, mac })),
);

/** Keys with every byte different, so that two of them swapped would show. */
function keysFor({ suite, mac }: Combination): DirectionKeys {
  const run = (length: number, first: number) => Uint8Array.from({ length }, (_, i) => (first + 3 * i) & 0xff);
  return { key: run(suite.keyBytes, 1), iv: run(suite.ivBytes, 100), mac: run(mac?.keyBytes ?? 0, 200) };
}

const padding = (length: number) => new Uint8Array(length).fill(0x5a);
const payloadOfSize = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 7 + size) & 0xff);

/** Poly1305 as RFC 8439 2.5 writes it, on big integers. */
function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  const little = (bytes: Uint8Array) => fromBigEndian(bytes.slice().reverse());
  const r = little(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let i = 0; i < message.length; i += 16) {
    sum = ((sum + little(concat(message.subarray(i, i + 16), Uint8Array.of(1)))) * r) % (2n ** 130n - 5n);
  }
  return toBigEndian((sum + little(key.subarray(16))) % 2n ** 128n, 16).reverse();
}

/** What the record of each packet must be, in the order they are sealed. */
function reference(of: Combination, keys: DirectionKeys): (sequence: number, packet: Uint8Array) => Uint8Array {
  /** GCM: packets so far. */
  let index = 0;
  /** CTR and CBC: what the next block is enciphered with. */
  let iv = keys.iv;
  const bits = 8 * keys.key.length;
  const gcm = (length: Uint8Array, body: Uint8Array) => {
    const counter = (fromBigEndian(keys.iv.subarray(4)) + BigInt(index++)) % 2n ** 64n;
    const nonce = concat(keys.iv.subarray(0, 4), toBigEndian(counter, 8));
    const cipher = createCipheriv(bits === 128 ? "aes-128-gcm" : "aes-256-gcm", keys.key, nonce).setAAD(length);
    return concat(length, cipher.update(body), cipher.final(), cipher.getAuthTag());
  };
  const chacha20 = (sequence: number, length: Uint8Array, body: Uint8Array) => {
    // OpenSSL's IV is the 64-bit block counter, little-endian, then the 64-bit nonce.
    const chacha = (key: Uint8Array, block: number, bytes: Uint8Array) =>
      createCipheriv(
        "chacha20",
        key,
        concat(Uint8Array.of(block, 0, 0, 0, 0, 0, 0, 0), toBigEndian(BigInt(sequence), 8)),
      ).update(bytes);
    const main = keys.key.subarray(0, 32);
    const sealed = concat(chacha(keys.key.subarray(32), 0, length), chacha(main, 1, body));
    return concat(sealed, poly1305(chacha(main, 0, new Uint8Array(32)), sealed));
  };
  const chained = (data: Uint8Array): Uint8Array => {
    const mode = of.suite.name.endsWith("cbc") ? "cbc" : "ctr";
    const bytes = createCipheriv(`aes-${bits}-${mode}`, keys.key, iv).setAutoPadding(false).update(data);
    const counter = (fromBigEndian(iv) + BigInt(data.length / 16)) % 2n ** 128n;
    iv = mode === "cbc" ? bytes.subarray(-16) : toBigEndian(counter, 16);
    return bytes;
  };
  const hash = /hmac-(sha1|sha2-256|sha2-512)/.exec(of.mac?.name ?? "")?.[1]?.replace("sha2-", "sha") ?? "";
  const tag = (sequence: number, data: Uint8Array) =>
    createHmac(hash, keys.mac)
      .update(toBigEndian(BigInt(sequence), 4))
      .update(data)
      .digest();
  return (sequence, packet) => {
    const length = packet.subarray(0, 4);
    const body = packet.subarray(4);
    if (of.suite.name.includes("gcm")) return gcm(length, body);
    if (of.suite.name.startsWith("chacha20")) return chacha20(sequence, length, body);
    if (!of.mac?.encryptThenMac) return concat(chained(packet), tag(sequence, packet));
    const sealed = concat(length, chained(body));
    return concat(sealed, tag(sequence, sealed));
  };
}

async function pair(of: Combination, keys = keysFor(of)) {
  return { sealing: await of.suite.sealing(keys, of.mac), opening: await of.suite.opening(keys, of.mac) };
}

async function refusal(open: () => unknown): Promise<string> {
  try {
    await open();
  } catch (error) {
    return error instanceof SshError ? error.code : String(error);
  }
  return "accepted";
}

/** Sizes around the switches between noble and Web Crypto, and around whole blocks. */
const SIZES = [1, 2, 40, 480, 496, 511, 512, 1000, 1003, 1008, 1024, 1025, 33000, 40000];

describe("the reference", () => {
  it("computes Poly1305 as published (RFC 8439 2.5.2)", () => {
    const key = toBigEndian(0x85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51bn, 32);
    const text = new TextEncoder().encode("Cryptographic Forum Research Group");
    expect(toHex(poly1305(key, text))).toBe("a8061dc1305136c6c22b8baf0c0127a9");
  });
});

describe("the tables", () => {
  it("have no way to turn encryption or authentication off", () => {
    expect([...Object.keys(cipherSuites), ...Object.keys(macs)].filter((name) => name.startsWith("none"))).toEqual([]);
  });

  it("name each row as the row names itself", () => {
    for (const [name, row] of [...Object.entries(cipherSuites), ...Object.entries(macs)]) expect(row.name).toBe(name);
  });
});

describe.each(combinations)("$name", (of) => {
  it("seals to the bytes of another implementation, packet after packet", async () => {
    const keys = keysFor(of);
    const { sealing } = await pair(of, keys);
    const expected = reference(of, keys);
    for (const [index, size] of SIZES.entries()) {
      const sequence = 0xfffffffa + index; // over the wrap of the sequence number
      const packet = padPacket(payloadOfSize(size), sealing.layout, padding);
      const record = expected(sequence % 2 ** 32, packet.slice());
      expect(toHex(concat(...(await sealing.seal(sequence % 2 ** 32, packet)))), `${size} bytes`).toBe(toHex(record));
    }
  });

  it("opens what it sealed, at any size and at any place in memory", async () => {
    const { sealing, opening } = await pair(of);
    let sequence = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40000 }), fc.integer({ min: 0, max: 7 }), async (size, shift) => {
        const payload = payloadOfSize(size);
        const sealed = concat(...(await sealing.seal(sequence, padPacket(payload, sealing.layout, padding))));
        const record = concat(new Uint8Array(shift), sealed).subarray(shift);
        const length = opening.length(sequence, record.subarray(0, opening.layout.head));
        expect(length).toBe(record.length - 4 - opening.layout.tag);
        expect(toHex(payloadOf(await opening.open(sequence, record)))).toBe(toHex(payload));
        sequence++;
      }),
      { numRuns: 12 },
    );
  });

  it("gives the same bytes to packets in flight together as to packets one by one", async () => {
    const together = await pair(of);
    const single = await pair(of);
    const packets = SIZES.map((size) => padPacket(payloadOfSize(size), together.sealing.layout, padding));
    const expected: string[] = [];
    for (const [i, packet] of packets.entries())
      expected.push(toHex(concat(...(await single.sealing.seal(i, packet.slice())))));
    const inFlight = packets.map((packet, i) => together.sealing.seal(i, packet));
    const records = (await Promise.all(inFlight)).map((parts) => concat(...parts));
    expect(records.map(toHex)).toEqual(expected);

    const opened = await Promise.all(records.map((record, i) => together.opening.open(i, record)));
    expect(opened.map((packet) => payloadOf(packet).length)).toEqual(SIZES);
  });

  it("answers at once for the packet of a keystroke", async () => {
    const { sealing, opening } = await pair(of);
    const parts = sealing.seal(0, padPacket(payloadOfSize(20), sealing.layout, padding));
    expect(isPromise(parts)).toBe(false);
    expect(isPromise(opening.open(0, concat(...(await parts))))).toBe(false);
  });

  it("refuses a record with any one bit changed", async () => {
    const { sealing } = await pair(of);
    const record = concat(...(await sealing.seal(7, padPacket(payloadOfSize(3), sealing.layout, padding))));
    const accepted: number[] = [];
    const opening = () => of.suite.opening(keysFor(of), of.mac);
    // Every bit; for the longer keys of CTR and CBC, which differ in nothing else, one bit of every byte or two.
    const step = /^aes(192|256)-c/.test(of.name) ? 9 : 1;
    for (let bit = 0; bit < 8 * record.length; bit += step) {
      const altered = record.slice();
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const cipher = await opening();
      if ((await refusal(() => cipher.open(7, altered))) !== "integrity") accepted.push(bit);
    }
    expect(accepted).toEqual([]);
    const untouched = await opening();
    expect(await refusal(() => untouched.open(7, record))).toBe("accepted");
  });

  it("refuses a big record with a bit changed", async () => {
    for (const place of [4, 3000, -1]) {
      const { sealing, opening } = await pair(of);
      const record = concat(...(await sealing.seal(0, padPacket(payloadOfSize(5000), sealing.layout, padding))));
      const at = place < 0 ? record.length + place : place;
      record[at] = (record[at] ?? 0) ^ 0x80;
      expect(await refusal(() => opening.open(0, record))).toBe("integrity");
    }
  });

  it("refuses a record out of its place", async () => {
    for (const size of [10, 5000]) {
      const { sealing, opening } = await pair(of);
      const first = concat(...(await sealing.seal(0, padPacket(payloadOfSize(size), sealing.layout, padding))));
      const second = concat(...(await sealing.seal(1, padPacket(payloadOfSize(size), sealing.layout, padding))));
      expect(await refusal(() => opening.open(0, second.slice()))).toBe("integrity");
      // The sequence number moves on with the packets, whatever they hold.
      expect(await refusal(() => opening.open(1, first.slice()))).toBe("integrity");
    }
  });

  it("keeps keys of its own, so that the caller may wipe what it passed in", async () => {
    const keys = keysFor(of);
    const { sealing } = await pair(of, keys);
    for (const secret of [keys.key, keys.iv, keys.mac]) secret.fill(0);
    const packet = padPacket(payloadOfSize(30), sealing.layout, padding);
    const expected = reference(of, keysFor(of))(0, packet.slice());
    expect(toHex(concat(...(await sealing.seal(0, packet))))).toBe(toHex(expected));
  });
});

describe("the invocation counter of AES-GCM", () => {
  const of = combinations.find(({ name }) => name.startsWith("aes128-gcm"));

  it.each([
    ["2^32", "00000000ffffffff"],
    ["2^64, leaving the fixed bytes", "ffffffffffffffff"],
  ])("carries over %s", async (_name, counter) => {
    if (!of) throw new Error("no such suite");
    const keys = { ...keysFor(of), iv: toBigEndian(BigInt(`0xa1a2a3a4${counter}`), 12) };
    const { sealing } = await pair(of, keys);
    const record = reference(of, keys);
    for (const [index, size] of [20, 20, 3000].entries()) {
      const packet = padPacket(payloadOfSize(size), sealing.layout, padding);
      const expected = record(index, packet.slice());
      expect(toHex(concat(...(await sealing.seal(index, packet))))).toBe(toHex(expected));
      expect(readUint32(expected, 0)).toBe(packet.length - 4);
    }
  });
});
