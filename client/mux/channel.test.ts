import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { decodeUtf8, encodeUtf8 } from "../bytes/text.ts";
import type { Channel } from "./channel.ts";
import { ChannelData, ChannelExtendedData, ChannelSuccess, ChannelWindowAdjust } from "./connection-messages.ts";
import { REMOTE, ScriptedPeer, turns } from "./scripted-peer.ts";

const NOTHING = new Uint8Array(0);

async function readAll(channel: Channel): Promise<string[]> {
  const lines: string[] = [];
  for (let chunk = await channel.read(); chunk; chunk = await channel.read()) {
    lines.push(`${chunk.stream} ${decodeUtf8(chunk.bytes)}`);
  }
  return lines;
}

/** The fate of a promise as a word, so that a row of promises can be compared with a row of words. */
function fate(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    (value) => String(value),
    (error) => (error instanceof SshError ? error.code : `not ours: ${error}`),
  );
}

describe("windows", () => {
  it("pitfall 33: the window goes back when the consumer has taken the bytes, and not before", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open({ own: 1000 });
    peer.data(0, "x".repeat(600));
    expect((await channel.read())?.bytes.length).toBe(600);
    expect(peer.heard()).toEqual([]);
    channel.credit(600);
    expect(peer.heard()).toEqual([`ADJUST ${REMOTE} 600`]);
  });

  it("pitfall 33: stdout and stderr share one window", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open({ own: 100 });
    peer.data(0, "x".repeat(60));
    peer.stderr(0, "y".repeat(40));
    expect(() => peer.data(0, "z")).toThrow(/beyond the window/);
    channel.credit(100);
    expect(peer.heard()).toEqual([`ADJUST ${REMOTE} 100`]);
  });

  it("pitfalls 33 and 43: data of unknown types is dropped, counted and credited", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open({ own: 1000 });
    for (let i = 0; i < 50; i++) peer.stderr(0, "?".repeat(600), i === 1 ? 0 : i + 2);
    expect(peer.heard()).toEqual(Array.from({ length: 50 }, () => `ADJUST ${REMOTE} 600`));
    expect(() => peer.stderr(0, "?".repeat(1001), 7)).toThrow(/beyond the window/);
    peer.eof(0);
    expect(await channel.read()).toBeNull();
  });

  it("pitfall 33: after our CLOSE nothing is credited, and the window still holds", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open({ own: 1000 });
    peer.data(0, "x".repeat(600));
    channel.close();
    channel.credit(600);
    peer.data(0, "y".repeat(400));
    expect(peer.heard()).toEqual([`CLOSE ${REMOTE}`]);
    expect(() => peer.data(0, "z")).toThrow(/beyond the window/);
  });

  it("pitfall 33: an adjustment beyond 2^32 - 1 is a protocol error", async () => {
    const peer = new ScriptedPeer();
    await peer.open({ window: 0xffff_ff00 });
    peer.adjust(0, 0xff);
    expect(() => peer.adjust(0, 1)).toThrow(SshError);
  });

  it("pitfall 33: a channel opened with window 0 writes once it is adjusted", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open({ window: 0 });
    const written = channel.write(encodeUtf8("hello"));
    expect(peer.heard()).toEqual([]);
    peer.adjust(0, 3);
    await turns();
    expect(peer.heard()).toEqual([`DATA ${REMOTE} "hel"`]);
    peer.adjust(0, 3);
    await written;
    expect(peer.heard()).toEqual([`DATA ${REMOTE} "lo"`]);
  });

  it("pitfall 34: a write is split by the peer's packet size, and by 32 KiB whatever the peer would take", async () => {
    const peer = new ScriptedPeer();
    await (await peer.open({ maxPacket: 4 })).write(encodeUtf8("abcdefghij"));
    expect(peer.heard()).toEqual([`DATA ${REMOTE} "abcd"`, `DATA ${REMOTE} "efgh"`, `DATA ${REMOTE} "ij"`]);
    const wide = await peer.open({ id: 701, maxPacket: 0xffff_ffff, window: 0xffff_ffff });
    await wide.write(new Uint8Array(70_000));
    expect(peer.heard()).toEqual(["DATA 701 (32768 bytes)", "DATA 701 (32768 bytes)", "DATA 701 (4464 bytes)"]);
  });

  it("pitfall 35: a packet above our maximum is a protocol error, whatever the window", async () => {
    const peer = new ScriptedPeer();
    await peer.open();
    peer.data(0, new Uint8Array(32_768));
    expect(() => peer.data(0, new Uint8Array(32_769))).toThrow(/maximum packet/);
  });

  it("pitfall 44: a write longer than 4 GiB by its own count goes on past 2^32", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open({ window: 0xffff_ffff });
    const length = 2 ** 32 + 10;
    const sizes: number[] = [];
    // An array that only claims its length: nothing of it is ever touched beyond its views.
    const huge = new Uint8Array(16);
    Object.defineProperty(huge, "length", { value: length });
    huge.subarray = (from = 0, to = 0) => {
      if (sizes.length < 3) sizes.push(to - from);
      return new Uint8Array(0);
    };
    const written = channel.write(huge);
    await turns();
    channel.close();
    expect([sizes, await fate(written)]).toEqual([[32_768, 32_768, 32_768], "channel-closed"]);
  });
});

