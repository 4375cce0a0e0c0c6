// Where compression begins and where it begins anew, through the writer and the reader as a connection uses them.

import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concat, equal } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import type { ByteStream } from "../bytes/stream.ts";
import type { OpeningCipher } from "./cipher.ts";
import { type Compression, compressions, type IncomingKeys, type OutgoingKeys } from "./compression.ts";
import { plainOpening, plainSealing } from "./plain.ts";
import { PacketReader } from "./reader.ts";
import { PacketWriter } from "./writer.ts";

const NEWKEYS = 21;
const SUCCESS = 52;
const DATA = 94;
/** Much of the same, so that a compressed packet is short. */
const said = (number: number) => concat(Uint8Array.of(number), ascii("the same again and again ".repeat(40)));

function named(name: string): Compression {
  const compression = compressions[name];
  if (!compression) throw new Error(`no compression ${name}`);
  return compression;
}

const outgoing = async ({ delayed, deflater }: Compression): Promise<OutgoingKeys> => ({
  cipher: plainSealing(),
  compression: { stream: await deflater(), delayed },
});
const incoming = async ({ delayed, inflater }: Compression, cipher = plainOpening()): Promise<IncomingKeys> => ({
  cipher,
  compression: { stream: await inflater(), delayed },
});

/** A writer, and the length of each packet that it wrote. */
function writerInto(written: Uint8Array[]) {
  const stream: ByteStream = {
    read: () => new Promise(() => {}),
    write: async (chunk) => void written.push(chunk.slice()),
    end: () => {},
    close: () => {},
    closed: new Promise(() => {}),
  };
  const failures: unknown[] = [];
  const writer = new PacketWriter(
    stream,
    (length) => new Uint8Array(length),
    (cause) => void failures.push(cause),
  );
  const sizeOf = async (payload: Uint8Array) => {
    const before = writer.bytes;
    await writer.send(payload);
    await writer.flushed();
    return writer.bytes - before;
  };
  return { writer, sizeOf, failures };
}

async function read(reader: PacketReader, bytes: Uint8Array, seen: (payload: Uint8Array) => Promise<void> | void) {
  reader.push(bytes);
  await reader.run(
    async () => null,
    ({ payload }) => seen(payload),
  );
}

const codeOf = (error: unknown) => (error instanceof SshError ? error.code : error);

it("is offered by two names, and none is not a compression", () => {
  expect(Object.entries(compressions).map(([name, { delayed }]) => [name, delayed])).toEqual([
    ["zlib@openssh.com", true],
    ["zlib", false],
  ]);
});

describe("our packets", () => {
  it("are compressed from NEWKEYS on with zlib, and from the end of the login on with zlib@openssh.com (pitfall 18)", async () => {
    const sizes: Record<string, boolean[]> = {};
    for (const name of ["zlib", "zlib@openssh.com"]) {
      const { writer, sizeOf } = writerInto([]);
      const short: boolean[] = [];
      const note = async () => void short.push((await sizeOf(said(DATA))) < 500);
      await note();
      writer.switchKeys(await outgoing(named(name)), false);
      await note();
      writer.authenticated();
      await note();
      // A later exchange: the new stream begins at once, whichever it is.
      writer.switchKeys(await outgoing(named(name)), false);
      await note();
      writer.switchKeys({ cipher: plainSealing(), compression: undefined }, false);
      await note();
      sizes[name] = short;
    }
    expect(sizes).toEqual({
      zlib: [false, true, true, true, false],
      "zlib@openssh.com": [false, false, true, true, false],
    });
  });

  it("that are too long are refused before the stream has taken them, and the next is whole", async () => {
    const written: Uint8Array[] = [];
    const { writer, failures } = writerInto(written);
    writer.switchKeys(await outgoing(named("zlib")), false);
    await expect(writer.send(new Uint8Array(255 * 1024 + 1))).rejects.toMatchObject({ code: "unsupported" });
    await writer.send(said(DATA));
    await writer.flushed();
    const reader = new PacketReader();
    reader.switchKeys(await incoming(named("zlib")), false);
    const payloads: Uint8Array[] = [];
    await read(reader, concat(...written), (payload) => void payloads.push(payload));
    expect(payloads).toEqual([said(DATA)]);
    expect(failures).toEqual([]);
  });

  it("end the connection when they cannot be compressed: the stream may have moved", async () => {
    const { writer, failures } = writerInto([]);
    const broken = new SshError("internal", "no more");
    const deflate = () => {
      throw broken;
    };
    writer.switchKeys({ cipher: plainSealing(), compression: { stream: { deflate }, delayed: false } }, false);
    await expect(writer.send(said(DATA))).rejects.toBe(broken);
    expect(failures).toEqual([broken]);
  });
});

