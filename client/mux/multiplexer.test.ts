import { describe, expect, it } from "vitest";
import { SshError } from "../bytes/errors.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import type { Channel } from "./channel.ts";
import {
  ChannelClose,
  ChannelData,
  ChannelEof,
  ChannelExtendedData,
  ChannelFailure,
  ChannelOpen,
  ChannelOpenConfirmation,
  ChannelOpenFailure,
  ChannelRequest,
  ChannelSuccess,
  ChannelWindowAdjust,
  GlobalRequest,
  RequestFailure,
  RequestSuccess,
} from "./connection-messages.ts";
import { REMOTE, ScriptedPeer, turns } from "./scripted-peer.ts";

const NOTHING = new Uint8Array(0);
const OPEN = (id: number) => `OPEN session ${id} 2097152 32768 ""`;

const code = (error: unknown) => (error instanceof SshError ? error.code : error);

describe("opening a session", () => {
  it("pitfall 38: confirmation, data, EOF and CLOSE in one breath are all heard", async () => {
    const peer = new ScriptedPeer();
    const requests: string[] = [];
    const opening = peer.mux.openSession({ requested: (name) => requests.push(name) > 0 });
    expect(peer.heard()).toEqual([OPEN(0)]);
    peer.confirm({ recipient: 0 });
    peer.data(0, "quick");
    peer.eof(0);
    peer.request(0, "exit-status", NOTHING, true);
    peer.close(0);
    const channel = await opening;
    expect((await channel.read())?.bytes).toEqual(encodeUtf8("quick"));
    expect(await channel.read()).toBeNull();
    expect([requests, peer.heard()]).toEqual([["exit-status"], [`SUCCESS ${REMOTE}`, `CLOSE ${REMOTE}`]]);
    expect([peer.mux.channelCount, peer.clock.running]).toEqual([0, 0]);
  });

  it.each([
    [1, "rules"],
    [2, "close one and try again"],
    [3, "no shell here"],
    [4, "Try again later"],
    [99, "refused"],
  ])("a refusal with reason %i says what to do, and quotes the server cleaned (45)", async (reason, words) => {
    const peer = new ScriptedPeer();
    const opening = peer.mux.openSession().catch((error: unknown) => error);
    const description = Uint8Array.of(0xff, 0x1b, 0x5b, 0x32, 0x4a, 0x0a, 0x41);
    const payload = ChannelOpenFailure.encode({ recipient: 0, reason, description: "", language: "" });
    const whole = [...payload.subarray(0, 9), 0, 0, 0, description.length, ...description, 0, 0, 0, 0];
    peer.say(Uint8Array.from(whole));
    expect(await opening).toMatchObject({
      code: "channel-refused",
      message: expect.stringContaining(words),
      quoted: "\ufffd\ufffd[2J A",
    });
    expect([peer.mux.channelCount, peer.clock.running]).toEqual([0, 0]);
  });

  it("pitfall 39: CLOSE instead of OPEN_FAILURE refuses, is not answered, and frees the number", async () => {
    const peer = new ScriptedPeer();
    const opening = peer.mux.openSession().catch(code);
    peer.heard();
    peer.close(0);
    expect([await opening, peer.mux.channelCount, peer.heard()]).toEqual(["channel-refused", 0, []]);
  });

  it("pitfall 34: a peer that takes packets of nothing is refused", async () => {
    const peer = new ScriptedPeer();
    const opening = peer.mux.openSession().catch(code);
    peer.heard();
    peer.confirm({ recipient: 0, maxPacket: 0 });
    expect([await opening, peer.heard()]).toEqual(["channel-refused", [`CLOSE ${REMOTE}`]]);
    peer.close(0);
    expect(peer.mux.channelCount).toBe(0);
  });

  it("ends by cancel, timeout or death; a late confirmation is closed at once", async () => {
    const peer = new ScriptedPeer();
    const cancel = new AbortController();
    const cancelled = peer.mux.openSession({ signal: cancel.signal }).catch(code);
    const slow = peer.mux.openSession().catch(code);
    cancel.abort();
    expect(await cancelled).toBe("aborted");
    await peer.clock.pass(60_000);
    expect(await slow).toBe("timeout");
    const lost = peer.mux.openSession().catch(code);
    peer.heard();
    peer.confirm({ recipient: 0 });
    peer.say(ChannelOpenFailure.encode({ recipient: 1, reason: 1, description: "", language: "" }));
    expect(peer.heard()).toEqual([`CLOSE ${REMOTE}`]);
    peer.data(0, "late output of a session nobody waits for");
    peer.close(0);
    expect(peer.mux.channelCount).toBe(1);
    peer.die();
    expect([await lost, peer.mux.channelCount, peer.clock.running]).toEqual(["lost", 0, 0]);
    expect(await peer.mux.openSession().catch(code)).toBe("lost");
    expect(await new ScriptedPeer().mux.openSession({ signal: cancel.signal }).catch(code)).toBe("aborted");
  });

  it("pitfall 42: a number is not used again, and stays taken until both CLOSEs", async () => {
    const peer = new ScriptedPeer();
    const first = await peer.open();
    first.close();
    expect(peer.mux.channelCount).toBe(1);
    peer.close(0);
    expect(peer.mux.channelCount).toBe(0);
    peer.heard();
    void peer.mux.openSession();
    expect(peer.heard()).toEqual([OPEN(1)]);
  });

  it("no more than 64 channels at once, and one more after one is over", async () => {
    const peer = new ScriptedPeer();
    for (let i = 0; i < 64; i++) await peer.open({ id: REMOTE + i });
    await expect(peer.mux.openSession()).rejects.toMatchObject({ code: "channel-refused" });
    peer.close(5);
    await peer.open({ id: 900 });
    expect(peer.mux.channelCount).toBe(64);
  });
});

