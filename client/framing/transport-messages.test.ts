import { describe, expect, it } from "vitest";
import { meet, meetOpen } from "../../e2e/scripted/client.ts";
import { concat } from "../bytes/bytes.ts";
import { Writer } from "../bytes/wire.ts";
import { Disconnect, Ping, Pong, Unimplemented } from "./transport-messages.ts";

const data = (n: number) => new Writer().byte(94).uint32(n).string(new Uint8Array(4)).done();
const turns = async (count = 30) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe("UNIMPLEMENTED", () => {
  it("names the sequence number of the packet that was not understood", async () => {
    const meeting = await meetOpen();
    const { server } = meeting;
    // Strict: counted from 0 after NEWKEYS. USERAUTH_SUCCESS was 0.
    for (let i = 1; i <= 3; i++) await server.send(data(i));
    await server.send(Uint8Array.of(150, 0, 0, 0, 0));
    const { payload } = await server.until(3);
    expect(Unimplemented.decode(payload)).toEqual({ sequence: 4 });
    await server.send(Uint8Array.of(101));
    expect(Unimplemented.decode((await server.until(3, 2)).payload)).toEqual({ sequence: 5 });
    expect(meeting.transport.signal.aborted).toBe(false);
  });

  it("from the server is harmless once the connection is open, and is mapped back to what we sent", async () => {
    const meeting = await meetOpen();
    void meeting.transport.send(data(1)); // strict: counted from 0 after NEWKEYS
    void meeting.transport.ping(new Uint8Array(5));
    await meeting.server.until(192);
    for (const sequence of [1, 9, 0]) await meeting.server.send(Unimplemented.encode({ sequence }));
    await meeting.server.send(data(1));
    await meeting.untilConnection(1);
    expect(meeting.unknown).toEqual([192, 94]);
  });

  it("before the login is over ends it, unless it is about our extension information", async () => {
    for (const [kex, fate] of [
      [["curve25519-sha256", "ext-info-s"], "lives"],
      [["curve25519-sha256"], "protocol"],
    ] as const) {
      const meeting = meet({ server: { kex } });
      await meeting.secured;
      await meeting.exchanged(1);
      if (fate === "lives") await meeting.server.until(7);
      else await meeting.transport.send(Uint8Array.of(5, 0, 0, 0, 0));
      await meeting.server.send(Unimplemented.encode({ sequence: 0 }));
      if (fate === "protocol") expect(await meeting.transport.closed).toMatchObject({ code: fate });
      else {
        await meeting.server.send(Uint8Array.of(52));
        while (meeting.login.length === 0) await turns(1);
        expect(meeting.unknown).toEqual([7]);
      }
    }
  });

  it("owed during a key exchange waits, and a server that provokes it without end is left", async () => {
    const meeting = await meetOpen({
      server: {
        incoming: (packet, proceed, server) => (packet.number === 20 && server.exchanges > 0 ? undefined : proceed()),
      },
    });
    meeting.transport.rekey();
    await meeting.server.until(20, 2);
    for (let i = 0; i < 4100; i++) void meeting.server.send(Uint8Array.of(150));
    expect(await meeting.transport.closed).toMatchObject({ code: "protocol" });
    expect(meeting.server.received.filter(({ number }) => number === 3)).toEqual([]);
  });
});

