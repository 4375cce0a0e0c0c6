// Our streams against Node's own zlib, packet by packet, and against everything a server should not send.

import { randomBytes } from "node:crypto";
import { constants, createDeflate, createInflate, type Deflate, type Inflate, type ZlibOptions } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concat, equal } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { MAX_PACKET } from "./padding.ts";
import { zlibDeflater, zlibInflater } from "./zlib.ts";

const { Z_FINISH, Z_FULL_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH } = constants;

/** One of Node's streams, fed and flushed packet by packet: what it has to say to each. */
function packetwise(stream: Deflate | Inflate, flush: number): (bytes: Uint8Array) => Promise<Uint8Array> {
  let parts: Uint8Array[] = [];
  stream.on("data", (part: Uint8Array) => parts.push(part));
  return (bytes) =>
    new Promise((resolve, reject) => {
      parts = [];
      stream.once("error", reject);
      stream.write(bytes);
      stream.flush(flush, () => {
        stream.off("error", reject);
        resolve(concat(...parts));
      });
    });
}

const foreignDeflater = (flush: number, options: ZlibOptions = {}) => packetwise(createDeflate(options), flush);
const foreignInflater = () => packetwise(createInflate(), Z_SYNC_FLUSH);

const zeros = (length: number) => new Uint8Array(length);
const noise = (length: number) => new Uint8Array(randomBytes(length));
const text = (length: number) =>
  ascii("drwxr-xr-x 2 root root 4096 Nov 22 11:34 framing\r\n".repeat(length / 50 + 1)).slice(0, length);

/** Payloads of every sort and size, the longest included. */
const payloads = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 300 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 40_000 }).map(text) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 40_000 }).map(noise) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: MAX_PACKET }).map(zeros) },
    { weight: 1, arbitrary: fc.constant(255 * 1024).map(noise) },
  ),
  { minLength: 1, maxLength: 12 },
);

function outcome(work: () => Uint8Array): Uint8Array | string {
  try {
    return work();
  } catch (error) {
    return error instanceof SshError ? error.code : String(error);
  }
}

describe("compressed packets", () => {
  it("come out as they went in, one by one, whatever was in them", () => {
    fc.assert(
      fc.property(payloads, (all) => {
        const [deflater, inflater] = [zlibDeflater(), zlibInflater()];
        for (const payload of all) expect(equal(inflater.inflate(deflater.deflate(payload)), payload)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it("are understood by another zlib without waiting for the next one", async () => {
    await fc.assert(
      fc.asyncProperty(payloads, async (all) => {
        const deflater = zlibDeflater();
        const inflate = foreignInflater();
        for (const payload of all) expect(equal(await inflate(deflater.deflate(payload)), payload)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    ["a partial flush, as OpenSSH does", Z_PARTIAL_FLUSH, {}],
    ["a partial flush and fixed codes", Z_PARTIAL_FLUSH, { strategy: constants.Z_FIXED }],
    ["a partial flush and no compression at all", Z_PARTIAL_FLUSH, { level: 0 }],
    ["a sync flush, as Dropbear does", Z_SYNC_FLUSH, {}],
    ["a full flush", Z_FULL_FLUSH, {}],
    ["a sync flush and the smallest window", Z_SYNC_FLUSH, { windowBits: 9, memLevel: 1 }],
  ])("of another zlib are understood when it ends them with %s", async (_how, flush, options) => {
    await fc.assert(
      fc.asyncProperty(payloads, async (all) => {
        const deflate = foreignDeflater(flush, options);
        const inflater = zlibInflater();
        for (const payload of all) expect(equal(inflater.inflate(await deflate(payload)), payload)).toBe(true);
      }),
      { numRuns: 6 },
    );
  });

  it("share one stream: what was said before costs little (pitfall 18)", () => {
    const deflater = zlibDeflater();
    const payload = noise(1000);
    expect(deflater.deflate(payload).length).toBeGreaterThan(1000);
    expect(deflater.deflate(payload).length).toBeLessThan(50);
  });

  it("hold all of a payload that does not compress, in a packet that may be sent (pitfall 18)", () => {
    const [deflater, inflater] = [zlibDeflater(), zlibInflater()];
    for (const length of [1, 255 * 1024, 64 * 1024, 64 * 1024 - 6, 255 * 1024]) {
      const payload = noise(length);
      const deflated = deflater.deflate(payload);
      expect(deflated.length).toBeLessThan(length + 512);
      expect(equal(inflater.inflate(deflated), payload)).toBe(true);
    }
  });
});

describe("a server's compressed packet", () => {
  const inflated = (bytes: Uint8Array) => outcome(() => zlibInflater().inflate(bytes));

  it("may grow to what a packet may hold, and not by one byte more (pitfall 18)", async () => {
    expect(inflated(await foreignDeflater(Z_SYNC_FLUSH)(zeros(MAX_PACKET)))).toHaveLength(MAX_PACKET);
    expect(inflated(await foreignDeflater(Z_SYNC_FLUSH)(zeros(MAX_PACKET + 1)))).toBe("protocol");
  });

  it("that would grow to 64 MiB allocates next to nothing", async () => {
    const bomb = await foreignDeflater(Z_PARTIAL_FLUSH, { level: 9 })(zeros(64 << 20));
    expect(bomb.length).toBeLessThan(MAX_PACKET);
    const inflater = zlibInflater();
    const before = process.memoryUsage().arrayBuffers;
    expect(outcome(() => inflater.inflate(bomb))).toBe("protocol");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(512 * 1024);
  });

  it.each([
    ["garbage", async () => ascii("this is not zlib")],
    ["a gzip header", async () => Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)],
    ["a dictionary that nobody agreed on", () => foreignDeflater(Z_SYNC_FLUSH, { dictionary: ascii("ssh") })(text(99))],
    ["the end of the stream", () => foreignDeflater(Z_FINISH)(text(99))],
    ["a reserved block type", async () => Uint8Array.of(0x78, 0x9c, 0x06)],
    ["a distance from before the beginning", async () => Uint8Array.of(0x78, 0x9c, 0x63, 0x00, 0x42, 0x00)],
  ])("with %s is refused", async (_what, make) => {
    expect(inflated(await make())).toBe("protocol");
  });

  it.each([
    ["partial", Z_PARTIAL_FLUSH],
    ["sync", Z_SYNC_FLUSH],
  ])("cut short anywhere (%s flush) never yields a part of its payload", async (_flush, flush) => {
    const payload = text(500);
    const whole = await foreignDeflater(flush)(payload);
    for (let cut = 0; cut < whole.length; cut++) {
      const result = inflated(whole.subarray(0, cut));
      // Nothing at all is refused by the reader, as any packet without a payload.
      if (typeof result === "string") expect(result).toBe("protocol");
      else expect([0, payload.length], `cut at ${cut}`).toContain(result.length);
    }
  });

  it("with any bit changed gives bounded bytes or a refusal, and leaves nothing hanging", async () => {
    const whole = await foreignDeflater(Z_PARTIAL_FLUSH)(concat(text(200), noise(40)));
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const altered = whole.slice();
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const result = inflated(altered);
      if (typeof result === "string") expect(result).toBe("protocol");
      else expect(result.length).toBeLessThanOrEqual(MAX_PACKET);
    }
  });

  it("of any bytes behind a good header does so too", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const result = inflated(concat(Uint8Array.of(0x78, 0x9c), bytes));
        if (typeof result === "string") expect(result).toBe("protocol");
        else expect(result.length).toBeLessThanOrEqual(MAX_PACKET);
      }),
      { numRuns: 1000 },
    );
  });
});
