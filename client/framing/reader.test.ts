import { describe, expect, it } from "vitest";
import { concat, equal, writeUint32 } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import type { CipherSuite, DirectionKeys, MacAlgorithm, OpeningCipher, SealingCipher } from "./cipher.ts";
import { padPacket } from "./padding.ts";
import { plainOpening, plainSealing } from "./plain.ts";
import { type Packet, PacketReader } from "./reader.ts";
import { cipherSuites, macs } from "./suites.ts";

const filler = (length: number) => new Uint8Array(length).fill(0xee);

interface Pair {
  readonly name: string;
  readonly suite: CipherSuite;
  readonly mac: MacAlgorithm | undefined;
}

const pairs = Object.values(cipherSuites).flatMap((suite): Pair[] =>
  suite.authenticated
    ? [{ name: suite.name, suite, mac: undefined }]
    : Object.values(macs).map((mac) => ({ name: `${suite.name} ${mac.name}`, suite, mac })),
);

const keys = (): DirectionKeys => ({
  key: new Uint8Array(64).fill(1),
  iv: new Uint8Array(16).fill(2),
  mac: new Uint8Array(64).fill(3),
});

async function ciphers(pair: Pair): Promise<[SealingCipher, OpeningCipher]> {
  const { suite, mac } = pair;
  const all = keys();
  const own = { ...all, key: all.key.slice(0, suite.keyBytes), mac: all.mac.slice(0, mac?.keyBytes ?? 0) };
  return [await suite.sealing(own, mac), await suite.opening(own, mac)];
}

async function seal(cipher: SealingCipher, payloads: readonly Uint8Array[], from = 0): Promise<Uint8Array[]> {
  const sealed = payloads.map((payload, i) => cipher.seal(from + i, padPacket(payload, cipher.layout, filler)));
  return (await Promise.all(sealed)).map((parts) => concat(...parts));
}

function source(chunks: readonly Uint8Array[]): () => Promise<Uint8Array | null> {
  const left = [...chunks];
  return async () => left.shift() ?? null;
}

async function readAll(reader: PacketReader, chunks: readonly Uint8Array[]) {
  const packets: Packet[] = [];
  let error: unknown;
  await reader
    .run(source(chunks), (packet) => void packets.push({ ...packet, payload: packet.payload.slice() }))
    .catch((thrown: unknown) => {
      error = thrown;
    });
  return { packets, code: error instanceof SshError ? error.code : error };
}

describe.each(pairs)("packets under $name", (pair) => {
  const payloads = [Uint8Array.of(94, 1, 2, 3), new Uint8Array(30).fill(95), Uint8Array.of(96)];

  it("come out whole after a split at every byte", async () => {
    const [sealing] = await ciphers(pair);
    const bytes = concat(...(await seal(sealing, payloads)));
    for (let at = 0; at <= bytes.length; at++) {
      const reader = new PacketReader();
      reader.switchKeys({ cipher: (await ciphers(pair))[1], compression: undefined }, false);
      reader.oneAtATime = at % 2 === 0;
      // Copies, since a cipher may work in place.
      const { packets, code } = await readAll(reader, [bytes.slice(0, at), bytes.slice(at)]);
      expect(code).toBeUndefined();
      expect(packets.map(({ payload }) => payload)).toEqual(payloads);
      expect(packets.map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
    }
  });

  it("come out whole in single bytes, large ones too, in order", async () => {
    const sizes = [1, 5000, 2, 300, 3];
    const [sealing, opening] = await ciphers(pair);
    const many = sizes.map((size, i) => new Uint8Array(size).fill(90 + i));
    const bytes = concat(...(await seal(sealing, many)));
    const reader = new PacketReader();
    reader.switchKeys({ cipher: opening, compression: undefined }, false);
    reader.oneAtATime = false;
    const cut = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.slice(7 * i, 7 * i + 7));
    const { packets, code } = await readAll(reader, cut);
    expect(code).toBeUndefined();
    expect(packets.map(({ payload }) => payload)).toEqual(many);
    expect(reader.packets).toBe(many.length);
    expect(reader.bytes).toBe(bytes.length);
  });

  it("that come whole before an altered one are delivered, and the altered one ends it", async () => {
    const [sealing, opening] = await ciphers(pair);
    const records = await seal(sealing, payloads);
    const last = records[2] ?? new Uint8Array(0);
    last[last.length - 1] = (last[last.length - 1] ?? 0) ^ 1;
    const reader = new PacketReader();
    reader.switchKeys({ cipher: opening, compression: undefined }, false);
    reader.oneAtATime = false;
    const { packets, code } = await readAll(reader, [concat(...records)]);
    expect(packets.map(({ number }) => number)).toEqual([94, 95]);
    expect(code).toBe("integrity");
  });
});

