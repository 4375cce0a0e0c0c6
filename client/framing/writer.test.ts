import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import type { ByteStream } from "../bytes/stream.ts";
import type { SealingCipher } from "./cipher.ts";
import { plainSealing } from "./plain.ts";
import { PacketReader } from "./reader.ts";
import { PacketWriter } from "./writer.ts";

const filler = (length: number) => new Uint8Array(length);

/** Keeps what is written; each write waits for `take` when `stalled`. */
function sink(stalled = false) {
  const written: Uint8Array[] = [];
  const taken: (() => void)[] = [];
  const stream: ByteStream = {
    read: () => new Promise(() => {}),
    write(chunk) {
      written.push(chunk.slice());
      return stalled ? new Promise((resolve) => taken.push(resolve)) : Promise.resolve();
    },
    end: () => {},
    close: () => {},
    closed: new Promise(() => {}),
  };
  return { stream, written, take: () => taken.shift()?.() };
}

const writerOn = (stream: ByteStream) =>
  new PacketWriter(stream, filler, (cause) => {
    throw cause;
  });

async function payloadsOf(written: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const reader = new PacketReader();
  reader.push(concat(...written));
  const payloads: Uint8Array[] = [];
  await reader.run(
    async () => null,
    ({ payload }) => void payloads.push(payload),
  );
  return payloads;
}

const settled = async (turns = 50) => {
  for (let i = 0; i < turns; i++) await Promise.resolve();
};

