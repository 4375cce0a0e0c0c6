import { describe, expect, it } from "vitest";
import { SshError } from "./errors.ts";
import { intoSingleBytes, memoryPair } from "./memory.ts";

describe("a pair of streams in memory", () => {
  it("carries bytes both ways, and a write resolves once it is read", async () => {
    const [a, b] = memoryPair();
    let taken = false;
    void a.write(Uint8Array.of(1, 2)).then(() => {
      taken = true;
    });
    await Promise.resolve();
    expect(taken).toBe(false);
    expect(await b.read()).toEqual(Uint8Array.of(1, 2));
    await Promise.resolve();
    await Promise.resolve();
    expect(taken).toBe(true);
    void b.write(Uint8Array.of(3));
    expect(await a.read()).toEqual(Uint8Array.of(3));
  });

  it("copies what is written", async () => {
    const [a, b] = memoryPair();
    const bytes = Uint8Array.of(1);
    void a.write(bytes);
    bytes[0] = 9;
    expect(await b.read()).toEqual(Uint8Array.of(1));
  });

  it("cuts as it is told", async () => {
    const [a, b] = memoryPair({ cut: intoSingleBytes });
    void a.write(Uint8Array.of(1, 2));
    expect([await b.read(), await b.read()]).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  });

  it("ends one direction and leaves the other open", async () => {
    const [a, b] = memoryPair();
    void a.write(Uint8Array.of(1));
    a.end();
    expect(await b.read()).toEqual(Uint8Array.of(1));
    expect(await b.read()).toBeNull();
    await expect(a.write(Uint8Array.of(2))).rejects.toThrow();
    void b.write(Uint8Array.of(3));
    expect(await a.read()).toEqual(Uint8Array.of(3));
    b.end();
    expect(await a.closed).toBeUndefined();
    expect(await b.closed).toBeUndefined();
  });

  it("closes both directions at once, keeps what was received, and the first reason wins", async () => {
    const [a, b] = memoryPair();
    const stuck = b.write(Uint8Array.of(7));
    const waiting = b.read();
    const reason = new SshError("lost", "gone");
    a.close(reason);
    a.close(new SshError("protocol", "later"));
    expect(await waiting).toBeNull();
    await stuck;
    expect(await a.closed).toBe(reason);
    expect(await b.closed).toBeUndefined();
    expect(await a.read()).toEqual(Uint8Array.of(7));
    expect(await a.read()).toBeNull();
    await expect(b.write(Uint8Array.of(1))).rejects.toThrow();
  });
});