describe("unsealed packets", () => {
  const record = (length: number, rest: Uint8Array) => {
    const head = new Uint8Array(4);
    writeUint32(head, 0, length);
    return concat(head, rest);
  };
  const sized = (length: number, padding: number) => {
    const body = filler(length);
    body[0] = padding;
    return record(length, body);
  };

  it.each([
    ["length 0", record(0, filler(100))],
    ["length 1", record(1, filler(100))],
    ["length 4", record(4, filler(100))],
    ["length 2^32-1", record(2 ** 32 - 1, filler(100))],
    ["length 2^31", record(2 ** 31, filler(100))],
    ["a length above 256 KiB", record(256 * 1024 + 4, filler(100))],
    ["a length that is not aligned", record(13, filler(100))],
    ["padding of 0", sized(12, 0)],
    ["padding of 3", sized(12, 3)],
    ["padding that leaves no payload", sized(12, 11)],
    ["padding as long as the packet", sized(12, 12)],
    ["padding of 255", sized(12, 255)],
  ])("with %s break the protocol, before more is waited for", async (_case, bytes) => {
    // A source that never ends: what hangs here would have buffered.
    const reader = new PacketReader();
    reader.push(bytes);
    const thrown = await reader
      .run(
        () => new Promise(() => {}),
        () => {},
      )
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "protocol" });
  });

  it("with the largest length are read", async () => {
    const payload = new Uint8Array(256 * 1024 - 12).fill(2);
    const [bytes = new Uint8Array(0)] = await seal(plainSealing(), [payload]);
    const { packets } = await readAll(new PacketReader(), [bytes]);
    expect(equal(packets[0]?.payload ?? bytes, payload)).toBe(true);
  });

  it("may end between two packets, and not inside one", async () => {
    const [bytes = new Uint8Array(0)] = await seal(plainSealing(), [Uint8Array.of(2, 0, 0, 0, 0)]);
    expect(await readAll(new PacketReader(), [bytes])).toMatchObject({ packets: [{ number: 2 }], code: undefined });
    for (let at = 1; at < bytes.length; at++) {
      expect(await readAll(new PacketReader(), [bytes, bytes.slice(0, at)])).toMatchObject({
        packets: [{ number: 2 }],
        code: "lost",
      });
    }
  });
});

describe("the order of packets", () => {
  it("is that of the wire, however the ciphers settle", async () => {
    const settle: (() => void)[] = [];
    const late: OpeningCipher = {
      ...plainOpening(),
      open: (_sequence, bytes) =>
        new Promise((resolve) => {
          settle.push(() => resolve(bytes.subarray(4)));
        }),
    };
    const reader = new PacketReader();
    reader.switchKeys({ cipher: late, compression: undefined }, false);
    reader.oneAtATime = false;
    const records = await seal(
      plainSealing(),
      Array.from({ length: 16 }, (_, i) => Uint8Array.of(i + 1)),
    );
    const numbers: number[] = [];
    const run = reader.run(source([concat(...records)]), ({ number }) => void numbers.push(number));
    await Promise.resolve();
    await Promise.resolve();
    expect(settle).toHaveLength(16);
    for (const now of settle.reverse()) {
      now();
      await Promise.resolve();
    }
    await run;
    expect(numbers).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
  });

  it("opens nothing behind a packet that is being handled while keys may change", async () => {
    const opened: number[] = [];
    const cipher: OpeningCipher = {
      ...plainOpening(),
      open(sequence, bytes) {
        opened.push(sequence);
        return bytes.subarray(4);
      },
    };
    const reader = new PacketReader();
    reader.switchKeys({ cipher, compression: undefined }, false);
    const records = await seal(plainSealing(), [Uint8Array.of(31), Uint8Array.of(21), Uint8Array.of(2)]);
    let proceed: () => void = () => {};
    const handled: number[] = [];
    const run = reader.run(source([concat(...records)]), ({ number }) => {
      handled.push(number);
      return number === 31
        ? new Promise<void>((resolve) => {
            proceed = resolve;
          })
        : undefined;
    });
    for (let i = 0; i < 20; i++) await Promise.resolve();
    expect(opened).toEqual([0]);
    proceed();
    await run;
    expect(handled).toEqual([31, 21, 2]);
  });

  it("uses new keys for the very next packet, with the sequence as told", async () => {
    for (const reset of [true, false]) {
      const pair = pairs[2];
      if (!pair) throw new Error("no cipher");
      const [sealing, opening] = await ciphers(pair);
      const first = await seal(plainSealing(), [Uint8Array.of(31), Uint8Array.of(21)]);
      const second = await seal(sealing, [Uint8Array.of(7), Uint8Array.of(6)], reset ? 0 : 2);
      const reader = new PacketReader();
      const seen: [number, number][] = [];
      await reader.run(source([concat(...first, ...second)]), ({ number, sequence }) => {
        seen.push([number, sequence]);
        if (number === 21) reader.switchKeys({ cipher: opening, compression: undefined }, reset);
      });
      expect(seen.map(([number]) => number)).toEqual([31, 21, 7, 6]);
      expect(seen.map(([, sequence]) => sequence)).toEqual(reset ? [0, 1, 0, 1] : [0, 1, 2, 3]);
    }
  });
});

describe("a stream that ends while a packet is handled", () => {
  const twoPackets = () => seal(plainSealing(), [Uint8Array.of(31), Uint8Array.of(94)]);

  it("is told at once, and may end the wait", async () => {
    const reader = new PacketReader();
    const run = reader.run(
      source(await twoPackets()),
      () => new Promise<void>(() => {}),
      () => {
        throw new SshError("lost", "hung up");
      },
    );
    await expect(run).rejects.toMatchObject({ code: "lost", message: "hung up" });
  });

  it("is read to its end otherwise", async () => {
    const reader = new PacketReader();
    const seen: number[] = [];
    let told = 0;
    let proceed: () => void = () => {};
    await reader.run(
      source(await twoPackets()),
      ({ number }) => {
        seen.push(number);
        return number === 31
          ? new Promise<void>((resolve) => {
              proceed = resolve;
            })
          : undefined;
      },
      () => {
        told++;
        proceed();
      },
    );
    expect(seen).toEqual([31, 94]);
    expect(told).toBe(1);
  });

  it("is not read ahead of without bound", async () => {
    let chunks = 0;
    const reader = new PacketReader();
    reader.push(concat(...(await seal(plainSealing(), [Uint8Array.of(31)]))));
    void reader.run(
      async () => {
        chunks++;
        return new Uint8Array(64 * 1024);
      },
      () => new Promise<void>(() => {}),
    );
    for (let i = 0; i < 1000; i++) await Promise.resolve();
    expect(chunks).toBeLessThanOrEqual(5);
  });
});
