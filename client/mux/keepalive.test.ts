import { describe, expect, it } from "vitest";
import { RequestFailure, RequestSuccess } from "./connection-messages.ts";
import { Keepalive } from "./keepalive.ts";
import { ScriptedPeer, turns } from "./scripted-peer.ts";

const PROBE = 'GLOBAL_REQUEST keepalive@openssh.com true ""';

function watch(options: { interval?: number; limit?: number } = {}) {
  const peer = new ScriptedPeer();
  const events: (number | string)[] = [];
  const keepalive = new Keepalive(
    peer.link,
    peer.clock,
    peer.mux,
    { roundTrip: (ms) => events.push(ms), stalled: (stalled) => events.push(stalled ? "stalled" : "alive") },
    options,
  );
  return { peer, events, keepalive };
}

describe("keepalive", () => {
  it("probes at the start and measures the round trip by any reply, refusal included", async () => {
    const { peer, events, keepalive } = watch();
    expect(peer.heard()).toEqual([PROBE]);
    await peer.clock.pass(42);
    peer.say(RequestFailure.encode({}));
    keepalive.heard();
    await turns();
    await peer.clock.pass(30_000);
    expect(peer.heard()).toEqual([PROBE]);
    await peer.clock.pass(7);
    peer.say(RequestSuccess.encode({ data: new Uint8Array(0) }));
    await turns();
    expect(events).toEqual([42, 7]);
  });

  it("asks nothing while packets come", async () => {
    const { peer, keepalive } = watch();
    peer.heard();
    for (let i = 0; i < 100; i++) {
      await peer.clock.pass(29_000);
      keepalive.heard();
    }
    expect(peer.heard()).toEqual([]);
    await peer.clock.pass(30_000);
    expect(peer.heard()).toEqual([PROBE]);
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