describe("the packet writer", () => {
  it("keeps 1000 concurrent sends in call order, in whatever order the ciphers resolve", async () => {
    const { stream, written } = sink();
    const writer = writerOn(stream);
    const waiting: (() => void)[] = [];
    const sequences: number[] = [];
    const cipher: SealingCipher = {
      layout: plainSealing().layout,
      seal(sequence, packet) {
        sequences.push(sequence);
        if (sequence % 3 === 0) return [packet];
        return new Promise((resolve) => waiting.push(() => resolve([packet])));
      },
    };
    writer.switchKeys({ cipher, compression: undefined }, false);
    const sent = Array.from({ length: 1000 }, (_, i) => writer.send(Uint8Array.of(94, i >> 8, i & 255)));
    const order = fc.sample(fc.shuffledSubarray(waiting, { minLength: waiting.length, maxLength: waiting.length }), {
      numRuns: 1,
      seed: 7,
    })[0];
    for (const resolve of order ?? []) {
      resolve();
      await Promise.resolve();
    }
    await Promise.all(sent);
    await writer.flushed();
    expect(sequences).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(await payloadsOf(written)).toEqual(
      Array.from({ length: 1000 }, (_, i) => Uint8Array.of(94, i >> 8, i & 255)),
    );
  });

  it("puts the version line and the first packet into one write", async () => {
    const { stream, written } = sink();
    const writer = writerOn(stream);
    writer.raw(Uint8Array.of(1, 2, 3));
    void writer.send(Uint8Array.of(20));
    await writer.flushed();
    expect(written).toHaveLength(1);
    expect(written[0]?.subarray(0, 3)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("joins what piled up behind a write, up to 256 KiB", async () => {
    const { stream, written, take } = sink(true);
    const writer = writerOn(stream);
    for (let i = 0; i < 40; i++) void writer.send(new Uint8Array(30_000).fill(94));
    await settled();
    expect(written).toHaveLength(1);
    for (let i = 0; i < 40; i++) {
      take();
      await settled();
    }
    expect(Math.max(...written.map((chunk) => chunk.length))).toBeLessThanOrEqual(256 * 1024);
    expect(written.length).toBeLessThanOrEqual(8);
    expect(await payloadsOf(written)).toHaveLength(40);
  });

  it("seals data behind its message's head, and never needs it again", async () => {
    const { stream, written } = sink();
    const writer = writerOn(stream);
    const data = new Uint8Array(30_000);
    for (let i = 0; i < 5; i++) {
      data.fill(i);
      void writer.send(Uint8Array.of(94, i), data);
    }
    data.fill(0xee);
    await writer.flushed();
    expect(await payloadsOf(written)).toEqual(
      Array.from({ length: 5 }, (_, i) => new Uint8Array(30_002).fill(i).fill(94, 0, 1)),
    );
  });

  it("sends a key press at once, and joins bulk that is being sealed behind its first packet", async () => {
    const { stream, written } = sink();
    const writer = writerOn(stream);
    const finish: (() => void)[] = [];
    const cipher: SealingCipher = {
      layout: plainSealing().layout,
      seal(_sequence, packet) {
        const sealed = [packet.slice()];
        return packet.length < 100 ? sealed : new Promise((resolve) => finish.push(() => resolve(sealed)));
      },
    };
    writer.switchKeys({ cipher, compression: undefined }, false);
    void writer.send(Uint8Array.of(94, 1));
    for (let i = 0; i < 3; i++) void writer.send(new Uint8Array(30_000).fill(94));
    await settled();
    expect(written.map(({ length }) => length)).toEqual([16]);
    for (const done of finish) {
      await settled();
      expect(written).toHaveLength(1);
      done();
    }
    await writer.flushed();
    expect(written).toHaveLength(2);
    expect(await payloadsOf(written)).toHaveLength(4);
  });

  it.each([true, false])(
    "joins into one array again and again only for a stream that copies: %s",
    async (copiesWrites) => {
      const { stream, written } = sink();
      const buffers = new Set<ArrayBufferLike>();
      const writer = writerOn({
        ...stream,
        copiesWrites,
        write(chunk) {
          if (chunk.length > 60_000) buffers.add(chunk.buffer);
          return stream.write(chunk);
        },
      });
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) void writer.send(new Uint8Array(30_000).fill(94 + i));
        await writer.flushed();
      }
      expect([written.length, buffers.size]).toEqual([6, copiesWrites ? 1 : 3]);
      expect((await payloadsOf(written)).map(([first]) => first)).toEqual([94, 94, 94, 95, 95, 95, 96, 96, 96]);
    },
  );

  it("makes senders wait while the stream does not take, and lets them go on when it does", async () => {
    const { stream, take } = sink(true);
    const writer = writerOn(stream);
    const ready = Array.from({ length: 30 }, () => {
      let done = false;
      void writer.send(new Uint8Array(30_000).fill(94)).then(() => {
        done = true;
      });
      return () => done;
    });
    await settled();
    expect(ready[0]?.()).toBe(true);
    expect(ready[29]?.()).toBe(false);
    for (let i = 0; i < 10; i++) {
      take();
      await settled();
    }
    expect(ready[29]?.()).toBe(true);
  });

  it("counts its sequence modulo 2^32 and anew when it is told to", async () => {
    const { stream } = sink();
    const writer = writerOn(stream);
    void writer.send(Uint8Array.of(2));
    expect([writer.sequence, writer.packets, writer.bytes]).toEqual([1, 1, 16]);
    writer.switchKeys({ cipher: plainSealing(), compression: undefined }, false);
    expect([writer.sequence, writer.packets, writer.bytes]).toEqual([1, 0, 0]);
    writer.switchKeys({ cipher: plainSealing(), compression: undefined }, true);
    expect(writer.sequence).toBe(0);
  });

  it("rejects everyone who waits, and everyone after, with the first cause", async () => {
    const { stream } = sink(true);
    const writer = writerOn(stream);
    const waiting = Array.from({ length: 40 }, () => writer.send(new Uint8Array(30_000).fill(94)));
    for (const send of waiting) send.catch(() => {});
    const flushed = writer.flushed();
    const cause = new SshError("lost", "gone");
    writer.fail(cause);
    writer.fail(new SshError("protocol", "later"));
    await expect(waiting.at(-1)).rejects.toBe(cause);
    await expect(flushed).rejects.toBe(cause);
    await expect(writer.send(Uint8Array.of(2))).rejects.toBe(cause);
  });

  it("stops writing when the stream refuses, and waits to be told why", async () => {
    let writes = 0;
    const stream: ByteStream = {
      ...sink().stream,
      write() {
        writes++;
        return Promise.reject(new Error("closed"));
      },
    };
    const writer = writerOn(stream);
    void writer.send(Uint8Array.of(2));
    await settled();
    void writer.send(Uint8Array.of(2));
    await settled();
    expect(writes).toBe(1);
    const flushed = writer.flushed();
    writer.fail(new SshError("lost", "gone"));
    await expect(flushed).rejects.toMatchObject({ code: "lost" });
  });

  it("tells when a cipher fails, and writes nothing from there on", async () => {
    const { stream, written } = sink();
    const told: unknown[] = [];
    const writer = new PacketWriter(stream, filler, (cause) => void told.push(cause));
    const broken = new Error("no more");
    const cipher: SealingCipher = {
      layout: plainSealing().layout,
      seal: (s, packet) => (s === 1 ? Promise.reject(broken) : [packet]),
    };
    writer.switchKeys({ cipher, compression: undefined }, false);
    for (let i = 0; i < 4; i++) void writer.send(Uint8Array.of(90 + i));
    await settled();
    expect(told).toEqual([broken]);
    expect((await payloadsOf(written)).map(([number]) => number)).toEqual([90]);
  });
});