it("output arrives whole and in order, and the server may always go on, for any packets and any credit", async () => {
  const step = fc.record({ bytes: fc.uint8Array({ maxLength: 40 }), stderr: fc.boolean(), take: fc.nat(3) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 40, max: 400 }), async (steps, own) => {
      const peer = new ScriptedPeer();
      const channel = await peer.open({ own });
      let room = own;
      let queued = 0;
      const [sent, got] = [
        { stdout: [] as number[], stderr: [] as number[] },
        { stdout: [] as number[], stderr: [] as number[] },
      ];
      const take = async () => {
        const chunk = await channel.read();
        if (!chunk) throw new Error("ended");
        got[chunk.stream].push(...chunk.bytes);
        queued -= chunk.bytes.length;
        channel.credit(chunk.bytes.length);
        for (const payload of peer.payloads.splice(0)) room += ChannelWindowAdjust.decode(payload).bytes;
        expect(room + queued).toBeLessThanOrEqual(own);
      };
      for (const { bytes, stderr, take: times } of steps) {
        while (room < bytes.length) await take();
        room -= bytes.length;
        queued += bytes.length;
        sent[stderr ? "stderr" : "stdout"].push(...bytes);
        if (stderr) peer.say(ChannelExtendedData.encode({ recipient: 0, type: 1, data: bytes }));
        else peer.data(0, bytes);
        for (let i = 0; i < times && queued > 0; i++) await take();
      }
      while (queued > 0) await take();
      expect(got).toEqual(sent);
    }),
    { numRuns: 60 },
  );
});

describe("writing", () => {
  it("keeps the order of writes nobody waited for, with the first one sent at once", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open({ window: 5 });
    const writes = ["abc", "", "def", "g"].map((text) => channel.write(encodeUtf8(text)));
    expect(peer.heard()).toEqual([`DATA ${REMOTE} "abc"`]);
    channel.end();
    await turns();
    peer.adjust(0, 1);
    await turns();
    peer.adjust(0, 100);
    await Promise.all(writes);
    await turns();
    expect(peer.heard()).toEqual([`DATA ${REMOTE} "de"`, `DATA ${REMOTE} "f"`, `DATA ${REMOTE} "g"`, `EOF ${REMOTE}`]);
  });

  it("waits while the link takes no more, and what is typed before a close still leaves", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open();
    peer.hold();
    let written = false;
    const writing = channel.write(new Uint8Array(40_000)).then(() => {
      written = true;
    });
    await turns();
    expect([written, peer.heard()]).toEqual([false, [`DATA ${REMOTE} (32768 bytes)`]]);
    peer.release();
    await writing;
    peer.heard();
    const last = channel.write(encodeUtf8("q"));
    channel.close();
    expect(peer.heard()).toEqual([`DATA ${REMOTE} "q"`, `CLOSE ${REMOTE}`]);
    expect(await fate(last)).toBe("channel-closed");
  });

  it("arrives whole and in order within the window, for any writes and any adjustments", async () => {
    const writes = fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 12 });
    const adjustments = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        writes,
        adjustments,
        fc.nat(50),
        fc.integer({ min: 1, max: 20 }),
        async (list, more, window, maxPacket) => {
          const peer = new ScriptedPeer();
          const channel = await peer.open({ window, maxPacket });
          let room = window;
          const received: Uint8Array[] = [];
          const take = () => {
            for (const payload of peer.payloads.splice(0)) {
              if (payload[0] !== ChannelData.number) continue;
              const { data } = ChannelData.decode(payload);
              room -= data.length;
              expect(data.length).toBeLessThanOrEqual(maxPacket);
              expect(room).toBeGreaterThanOrEqual(0);
              received.push(data);
            }
          };
          const done = Promise.all(list.map((bytes) => channel.write(bytes)));
          for (const bytes of [...more, 2000]) {
            take();
            room += bytes;
            peer.adjust(0, bytes);
            await turns();
          }
          await done;
          take();
          expect(concat(...received)).toEqual(concat(...list));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("EOF and CLOSE", () => {
  it("pitfall 36: EOF is sent once, CLOSE once, and nothing afterwards", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open();
    channel.end();
    channel.end();
    expect(await fate(channel.write(encodeUtf8("x")))).toBe("channel-closed");
    channel.close();
    channel.close();
    channel.end();
    channel.credit(5);
    channel.stopInput();
    expect(await channel.request("x", NOTHING, false)).toBe(false);
    expect(await fate(channel.request("x", NOTHING, true))).toBe("channel-closed");
    peer.request(0, "x", NOTHING, true);
    peer.close(0);
    expect(peer.heard()).toEqual([`EOF ${REMOTE}`, `CLOSE ${REMOTE}`]);
    expect([await channel.closed, peer.mux.channelCount, peer.clock.running]).toEqual([undefined, 0, 0]);
  });

  it("pitfall 36: CLOSE is answered with CLOSE, without EOF before it", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open();
    const waits = [channel.read(), channel.request("x", NOTHING, true), channel.closed].map(fate);
    peer.heard();
    peer.close(0);
    expect(peer.heard()).toEqual([`CLOSE ${REMOTE}`]);
    expect(await Promise.all(waits)).toEqual(["null", "channel-closed", "undefined"]);
    expect([await fate(channel.write(encodeUtf8("x"))), peer.mux.channelCount]).toEqual(["channel-closed", 0]);
  });

  it("pitfall 36: what came before EOF and CLOSE is read first, in order of arrival (43)", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open();
    peer.data(0, "a");
    peer.stderr(0, "b");
    peer.data(0, "c");
    peer.eof(0);
    peer.eof(0);
    peer.close(0);
    expect(await readAll(channel)).toEqual(["stdout a", "stderr b", "stdout c"]);
  });

  it("pitfall 36: after the peer's EOF we may still write, and it may not send data", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open();
    peer.eof(0);
    await channel.write(encodeUtf8("x"));
    expect(peer.heard()).toEqual([`DATA ${REMOTE} "x"`]);
    peer.data(0, "y");
    peer.stderr(0, "y", 9);
    expect(peer.heard()).toEqual([`CLOSE ${REMOTE}`]);
    peer.close(0);
    expect(String(await channel.closed)).toMatch(/after EOF/);
  });

  it("pitfall 37: a server that never answers CLOSE does not hold up who waits, and keeps its number taken", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open();
    channel.close();
    const closed = fate(channel.closed);
    await peer.clock.pass(60_000);
    expect([await closed, peer.mux.channelCount]).toEqual(["undefined", 1]);
    peer.close(0);
    expect(peer.mux.channelCount).toBe(0);
  });

  it("a close with a reason is told to those who wait; the first reason wins", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open({ window: 0 });
    const waits = [channel.read(), channel.write(encodeUtf8("x")), channel.request("x", NOTHING, true)].map(fate);
    channel.close(new SshError("timeout", "too long"));
    channel.close(new SshError("aborted", "enough"));
    peer.close(0);
    expect(await Promise.all(waits)).toEqual(["timeout", "timeout", "timeout"]);
    expect((await channel.closed)?.code).toBe("timeout");
  });

  it("everything settles with the cause when the connection dies, and what had arrived is read first", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open({ window: 0 });
    const closing = await peer.open({ id: 701 });
    closing.close();
    peer.data(0, "last words");
    const waits = [channel.write(encodeUtf8("x")), channel.request("x", NOTHING, true), channel.closed, closing.closed];
    const fates = Promise.all(waits.map(fate));
    peer.die(new SshError("lost", "gone"));
    expect(await fates).toEqual(["lost", "lost", "SshError: gone", "SshError: gone"]);
    expect((await channel.read())?.bytes).toEqual(encodeUtf8("last words"));
    expect(await fate(channel.read())).toBe("lost");
    expect(await fate(channel.write(encodeUtf8("x")))).toBe("lost");
    expect([peer.mux.channelCount, peer.clock.running]).toEqual([0, 0]);
  });
});

