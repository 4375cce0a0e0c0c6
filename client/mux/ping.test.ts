import { describe, expect, it } from "vitest";
import { Ping as PingMessage } from "../framing/transport-messages.ts";
import { ChannelData } from "./connection-messages.ts";
import { Ping } from "./ping.ts";

function scene({ available = true } = {}) {
  let now = 0;
  let count = 0;
  const state = { sendable: true };
  const sent: Uint8Array[] = [];
  const clock = { now: () => now, after: () => () => {} };
  const random = (length: number) => new Uint8Array(length).fill(++count);
  const send = (data: Uint8Array) => {
    if (!state.sendable) return undefined;
    sent.push(data);
    return Promise.resolve();
  };
  const ping = new Ping(send, random, clock);
  ping.available = available;
  return {
    ping,
    sent,
    state,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

describe("ping", () => {
  it("measures from PING to the PONG that carries the same", () => {
    const { ping, sent, pass } = scene();
    const measured: number[] = [];
    ping.measure((ms) => measured.push(ms));
    pass(42);
    ping.pong(sent[0] ?? new Uint8Array(0));
    expect(measured).toEqual([42]);
  });

  it("drops a PONG that nobody asked for, that comes twice, and that answers chaff", () => {
    const { ping, sent, pass } = scene();
    const measured: number[] = [];
    ping.pong(new Uint8Array(5));
    void ping.chaff();
    ping.measure((ms) => measured.push(ms));
    pass(5);
    ping.pong(sent[0] ?? new Uint8Array(0));
    ping.pong(new Uint8Array(0));
    expect(measured).toEqual([]);
    ping.pong(sent[1] ?? new Uint8Array(0));
    ping.pong(sent[1] ?? new Uint8Array(0));
    expect(measured).toEqual([5]);
  });

  it("sends nothing to a server that did not announce it, or that does not know it after all", () => {
    const { ping, sent } = scene({ available: false });
    ping.measure(() => {});
    expect(ping.chaff()).toBeUndefined();
    ping.available = true;
    ping.measure(() => {});
    expect(sent).toHaveLength(1);
    ping.unknown();
    expect([ping.available, ping.chaff()]).toEqual([false, undefined]);
    expect(sent).toHaveLength(1);
  });

  it("waits for no answer to what could not be sent, and remembers a bounded number", () => {
    const { ping, sent, state } = scene();
    const measured: number[] = [];
    state.sendable = false;
    ping.measure(() => measured.push(-1));
    expect(ping.chaff()).toBeUndefined();
    state.sendable = true;
    for (let i = 0; i < 100; i++) ping.measure(() => measured.push(i));
    for (const data of sent) ping.pong(data);
    expect(measured).toEqual([92, 93, 94, 95, 96, 97, 98, 99]);
  });

  it("makes chaff exactly as long as one typed byte", () => {
    const { ping, sent } = scene();
    void ping.chaff();
    const chaff = PingMessage.encode({ data: sent[0] ?? new Uint8Array(0) });
    expect(chaff).toHaveLength(ChannelData.encode({ recipient: 0, data: Uint8Array.of(120) }).length);
  });
});
