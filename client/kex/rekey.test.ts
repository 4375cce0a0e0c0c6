import { describe, expect, it } from "vitest";
import { nodeRandom } from "../../e2e/node-surroundings.ts";
import { channelData, meet, meetOpen } from "../../e2e/scripted/client.ts";
import { manualClock } from "../../e2e/scripted/clock.ts";
import { ed25519HostKey } from "../../e2e/scripted/exchange.ts";
import { DEFAULT_HOST_KEY } from "../../e2e/scripted/server.ts";
import { concat, readUint32 } from "../bytes/bytes.ts";

/** Compared as text: byte by byte the test's library takes its time. */
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** One of each kind: AEAD, encrypt-then-MAC, encrypt-and-MAC, two keys and no IV, chained blocks. */
const CIPHERS: readonly (readonly [cipher: string, mac: string])[] = [
  ["aes128-gcm@openssh.com", "hmac-sha2-256"],
  ["aes256-ctr", "hmac-sha2-256-etm@openssh.com"],
  ["aes128-ctr", "hmac-sha2-512"],
  ["chacha20-poly1305@openssh.com", "hmac-sha2-256"],
  ["aes128-cbc", "hmac-sha2-256"],
];

const CELLS = ["us", "the server", "both"].flatMap((who) =>
  CIPHERS.flatMap(([cipher, mac]) =>
    [true, false]
      .filter((strict) => strict || !cipher.startsWith("chacha20")) // never without (Terrapin)
      .flatMap((strict) =>
        ["none", "zlib@openssh.com", "zlib"].map((compression) => [who, cipher, mac, strict, compression] as const),
      ),
  ),
);

describe("rekeying", () => {
  it.each(CELLS)(
    "started by %s with %s, %s, strict: %s, compression %s, loses and reorders nothing both ways",
    async (who, cipher, mac, strict, compression) => {
      const algorithms = { cipher: [cipher], mac: [mac], compression: [compression] };
      const meeting = await meetOpen({ preferences: algorithms, server: { ...algorithms, strict } });
      const { transport, server } = meeting;
      const PER_ROUND = 20;
      const ROUNDS = 2;
      // Some are small and sealed at once, some go to Web Crypto.
      const all = Array.from({ length: ROUNDS * PER_ROUND }, (_, i) =>
        i % 5 === 0 ? concat(channelData(i), nodeRandom(9000)) : channelData(i),
      );
      for (let round = 1; round <= ROUNDS; round++) {
        const messages = all.slice((round - 1) * PER_ROUND, round * PER_ROUND);
        const sent: Promise<void>[] = [];
        for (const [i, message] of messages.entries()) {
          sent.push(transport.send(message.slice()), server.send(message.slice()));
          if (i === PER_ROUND / 2 && who !== "the server") transport.rekey();
          if (i === PER_ROUND / 2 && who !== "us") server.rekey();
        }
        await Promise.all(sent);
        await server.until(94, round * PER_ROUND);
        await meeting.untilConnection(round * PER_ROUND);
        await meeting.exchanged(round + 1);
      }
      expect(meeting.connection.map(text)).toEqual(all.map(text));
      const received = server.received.filter(({ number }) => number === 94);
      expect(received.map(({ payload }) => text(payload))).toEqual(all.map(text));
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

  it("takes the server's data behind its own KEXINIT, under the old keys, as AsyncSSH before 2.15 sends it", async () => {
    const meeting = await meetOpen({
      server: {
        outgoing: (payload, server) =>
          payload[0] === 31 && server.exchanges > 0 ? [channelData(1), payload] : [payload],
      },
    });
    meeting.server.rekey();
    await meeting.exchanged(2);
    await meeting.server.send(channelData(2));
    await meeting.untilConnection(2);
    expect(meeting.connection).toEqual([channelData(1), channelData(2)]);
  });

  it("asks for a group as strong as the strongest of the keys it is for, as OpenSSH does", async () => {
    for (const [cipher, preferred] of [
      ["aes128-gcm@openssh.com", 3072],
      ["aes256-gcm@openssh.com", 8192],
    ] as const) {
      const offer = { kex: ["diffie-hellman-group-exchange-sha256"], cipher: [cipher] };
      const { server } = await meetOpen({ server: offer, preferences: offer });
      const request = server.received.find(({ number }) => number === 34)?.payload;
      expect(request && readUint32(request, 5)).toBe(preferred);
    }
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

  it("R-KEX-6: a writer waits for its end, and what waits is bounded", async () => {
    let holdBack = false;
    const meeting = await meetOpen({
      server: { incoming: (packet, proceed) => (holdBack && packet.number === 20 ? undefined : proceed()) },
    });
    holdBack = true;
    meeting.transport.rekey();
    let resolved = 0;
    for (let i = 0; i < 4096; i++) {
      meeting.transport.send(channelData(1)).then(
        () => resolved++,
        () => {},
      );
    }
    await meeting.server.until(20, 2);
    expect([resolved, meeting.transport.signal.aborted]).toEqual([0, false]);
    void meeting.transport.send(channelData(1)).catch(() => {});
    expect(await meeting.transport.closed).toMatchObject({ code: "protocol" });
    expect(meeting.server.received.filter(({ number }) => number === 94)).toEqual([]);
  });

  it("by packets counts what comes in, by bytes what goes out, too", async () => {
    const incoming = await meetOpen({ rekey: { packets: 10 } });
    for (let i = 0; i < 12; i++) await incoming.server.send(channelData(i));
    await incoming.exchanged(2);
    const outgoing = await meetOpen({ rekey: { bytes: 3000 } });
    for (let i = 0; i < 60; i++) await outgoing.transport.send(channelData(i));
    await outgoing.exchanged(2);
  });

  it("by time goes on hour after hour, idle or not, and each exchange restarts the hour", async () => {
    const clock = manualClock();
    const meeting = await meetOpen({ clock, rekey: { milliseconds: 3_600_000 } });
    for (let hour = 1; hour <= 3; hour++) {
      clock.advance(3_599_999);
      expect(meeting.securedCount()).toBe(hour);
      clock.advance(1);
      await meeting.exchanged(hour + 1);
    }
    clock.advance(1_800_000);
    meeting.server.rekey();
    await meeting.exchanged(5);
    clock.advance(3_599_999);
    expect(meeting.securedCount()).toBe(5);
    clock.advance(1);
    await meeting.exchanged(6);
  });

  it("that the server never takes up ends the connection in time", async () => {
    const clock = manualClock();
    let holdBack = false;
    const meeting = await meetOpen({
      clock,
      server: { incoming: (packet, proceed) => (holdBack && packet.number === 20 ? undefined : proceed()) },
    });
    holdBack = true;
    meeting.transport.rekey();
    const waiting = meeting.transport.send(channelData(1)).catch((cause: unknown) => cause);
    await meeting.server.until(20, 2);
    clock.advance(120_000);
    clock.advance(1000);
    expect(await meeting.transport.closed).toMatchObject({ code: "timeout" });
    expect(await waiting).toMatchObject({ code: "timeout" });
    expect(clock.pending).toBe(0);
  });
});
