import { describe, expect, it } from "vitest";
import { serverExchanges } from "../../e2e/scripted/exchange.ts";
import { concat, toHex } from "../bytes/bytes.ts";
import type { Random } from "../bytes/random.ts";
import { Reader, Writer } from "../bytes/wire.ts";
import type { ExchangeContext, KeyExchange } from "./exchange.ts";
import { keyExchanges } from "./exchanges.ts";
import { group1, group14, group16, group18 } from "./groups.ts";

const BLOB = Uint8Array.of(1, 2, 3);
const NAME = "diffie-hellman-group-exchange-sha256";
const random: Random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));

async function begin(context: Partial<ExchangeContext> = {}): Promise<KeyExchange> {
  const exchange = await keyExchanges[NAME]?.({
    random,
    strength: 112,
    serverIdentification: "SSH-2.0-OpenSSH_9.2",
    ...context,
  });
  if (!exchange) throw new Error(NAME);
  return exchange;
}

/** The three numbers of a GEX_REQUEST. */
function request(exchange: KeyExchange): readonly number[] {
  const reader = new Reader(exchange.start());
  expect(reader.byte()).toBe(34);
  const sizes = [reader.uint32(), reader.uint32(), reader.uint32()];
  reader.end();
  return sizes;
}

const group = (p: bigint, g: bigint) => new Writer().byte(31).mpint(p).mpint(g).done();

describe("the size that is asked for", () => {
  it.each([
    [80, 2048],
    [112, 2048],
    [128, 3072],
    [192, 7680],
    [256, 8192],
    [512, 8192],
  ])("for %i bits of strength is %i, between 2048 and 8192", async (strength, preferred) => {
    expect(request(await begin({ strength }))).toEqual([2048, preferred, 8192]);
  });

  it.each([
    ["SSH-2.0-Cisco-1.25", 4096],
    ["SSH-1.99-Cisco-1.25", 4096],
    ["SSH-2.0-Cisco-2.0", 8192],
    ["SSH-2.0-OpenSSH_9.2 Cisco-1.25", 8192],
  ])("by %s is %i at most", async (serverIdentification, preferred) => {
    expect(request(await begin({ strength: 256, serverIdentification }))).toEqual([2048, preferred, 8192]);
  });

  it("is not more than needed for Cisco either", async () => {
    expect(request(await begin({ strength: 128, serverIdentification: "SSH-2.0-Cisco-1.25" }))[1]).toBe(3072);
  });
});

describe("the group that the server chooses", () => {
  const { p } = group14;
  it.each([
    ["2048 bits", group14.p, 2n],
    ["4096 bits", group16.p, 2n],
    ["8192 bits", group18.p, 2n],
    ["another generator", group14.p, 5n],
  ])("may have %s", async (_what, modulus, g) => {
    const step = await (await begin()).step(group(modulus, g));
    if (!("send" in step)) throw new Error("done");
    const reader = new Reader(step.send);
    expect(reader.byte()).toBe(32);
    expect(reader.mpint()).toBeLessThan(modulus);
    reader.end();
  });

  it.each([
    ["1024 bits", group1.p, 2n],
    ["one bit less than the least", 2n ** 2047n - 1n, 2n],
    ["one bit more than the most", 2n ** 8192n + 1n, 2n],
    ["thirty thousand bits", 2n ** 30_000n + 1n, 2n],
    ["the modulus 0", 0n, 2n],
    ["an even modulus", p - 1n, 2n],
    ["a modulus with a small factor", 3n * (2n ** 2203n - 1n), 2n],
    ["a modulus of two primes", (2n ** 521n - 1n) * (2n ** 2203n - 1n), 2n],
    ["a large modulus with a small factor", group18.p - 2n ** 65n + 2n, 2n],
    ["generator 0", p, 0n],
    ["generator 1", p, 1n],
    ["generator p-1", p, p - 1n],
    ["generator p", p, p],
    ["a generator beyond p", p, p + 2n],
  ])("is refused with %s", async (_what, modulus, g) => {
    const exchange = await begin();
    exchange.start();
    expect(() => exchange.step(group(modulus, g))).toThrow("The server broke the SSH protocol: a Diffie-Hellman group");
    // And then nothing more is taken.
    expect(() => exchange.step(group(group14.p, 2n))).toThrow("second");
  });

  it.each([
    ["a negative modulus", new Writer().byte(31).string(new Uint8Array(256).fill(255)).mpint(2n).done()],
    ["a negative generator", new Writer().byte(31).mpint(p).string(Uint8Array.of(0x82)).done()],
    [
      "needless zeros",
      new Writer()
        .byte(31)
        .string(concat(new Uint8Array(2), new Uint8Array(256).fill(255)))
        .mpint(2n)
        .done(),
    ],
    ["something after it", concat(group(p, 2n), Uint8Array.of(0))],
    ["its generator missing", new Writer().byte(31).mpint(p).done()],
    ["the number of a reply", concat(Uint8Array.of(33), group(p, 2n).subarray(1))],
  ])("is refused with %s", async (_what, payload) => {
    const exchange = await begin();
    exchange.start();
    expect(() => exchange.step(payload)).toThrow("The server broke the SSH protocol");
  });

  it("is not chosen twice, and not replaced by a reply", async () => {
    for (const payload of [group(p, 2n), new Writer().byte(31).string(BLOB).mpint(4n).string(BLOB).done()]) {
      const exchange = await begin();
      exchange.start();
      await exchange.step(group(p, 2n));
      expect(() => exchange.step(payload)).toThrow("message 31 where 33 belongs");
    }
  });

  it("is hashed with all that was asked for: min, n, max, p, g, e, f (RFC 4419 3)", async () => {
    const exchange = await begin({ strength: 128 });
    const server = serverExchanges[NAME]?.(random);
    const chosen = server?.step(exchange.start());
    if (!chosen || !("send" in chosen)) throw new Error("no group");
    const init = await exchange.step(chosen.send);
    if (!("send" in init)) throw new Error("no value");
    const agreed = server?.step(init.send);
    if (!agreed || "send" in agreed) throw new Error("not agreed");
    const f = agreed.serverPublic;
    const done = await exchange.step(new Writer().byte(33).string(BLOB).string(f).string(BLOB).done());
    if (!("done" in done)) throw new Error("not done");
    const expected = new Writer()
      .uint32(2048)
      .uint32(3072)
      .uint32(8192)
      .mpint(group16.p)
      .mpint(2n)
      .bytes(init.send.subarray(1));
    expect(toHex(concat(...done.done.publicValues))).toBe(toHex(expected.string(f).done()));
  });
});