describe("requests", () => {
  it("pitfall 40: replies answer the oldest request, on each channel by itself", async () => {
    const peer = new ScriptedPeer();
    const [a, b] = [await peer.open(), await peer.open({ id: 701 })];
    const order: string[] = [];
    const note = (name: string) => (ok: boolean) => order.push(`${name} ${ok}`);
    a.request("1", NOTHING, true).then(note("a1"));
    b.request("1", NOTHING, true).then(note("b1"));
    a.request("no reply", NOTHING, false).then(note("a-"));
    a.request("2", NOTHING, true).then(note("a2"));
    peer.refuse(0);
    peer.grant(1);
    peer.grant(0);
    await turns();
    expect(order).toEqual(["a- true", "a1 false", "b1 true", "a2 true"]);
  });

  it("pitfall 40: a hundred thousand unsolicited replies change nothing", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open();
    const success = ChannelSuccess.encode({ recipient: 0 });
    for (let i = 0; i < 100_000; i++) peer.say(success);
    const reply = channel.request("x", NOTHING, true);
    peer.refuse(0);
    expect(await reply).toBe(false);
  });

  it("pitfall 40: a reply that comes too late answers its own request and not the next", async () => {
    const peer = new ScriptedPeer();
    const channel = await peer.open();
    const first = fate(channel.request("1", NOTHING, true));
    await peer.clock.pass(60_000);
    expect(await first).toBe("timeout");
    const second = fate(channel.request("2", NOTHING, true));
    peer.grant(0);
    peer.refuse(0);
    expect([await second, peer.clock.running]).toEqual(["false", 0]);
  });

  it("pitfall 41: an unknown request is refused with the peer's number of the channel, and silently without want-reply", async () => {
    const peer = new ScriptedPeer();
    await peer.open();
    peer.request(0, "keepalive@openssh.com", NOTHING, true);
    peer.request(0, "whatever", NOTHING, false);
    expect(peer.heard()).toEqual([`FAILURE ${REMOTE}`]);
  });
});