describe("the server's packets", () => {
  /** What a server writes: SUCCESS as it is, everything behind it compressed, and anew behind each NEWKEYS. */
  async function conversation(): Promise<Uint8Array> {
    const written: Uint8Array[] = [];
    const { writer } = writerInto(written);
    const compression = named("zlib@openssh.com");
    void writer.send(Uint8Array.of(NEWKEYS));
    writer.switchKeys(await outgoing(compression), true);
    void writer.send(said(51));
    void writer.send(said(SUCCESS));
    writer.authenticated();
    for (let i = 0; i < 5; i++) void writer.send(said(DATA));
    void writer.send(Uint8Array.of(NEWKEYS));
    writer.switchKeys(await outgoing(compression), true);
    for (let i = 0; i < 5; i++) void writer.send(said(DATA + 1));
    await writer.flushed();
    return concat(...written);
  }

  it.each([
    ["one at a time", true],
    ["many at once", false],
  ])("are inflated in order, %s, from the packet behind SUCCESS on (pitfall 18)", async (_how, oneAtATime) => {
    const reader = new PacketReader();
    const numbers: number[] = [];
    await read(reader, await conversation(), async (payload) => {
      const number = payload[0] ?? 0;
      numbers.push(number);
      if (number !== NEWKEYS) expect(payload).toEqual(said(number));
      if (number === SUCCESS) reader.authenticated();
      // As the transport does it: before NEWKEYS can come, packets are opened one by one again.
      reader.oneAtATime = oneAtATime || number === NEWKEYS;
      if (number === NEWKEYS) reader.switchKeys(await incoming(named("zlib@openssh.com")), true);
    });
    const five = (number: number) => Array.from({ length: 5 }, () => number);
    expect(numbers).toEqual([NEWKEYS, 51, SUCCESS, ...five(DATA), NEWKEYS, ...five(DATA + 1)]);
  });

  it("are inflated in the order they came, however their ciphers settle", async () => {
    const written: Uint8Array[] = [];
    const { writer } = writerInto(written);
    writer.switchKeys(await outgoing(named("zlib")), false);
    const payloads = Array.from({ length: 16 }, (_, i) => concat(Uint8Array.of(DATA + (i % 2)), randomBytes(50 * i)));
    for (const payload of payloads) void writer.send(payload);
    await writer.flushed();
    const settle: (() => void)[] = [];
    const late: OpeningCipher = {
      ...plainOpening(),
      open: (_sequence, bytes) => new Promise((resolve) => settle.push(() => resolve(bytes.subarray(4)))),
    };
    const reader = new PacketReader();
    reader.switchKeys(await incoming(named("zlib"), late), false);
    reader.oneAtATime = false;
    const seen: Uint8Array[] = [];
    const done = read(reader, concat(...written), (payload) => void seen.push(payload));
    for (let i = 0; i < 10; i++) await Promise.resolve();
    expect(settle).toHaveLength(16);
    for (const now of settle.reverse()) now();
    await done;
    expect(seen.map((payload, i) => equal(payload, payloads[i] ?? payload))).toEqual(payloads.map(() => true));
  });

  it.each([
    ["that inflate to nothing", () => Uint8Array.of(0x78, 0x9c, 0, 0, 0, 0xff, 0xff)],
    ["that are not compressed at all", () => said(DATA)],
  ])("%s break the protocol", async (_what, payload) => {
    const written: Uint8Array[] = [];
    const { writer } = writerInto(written);
    await writer.send(payload());
    await writer.flushed();
    const reader = new PacketReader();
    reader.switchKeys(await incoming(named("zlib")), false);
    const error = await read(reader, concat(...written), () => {}).catch((thrown: unknown) => thrown);
    expect(codeOf(error)).toBe("protocol");
  });

  it("of any content and size survive the way through both ends", async () => {
    const sizes = fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.constantFrom(32_768, 200_000, 255 * 1024));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(sizes, fc.boolean()), { maxLength: 8 }), async (shapes) => {
        const payloads = shapes.map(([size, dull]) => (dull ? new Uint8Array(size).fill(7) : randomBytes(size)));
        const written: Uint8Array[] = [];
        const { writer } = writerInto(written);
        writer.switchKeys(await outgoing(named("zlib")), false);
        for (const payload of payloads) await writer.send(payload);
        await writer.flushed();
        const reader = new PacketReader();
        reader.switchKeys(await incoming(named("zlib")), false);
        reader.oneAtATime = false;
        let count = 0;
        await read(reader, concat(...written), (payload) => {
          expect(equal(payload, payloads[count++] ?? Uint8Array.of())).toBe(true);
        });
        expect(count).toBe(payloads.length);
      }),
      { numRuns: 15 },
    );
  });
});