describe("PING", () => {
  const ping = (byte: number, length = 5) => Ping.encode({ data: new Uint8Array(length).fill(byte) });

  it("is answered with the same data once the connection is open, and never before (R-KEX-7)", async () => {
    const meeting = meet();
    await meeting.secured;
    await meeting.exchanged(1);
    await meeting.server.send(ping(1));
    await meeting.server.send(Uint8Array.of(52));
    while (meeting.login.length === 0) await turns(1);
    await meeting.server.send(ping(2, 1000));
    const pong = await meeting.server.until(193);
    expect(Pong.decode(pong.payload).data).toEqual(new Uint8Array(1000).fill(2));
    expect(meeting.server.received.filter(({ number }) => number === 193 || number === 3)).toHaveLength(1);
  });

  it("in a key exchange is dropped where it may come and fatal where it may not (R-KEX-7)", async () => {
    let silent = false;
    let goOn = async () => {};
    const meeting = await meetOpen({
      server: {
        incoming(packet, proceed) {
          if (!silent || packet.number !== 20) return proceed();
          silent = false;
          goOn = proceed;
          return undefined;
        },
      },
    });
    silent = true;
    meeting.transport.rekey();
    await meeting.server.until(20, 2);
    await meeting.server.send(ping(1)); // the server has not seen our KEXINIT: legal
    await meeting.server.send(data(1));
    await meeting.untilConnection(1);
    await goOn();
    await meeting.exchanged(2);
    await meeting.transport.send(data(2)); // in front of it, a PONG that had waited would have left
    await meeting.server.until(94);
    meeting.server.rekey();
    await meeting.server.sendNow(ping(2)); // behind its own KEXINIT
    expect(await meeting.transport.closed).toMatchObject({ code: "protocol" });
    expect(meeting.server.received.filter(({ number }) => number === 193)).toEqual([]);
  });

  it("without end, to a server that reads no answer, is left (CVE-2025-26466)", async () => {
    let stalled = false;
    const meeting = await meetOpen({
      wrap: (stream) => ({
        read: () => stream.read(),
        write: (chunk) => (stalled ? new Promise(() => {}) : stream.write(chunk)),
        end: () => stream.end(),
        close: (reason) => stream.close(reason),
        closed: stream.closed,
      }),
    });
    stalled = true;
    for (let i = 0; i < 60; i++) void meeting.server.send(ping(i, 32_000)).catch(() => {});
    while (!meeting.transport.signal.aborted) await turns(1);
    expect(meeting.transport.signal.reason).toMatchObject({ code: "protocol" });
  });

  it.each([
    ["cut short", Uint8Array.of(192, 0, 0, 0, 9, 1)],
    ["with bytes behind it", Uint8Array.of(192, 0, 0, 0, 1, 1, 1)],
    ["as a PONG cut short", Uint8Array.of(193, 0, 0)],
  ])("%s breaks the protocol", async (_what, payload) => {
    const meeting = await meetOpen();
    await meeting.server.send(payload);
    expect(await meeting.transport.closed).toMatchObject({ code: "protocol" });
  });

  it("of ours leaves only in the open state, outside a key exchange; PONG is handed on", async () => {
    const meeting = meet();
    const one = new Uint8Array(5).fill(1);
    expect(meeting.transport.ping(one)).toBeUndefined();
    await meeting.secured;
    expect(meeting.transport.ping(one)).toBeUndefined();
    await meeting.exchanged(1);
    await meeting.server.send(Uint8Array.of(52));
    while (meeting.login.length === 0) await turns(1);
    await meeting.transport.ping(one);
    await meeting.server.until(192);
    await meeting.server.send(Pong.encode({ data: one }));
    while (meeting.pongs.length === 0) await turns(1);
    expect(meeting.pongs).toEqual([one]);
    meeting.transport.rekey();
    expect(meeting.transport.ping(one)).toBeUndefined();
    await meeting.exchanged(2);
    void meeting.transport.disconnect();
    expect(meeting.transport.ping(one)).toBeUndefined();
  });
});

describe("several causes in one chunk", () => {
  it("the server's own word about its leaving is worth more than the rule it broke before", async () => {
    let joining = false;
    const meeting = await meetOpen({
      wrap: (stream) => ({
        read: async () => {
          const chunk = await stream.read();
          const next = joining && chunk ? await stream.read() : null;
          return chunk && next ? concat(chunk, next) : chunk;
        },
        write: (chunk) => stream.write(chunk),
        end: () => stream.end(),
        close: (reason) => stream.close(reason),
        closed: stream.closed,
      }),
    });
    joining = true;
    void meeting.server.send(Uint8Array.of(50));
    await meeting.server.send(Disconnect.encode({ reason: 2, description: "I am lost", language: "" }));
    expect(await meeting.transport.closed).toMatchObject({ code: "peer-disconnect", quoted: "I am lost" });
  });

  it("a rule broken before the stream ended is worth more than the end", async () => {
    const meeting = await meetOpen();
    void meeting.server.send(Uint8Array.of(50));
    void meeting.server.send(data(1));
    void meeting.server.hangUp();
    expect(await meeting.transport.closed).toMatchObject({ code: "protocol" });
    expect(meeting.connection).toEqual([]);
  });
});
