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
    writer.switchKeys(cipher, false);
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
    writer.switchKeys(plainSealing(), false);
    expect([writer.sequence, writer.packets, writer.bytes]).toEqual([1, 0, 0]);
    writer.switchKeys(plainSealing(), true);
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
    writer.switchKeys(
      { layout: plainSealing().layout, seal: (s, packet) => (s === 1 ? Promise.reject(broken) : [packet]) },
      false,
    );
    for (let i = 0; i < 4; i++) void writer.send(Uint8Array.of(90 + i));
    await settled();
    expect(told).toEqual([broken]);
    expect((await payloadsOf(written)).map(([number]) => number)).toEqual([90]);
  });
});