describe("what a server may not do", () => {
  const failure = { reason: 1, description: "", language: "" };
  const confirmation = { sender: 1, window: 1, maxPacket: 1 };
  const all: [string, (recipient: number) => Uint8Array][] = [
    ["CONFIRMATION", (recipient) => ChannelOpenConfirmation.encode({ recipient, ...confirmation })],
    ["OPEN_FAILURE", (recipient) => ChannelOpenFailure.encode({ recipient, ...failure })],
    ["ADJUST", (recipient) => ChannelWindowAdjust.encode({ recipient, bytes: 1 })],
    ["DATA", (recipient) => ChannelData.encode({ recipient, data: NOTHING })],
    ["EXTENDED_DATA", (recipient) => ChannelExtendedData.encode({ recipient, type: 1, data: NOTHING })],
    ["EOF", (recipient) => ChannelEof.encode({ recipient })],
    ["CLOSE", (recipient) => ChannelClose.encode({ recipient })],
    ["REQUEST", (recipient) => ChannelRequest.encode({ recipient, name: "x", wantReply: true, data: NOTHING })],
    ["SUCCESS", (recipient) => ChannelSuccess.encode({ recipient })],
    ["FAILURE", (recipient) => ChannelFailure.encode({ recipient })],
  ];
  const mayComeLate = ["ADJUST", "REQUEST", "SUCCESS", "FAILURE"];
  const mayAnswerOpening = ["CONFIRMATION", "OPEN_FAILURE", "CLOSE"];

  it.each(all)("%s: by the state of the channel it names (41, 42)", async (name, encode) => {
    const unknown = new ScriptedPeer();
    await unknown.open();
    expect(() => unknown.say(encode(1))).toThrow(SshError);
    expect(() => unknown.say(encode(0xffff_ffff))).toThrow(SshError);

    const opening = new ScriptedPeer();
    opening.mux.openSession().catch(() => undefined);
    const early = () => opening.say(encode(0));
    if (mayAnswerOpening.includes(name)) expect(early).not.toThrow();
    else expect(early).toThrow(SshError);

    const closed = new ScriptedPeer();
    await closed.open();
    closed.close(0);
    closed.heard();
    const late = () => closed.say(encode(0));
    if (mayComeLate.includes(name)) expect(late).not.toThrow();
    else expect(late).toThrow(SshError);
    expect(closed.heard()).toEqual([]);
  });

  it("a confirmation for an open channel is a protocol error", async () => {
    const peer = new ScriptedPeer();
    await peer.open();
    expect(() => peer.confirm({ recipient: 0 })).toThrow(SshError);
  });

  it.each([
    ["session", 1],
    ["x11", 1],
    ["forwarded-tcpip", 1],
    ["auth-agent@openssh.com", 1],
    ["made-up@example.org", 3],
  ])("opening %s is refused with reason %i and the server's number", (type, reason) => {
    const peer = new ScriptedPeer();
    peer.say(ChannelOpen.encode({ type, sender: 77, window: 1, maxPacket: 1, data: encodeUtf8("anything") }));
    expect(peer.heard()[0]).toMatch(new RegExp(`^OPEN_FAILURE 77 ${reason} `));
    expect(peer.mux.channelCount).toBe(0);
  });

  it("channels of the server's by the ten thousand leave nothing behind", async () => {
    const peer = new ScriptedPeer();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 10_000; i++) {
        peer.say(ChannelOpen.encode({ type: "x11", sender: i, window: 1, maxPacket: 1, data: NOTHING }));
      }
      expect([peer.payloads.splice(0).length, peer.mux.channelCount]).toEqual([10_000, 0]);
      await turns();
    }
    await peer.open();
    expect(peer.failure).toBeUndefined();
  });

  it("a server that asks without end and reads no answer is cut off", () => {
    const peer = new ScriptedPeer();
    peer.hold();
    const request = GlobalRequest.encode({ name: "x", wantReply: true, data: NOTHING });
    for (let i = 0; i < 100_000; i++) peer.mux.receive(request);
    expect([peer.failure?.code, peer.payloads.length]).toEqual(["protocol", 16_384]);
  });

  it("every message cut off at every byte, or one byte longer, throws nothing but ours", async () => {
    const payloads = [
      ...all.map(([, encode]) => encode(0)),
      GlobalRequest.encode({ name: "hostkeys-00@openssh.com", wantReply: true, data: encodeUtf8("key") }),
      RequestSuccess.encode({ data: NOTHING }),
      RequestFailure.encode({}),
      ChannelOpen.encode({ type: "session", sender: 0, window: 1, maxPacket: 1, data: NOTHING }),
    ];
    const peers = [new ScriptedPeer(), new ScriptedPeer()];
    await peers[0]?.open();
    peers[1]?.mux.openSession().catch(() => undefined);
    let thrown = 0;
    for (const payload of payloads) {
      for (let length = 0; length <= payload.length + 1; length++) {
        const cut = new Uint8Array(length);
        cut.set(payload.subarray(0, length));
        for (const peer of peers) {
          try {
            peer.mux.receive(cut);
          } catch (error) {
            thrown++;
            expect(error).toMatchObject({ code: "protocol" });
          }
        }
      }
    }
    expect(thrown).toBeGreaterThan(200);
  });

  it.each([83, 89, 101, 127])("number %i is not ours, and the caller is told", (number) => {
    expect(new ScriptedPeer().mux.receive(Uint8Array.of(number, 1, 2))).toBe(false);
  });
});

