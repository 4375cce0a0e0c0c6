import { describe, expect, it } from "vitest";
import { channelData, meet, meetOpen } from "../../e2e/scripted/client.ts";
import { manualClock } from "../../e2e/scripted/clock.ts";
import { ed25519HostKey } from "../../e2e/scripted/exchange.ts";
import { DEFAULT_HOST_KEY } from "../../e2e/scripted/server.ts";

describe("rekeying", () => {
  it.each(["client", "server", "both"])(
    "started by %s in the middle of traffic loses and reorders nothing",
    async (who) => {
      const meeting = await meetOpen();
      const { transport, server } = meeting;
      const PER_ROUND = 40;
      const ROUNDS = 3;
      const all = Array.from({ length: ROUNDS * PER_ROUND }, (_, i) => channelData(i));
      for (let round = 1; round <= ROUNDS; round++) {
        const messages = all.slice((round - 1) * PER_ROUND, round * PER_ROUND);
        const sent: Promise<void>[] = [];
        for (const [i, message] of messages.entries()) {
          sent.push(transport.send(message), server.send(message));
          if (i === PER_ROUND / 2 && who !== "server") transport.rekey();
          if (i === PER_ROUND / 2 && who !== "client") server.rekey();
        }
        await Promise.all(sent);
        await server.until(94, round * PER_ROUND);
        await meeting.untilConnection(round * PER_ROUND);
        await meeting.exchanged(round + 1);
      }
      expect(meeting.connection).toEqual(all);
      expect(server.received.filter(({ number }) => number === 94).map(({ payload }) => payload)).toEqual(all);
      expect(meeting.securedCount()).toBe(ROUNDS + 1);
      expect(meeting.asked).toHaveLength(1);
    },
  );

  it("sends nothing but what belongs to it between our KEXINIT and our NEWKEYS", async () => {
    const meeting = await meetOpen();
    meeting.transport.rekey();
    const sent = Array.from({ length: 20 }, (_, i) => meeting.transport.send(channelData(i)));
    await meeting.server.until(94, 20);
    await Promise.all(sent);
    const numbers = meeting.server.received.map(({ number }) => number);
    const from = numbers.lastIndexOf(20);
    expect(numbers.slice(from, from + 4)).toEqual([20, 30, 21, 94]);
  });

  it("goes on taking the server's data until the server's KEXINIT", async () => {
    let holdBack = false;
    const meeting = await meetOpen({
      server: {
        incoming: (packet, proceed) => (holdBack && packet.number === 20 ? undefined : proceed()),
      },
    });
    holdBack = true;
    meeting.transport.rekey();
    await meeting.server.until(20, 2);
    await meeting.server.send(channelData(1));
    await meeting.untilConnection(1);
    expect(meeting.transport.signal.aborted).toBe(false);
  });

  it("refuses the server's data after the server's KEXINIT", async () => {
    const meeting = await meetOpen({
      server: {
        outgoing: (payload, server) => (payload[0] === 31 && server.exchanges > 0 ? [channelData(1)] : [payload]),
      },
    });
    meeting.server.rekey();
    expect(await meeting.transport.closed).toMatchObject({ code: "protocol" });
    expect(meeting.connection).toEqual([]);
  });

  it("starts by itself by packets, by bytes, and by time", async () => {
    const byPackets = await meetOpen({ rekey: { packets: 10 } });
    for (let i = 0; i < 12; i++) await byPackets.transport.send(channelData(i));
    await byPackets.exchanged(2);

    const byBytes = await meetOpen({ rekey: { bytes: 3000 } });
    for (let i = 0; i < 60; i++) await byBytes.server.send(channelData(i));
    await byBytes.exchanged(2);
    await byBytes.untilConnection(60);

    const clock = manualClock();
    const byTime = await meetOpen({ clock, rekey: { milliseconds: 5000 } });
    clock.advance(4999);
    await byTime.transport.send(channelData(1));
    await byTime.server.until(94);
    expect(byTime.server.received.filter(({ number }) => number === 20)).toHaveLength(1);
    clock.advance(1);
    await byTime.exchanged(2);
  });

  it("is not started before the login is over, whatever has been sent", async () => {
    const meeting = meet({ rekey: { packets: 1 } });
    await meeting.secured;
    meeting.transport.rekey();
    await meeting.transport.send(Uint8Array.of(5, 0, 0, 0, 0));
    await meeting.server.until(5);
    expect(meeting.server.received.map(({ number }) => number)).toEqual([20, 30, 21, 5]);
  });

  it("by the server in the middle of the login is answered", async () => {
    const meeting = meet();
    await meeting.secured;
    await meeting.exchanged(1);
    meeting.server.rekey();
    await meeting.exchanged(2);
    await meeting.transport.send(Uint8Array.of(5, 0, 0, 0, 0));
    await meeting.server.until(5);
  });

  it("with another host key ends the connection, without a question", async () => {
    let seed = 1;
    const meeting = await meetOpen({ server: { hostKey: () => ed25519HostKey(new Uint8Array(32).fill(seed++)) } });
    meeting.server.rekey();
    expect(await meeting.transport.closed).toMatchObject({ code: "host-key-changed" });
    expect(meeting.asked).toHaveLength(1);
    expect(meeting.securedCount()).toBe(1);
  });

  it("with a wrong signature ends the connection", async () => {
    let exchanges = 0;
    const meeting = await meetOpen({
      server: {
        reply: (honest) =>
          exchanges++ === 0 ? honest : { ...honest, signature: DEFAULT_HOST_KEY.sign(new Uint8Array(32)) },
      },
    });
    meeting.transport.rekey();
    expect(await meeting.transport.closed).toMatchObject({ code: "host-key-unproved" });
  });

  it("delivers what the server sent under the new keys before it left", async () => {
    const meeting = await meetOpen();
    meeting.server.rekey();
    for (let i = 0; i < 5; i++) void meeting.server.send(channelData(i));
    await meeting.server.until(30, 2);
    void meeting.server.hangUp();
    await meeting.untilConnection(5);
    expect(await meeting.transport.closed).toMatchObject({ code: "lost" });
  });
});
