import { describe, expect, it } from "vitest";
import { RequestFailure, RequestSuccess } from "./connection-messages.ts";
import { Keepalive } from "./keepalive.ts";
import { ScriptedPeer, turns } from "./scripted-peer.ts";

const PROBE = 'GLOBAL_REQUEST keepalive@openssh.com true ""';

function watch({ available = false, begun = true } = {}) {
  const peer = new ScriptedPeer();
  const events: (number | string)[] = [];
  /** What was asked by PING: called, it is answered. */
  const pings: ((milliseconds: number) => void)[] = [];
  const ping = { available, measure: (answered: (milliseconds: number) => void) => void pings.push(answered) };
  const keepalive = new Keepalive(
    peer.link,
    peer.clock,
    peer.mux,
    ping,
    { roundTrip: (ms) => events.push(ms), stalled: (stalled) => events.push(stalled ? "stalled" : "alive") },
    { interval: 30_000 },
  );
  if (begun) keepalive.begin();
  return { peer, events, keepalive, ping, pings };
}

describe("keepalive", () => {
  it("begins when it is told to, once, or else after a second", async () => {
    const told = watch();
    told.keepalive.begin();
    await told.peer.clock.pass(29_999);
    expect(told.peer.heard()).toEqual([PROBE]);

    const left = watch({ begun: false });
    await left.peer.clock.pass(999);
    expect(left.peer.heard()).toEqual([]);
    await left.peer.clock.pass(1);
    expect(left.peer.heard()).toEqual([PROBE]);
    left.keepalive.begin();
    expect(left.peer.heard()).toEqual([]);
  });

  it("probes at the start and measures the round trip by any reply, refusal included", async () => {
    const { peer, events, keepalive } = watch();
    expect(peer.heard()).toEqual([PROBE]);
    await peer.clock.pass(42);
    peer.say(RequestFailure.encode({}));
    keepalive.heard();
    await turns();
    await peer.clock.pass(30_000 - 42);
    expect(peer.heard()).toEqual([PROBE]);
    await peer.clock.pass(7);
    peer.say(RequestSuccess.encode({ data: new Uint8Array(0) }));
    await turns();
    expect(events).toEqual([42, 7]);
  });

  it("measures as often while packets come", async () => {
    const { peer, keepalive, events } = watch();
    peer.heard();
    for (let second = 0; second < 300; second++) {
      await peer.clock.pass(1000);
      keepalive.heard();
    }
    expect(peer.heard()).toEqual(Array.from({ length: 10 }, () => PROBE));
    expect(events).toEqual([]);
  });

  it("asks by PING where the server announced it, and by the request again where it then does not know it", async () => {
    const { peer, ping, pings, events } = watch({ available: true });
    expect([pings.length, peer.heard()]).toEqual([1, []]);
    pings[0]?.(12);
    await peer.clock.pass(30_000);
    expect([pings.length, peer.heard()]).toEqual([2, []]);
    pings[1]?.(9);
    expect(events).toEqual([12, 9]);
    ping.available = false;
    await peer.clock.pass(30_000);
    expect([pings.length, peer.heard()]).toEqual([2, [PROBE]]);
  });

  it("gives up a server that leaves every PING without an answer and is silent otherwise", async () => {
    const { peer, events } = watch({ available: true });
    await peer.clock.pass(300_000);
    expect(peer.failure?.code).toBe("timeout");
    expect(events).toEqual(["stalled"]);
  });

  it("reports a stall after three probes without an answer, once, and its end at any packet", async () => {
    const { peer, events, keepalive } = watch();
    await peer.clock.pass(89_999);
    expect([peer.heard().length, events]).toEqual([3, []]);
    await peer.clock.pass(60_000);
    expect(events).toEqual(["stalled"]);
    keepalive.heard();
    expect(events).toEqual(["stalled", "alive"]);
    await peer.clock.pass(60_000);
    expect(events).toEqual(["stalled", "alive"]);
  });

  it("gives the connection up after five minutes of silence, and leaves no timer", async () => {
    const { peer } = watch();
    await peer.clock.pass(299_999);
    expect(peer.failure).toBeUndefined();
    await peer.clock.pass(1);
    expect(peer.failure?.code).toBe("timeout");
    expect(peer.failure?.message).toContain("5 minutes");
    expect(peer.clock.running).toBe(0);
  });

  it("pitfall 46: after a sleep it asks, and does not hold the silence against the server", async () => {
    const { peer, events } = watch();
    peer.say(RequestFailure.encode({}));
    await turns();
    peer.heard();
    await peer.clock.sleep(8 * 3600_000);
    expect(peer.heard()).toEqual([PROBE]);
    expect([peer.failure, events]).toEqual([undefined, [0]]);
    // It did not survive the night: three more probes are enough to say so.
    await peer.clock.pass(90_000);
    expect(events).toEqual([0, "stalled"]);
  });

  it("takes no round trip from a reply that came after a sleep", async () => {
    const { peer, events } = watch();
    await peer.clock.sleep(3600_000);
    peer.say(RequestFailure.encode({}));
    await turns();
    expect(events).toEqual([]);
  });

  it("stops when the connection dies", async () => {
    const { peer, events } = watch();
    peer.die();
    expect(peer.clock.running).toBe(0);
    await peer.clock.pass(600_000);
    expect([peer.clock.running, peer.heard().length, events]).toEqual([0, 1, []]);
  });
});