describe("global requests", () => {
  it("pitfalls 41 and 46: the server's keepalive and its unknown requests get FAILURE, if they want a reply", () => {
    const peer = new ScriptedPeer();
    const ask = (name: string, wantReply: boolean) =>
      peer.say(GlobalRequest.encode({ name, wantReply, data: NOTHING }));
    ask("keepalive@openssh.com", true);
    ask("hostkeys-00@openssh.com", false);
    ask("made-up", true);
    expect(peer.heard()).toEqual(["REQUEST_FAILURE", "REQUEST_FAILURE"]);
  });

  it("pitfall 40: replies come in order, and unsolicited ones are dropped without growth", async () => {
    const peer = new ScriptedPeer();
    const success = RequestSuccess.encode({ data: encodeUtf8("nobody asked") });
    for (let i = 0; i < 100_000; i++) peer.say(success);
    const [a, none, b] = [
      peer.mux.globalRequest("a", encodeUtf8("1"), true),
      peer.mux.globalRequest("c", NOTHING, false),
      peer.mux.globalRequest("b", NOTHING, true),
    ];
    expect(peer.heard()).toEqual([
      'GLOBAL_REQUEST a true "1"',
      'GLOBAL_REQUEST c false ""',
      'GLOBAL_REQUEST b true ""',
    ]);
    peer.say(RequestSuccess.encode({ data: encodeUtf8("port") }), RequestFailure.encode({}));
    expect(await Promise.all([a, none, b])).toEqual([encodeUtf8("port"), undefined, undefined]);
  });

  it("pending ones fail with the cause when the connection dies, and later ones at once", async () => {
    const peer = new ScriptedPeer();
    const pending = peer.mux.globalRequest("a", NOTHING, true).catch(code);
    peer.die();
    expect(await pending).toBe("lost");
    expect(await peer.mux.globalRequest("a", NOTHING, true).catch(code)).toBe("lost");
    expect(peer.mux.receive(Uint8Array.of(94))).toBe(true);
  });
});

describe("windows of a long way", () => {
  const MiB = 1024 * 1024;
  const PACKET = 32_768;

  /** A channel whose opening took 100 ms. */
  async function opened(peer: ScriptedPeer, id: number, window?: number) {
    const opening = peer.mux.openSession(window === undefined ? {} : { window });
    await peer.clock.pass(100);
    peer.confirm({ recipient: id, id: REMOTE + id });
    peer.heard();
    return opening;
  }

  /** All that may come, in `trips` round trips, and taken at once; what may come then in one. */
  async function flow(peer: ScriptedPeer, channel: Channel, id: number, first: number, trips: number): Promise<number> {
    let allowed = first;
    for (let trip = 0; trip < trips; trip++) {
      const burst = allowed;
      await peer.clock.pass(100);
      for (let left = burst; left > 0; left -= PACKET) {
        peer.data(id, new Uint8Array(Math.min(left, PACKET)));
        channel.credit((await channel.read())?.bytes.length ?? 0);
      }
      allowed -= burst;
      for (const line of peer.heard()) allowed += Number(/^ADJUST \d+ (\d+)$/.exec(line)?.[1] ?? 0);
    }
    return allowed;
  }

  it("grow while all of them are taken in a round trip, to 6 MiB together", async () => {
    const peer = new ScriptedPeer();
    const one = await opened(peer, 0);
    expect(await flow(peer, one, 0, 2 * MiB, 5)).toBe(6 * MiB);
    const two = await opened(peer, 1);
    expect(await flow(peer, two, 1, 2 * MiB, 5)).toBe(2 * MiB);
    one.close();
    peer.close(0);
    expect(await flow(peer, two, 1, 2 * MiB, 5)).toBe(6 * MiB);
  });

  it("stay what they were asked to be, as for a terminal", async () => {
    const peer = new ScriptedPeer();
    expect(await flow(peer, await opened(peer, 0, MiB), 0, MiB, 5)).toBe(MiB);
  });
});
