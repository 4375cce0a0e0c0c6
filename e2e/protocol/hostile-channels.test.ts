// Traces of a server that breaks the rules of logins and channels, or bends them as real ones do: engine notes section 3,
// pitfalls 28 to 47, and security notes 2.2.

import { describe, expect, it } from "vitest";
import { concat } from "../../client/bytes/bytes.ts";
import { Writer } from "../../client/bytes/wire.ts";
import { MSG } from "../../client/framing/numbers.ts";
import { answering } from "../node-surroundings.ts";
import * as payloads from "../scripted/payloads.ts";
import { SMALL_WINDOW } from "../scripted/stage.ts";
import { expected, play, type Trace } from "../scripted/trace.ts";

const utf8 = new TextEncoder();
const status = (code: number) => payloads.request(0, "exit-status", false, payloads.uint32(code));
const signal = (name: string, words: Uint8Array) =>
  payloads.request(0, "exit-signal", false, new Writer().text(name).boolean(true).string(words).text("").done());
const over = [payloads.eof(0), payloads.close(0)];

const logins: readonly Trace[] = [
  {
    title: "pitfall 28: a banner of 200 KiB with a NUL, bad UTF-8 and an escape in it",
    at: "in the login",
    steps: [
      {
        send: new Writer()
          .byte(53)
          .string(concat(Uint8Array.of(0, 0xff, 0xc0, 0x1b), new Uint8Array(200 * 1024).fill(0x78), Uint8Array.of(0)))
          .text("")
          .done(),
      },
    ],
    ends: "works",
  },
  {
    title: "pitfall 29: SUCCESS and a message of the connection in one breath",
    at: "in the login",
    steps: [{ send: [payloads.success, payloads.globalRequest("hostkeys-00@openssh.com", false)] }],
    ends: "works",
  },
  {
    title: "pitfall 29: a message of the connection and SUCCESS in one breath",
    at: "in the login",
    steps: [{ send: [payloads.globalRequest("unheard-of", false), payloads.success] }],
    ends: "protocol",
  },
  {
    title: "pitfall 30: DISCONNECT in the middle of the login, with failures behind it",
    at: "in the login",
    steps: [{ send: [payloads.disconnect(2, "Too many authentication failures"), payloads.failure(["password"])] }],
    ends: "peer-disconnect",
    goodbye: undefined,
  },
  {
    title: "R-AU-1: a server that lets us in without proof while we have a password",
    at: "in the login",
    client: { prompts: answering({ passwords: ["s3cret"] }) },
    steps: [],
    ends: "works",
  },
  {
    title: "R-AU-3: a server that refuses every password",
    at: "in the login",
    server: { login: { password: "another" } },
    client: { prompts: answering({ passwords: ["1", "2", "3", "4", "5", "6", "7"] }) },
    steps: [{ resume: true }],
    ends: "authentication",
  },
  {
    title: "R-AU-3: a server that says partial success for ever",
    at: "in the login",
    server: {
      incoming: (packet, proceed, server) =>
        packet.number === MSG.USERAUTH_REQUEST ? server.send(payloads.failure(["password"], true)) : proceed(),
    },
    client: { prompts: answering({ passwords: Array.from({ length: 100 }, (_, i) => `${i}`) }) },
    steps: [{ send: payloads.failure(["password"], true) }],
    ends: "authentication",
  },
  {
    title: "R-CH-6: 2^32 - 1 questions at once",
    at: "in the login",
    server: {
      incoming: (packet, proceed, server) =>
        packet.number === MSG.USERAUTH_REQUEST
          ? server.send(new Writer().byte(60).text("").text("").text("").uint32(0xffffffff).done())
          : proceed(),
    },
    steps: [{ send: payloads.failure(["keyboard-interactive"]) }],
    ends: "protocol",
  },
];

const channels: readonly Trace[] = [
  {
    title: "pitfall 33: extended data of types that nobody knows fills no window",
    at: "in a session",
    steps: [
      ...Array.from({ length: 40 }, () => [
        { send: payloads.extended(0, 7, SMALL_WINDOW / 4) },
        { send: payloads.globalRequest("unheard-of", true) },
      ]).flat(),
      { expect: MSG.CONNECTION_FIRST + 2, count: 40 },
      { send: [status(3), ...over] },
    ],
    ends: "works",
    exit: { kind: "status", status: 3 },
  },
  {
    title: "pitfall 35: a byte more than our window takes",
    at: "in a session",
    steps: [{ send: [payloads.data(0, SMALL_WINDOW / 2), payloads.data(0, SMALL_WINDOW / 2), payloads.data(0, 1)] }],
    ends: "protocol",
    exit: "protocol",
  },
  {
    title: "pitfall 36: exit-status behind EOF, and nothing of ours behind our CLOSE",
    at: "in a session",
    steps: [{ send: [payloads.eof(0), status(7), payloads.close(0)] }, { expect: payloads.close(0) }],
    ends: "works",
    exit: { kind: "status", status: 7 },
  },
  {
    title: "pitfall 37: CLOSE with neither EOF nor a status",
    at: "in a session",
    steps: [{ send: payloads.close(0) }],
    ends: "works",
    exit: { kind: "none" },
  },
  {
    title: "pitfall 37: exit-status twice, the second by another number",
    at: "in a session",
    steps: [{ send: [status(1), status(2), ...over] }],
    ends: "works",
    exit: { kind: "status", status: 1 },
  },
  {
    title: "pitfall 37: a status above 255",
    at: "in a session",
    steps: [{ send: [status(0xffffffff), ...over] }],
    ends: "works",
    exit: { kind: "status", status: 0xffffffff },
  },
  {
    title: "pitfall 37: exit-status behind the CLOSE of both",
    at: "in a session",
    steps: [{ send: over }, { expect: payloads.close(0) }, { send: status(1) }],
    ends: "works",
    exit: { kind: "none" },
  },
  {
    title: "pitfall 37: the stream ends without CLOSE",
    at: "in a session",
    steps: [{ send: [payloads.data(0, 10), status(0)] }, { hangUp: true }],
    ends: "lost",
    exit: "lost",
  },
  {
    title: "pitfall 40: replies that nobody asked for, by the thousand, and then the one that was asked for",
    at: "in a session",
    steps: [
      { flood: payloads.channelSuccess(0), times: 1000 },
      { flood: payloads.channelFailure(0), times: 1000 },
      { flood: payloads.bare(81), times: 1000 },
      { send: over },
    ],
    ends: "works",
    exit: { kind: "none" },
  },
  {
    title: "pitfall 41: a request that wants a reply on a channel that was never there",
    at: "in a session",
    steps: [{ send: payloads.request(9, "exit-status", true, payloads.uint32(0)) }],
    ends: "protocol",
    exit: "protocol",
  },
  {
    title: "pitfall 42: a second CLOSE",
    at: "in a session",
    steps: [{ send: over }, { expect: payloads.close(0) }, { send: payloads.close(0) }],
    ends: "protocol",
    exit: { kind: "none" },
  },
  {
    title: "pitfall 43: stderr and stdout share what they may send",
    at: "in a session",
    steps: [
      { send: [payloads.data(0, SMALL_WINDOW / 2), payloads.extended(0, 1, SMALL_WINDOW / 2), payloads.data(0, 1)] },
    ],
    ends: "protocol",
    exit: "protocol",
  },
  {
    title: "pitfall 45: an exit-signal in bad UTF-8, with words that would steer a screen",
    at: "in a session",
    steps: [{ send: [signal("KILL", concat(Uint8Array.of(0xff, 0x1b), utf8.encode("[2Jdead"))), ...over] }],
    ends: "works",
    exit: { kind: "signal", signal: "KILL", coreDumped: true, message: "\ufffd\ufffd[2Jdead" },
  },
  {
    title: "pitfall 46: the server's keepalive",
    at: "open",
    steps: [
      { send: payloads.globalRequest("keepalive@openssh.com", true) },
      { expect: payloads.bare(82) },
      { send: payloads.globalRequest("keepalive@openssh.com", false) },
    ],
    ends: "works",
  },
  {
    title: "pitfall 46: no answer to our keepalive for five minutes",
    at: "open",
    server: { incoming: (packet, proceed) => (packet.number === MSG.CONNECTION_FIRST ? undefined : proceed()) },
    // The first probe leaves after a second, the last timer rings a quarter of a minute after the limit at most.
    steps: [...Array.from({ length: 10 }, () => ({ advance: 30_000 })), { advance: 1500 }],
    ends: "timeout",
  },
  {
    title: "R-CH-1: a window of ours past all counting",
    at: "in a session",
    steps: [{ send: [payloads.adjust(0, 0xffffffff), payloads.adjust(0, 0xffffffff)] }],
    ends: "protocol",
    exit: "protocol",
  },
  {
    title: "R-CH-1: a packet above our maximum, within the window",
    at: "in a session",
    steps: [{ send: payloads.data(0, 32 * 1024 + 1) }],
    ends: "protocol",
    exit: "protocol",
  },
  {
    title: "R-CH-1: data whose inner length is not the message's",
    at: "in a session",
    steps: [{ send: new Writer().byte(94).uint32(0).uint32(0xffffffff).bytes(new Uint8Array(9)).done() }],
    ends: "protocol",
    exit: "protocol",
  },
  {
    title: "R-CH-2: an exit-status of three bytes is no status",
    at: "in a session",
    steps: [{ send: [payloads.request(0, "exit-status", true, new Uint8Array(3)), ...over] }],
    ends: "works",
    exit: { kind: "none" },
  },
  {
    title: "R-UI-1: a refusal of a channel in words that would steer a screen",
    at: "open",
    server: {
      incoming: (packet, proceed, server) =>
        packet.number === 90 ? server.send(payloads.openFailure(0, "\u001b[2Jno\u202e")) : proceed(),
    },
    steps: [{ send: payloads.disconnect(11, "") }],
    ends: "peer-disconnect",
    goodbye: undefined,
  },
];

describe("a hostile server", () => {
  it.each([...logins, ...channels])("$title", async (trace) => {
    const { ends, goodbye, exit, timers } = await play(trace);
    expect({ ends, goodbye, exit, timers }).toEqual(expected(trace));
  });

  const REQUESTS: readonly (readonly [string, Uint8Array])[] = [
    ["exit-status", payloads.request(0, "exit-status", true, payloads.uint32(1))],
    ["exit-signal", signal("TERM", utf8.encode("bye"))],
    ["eow@openssh.com", payloads.request(0, "eow@openssh.com", false)],
    ["xon-xoff", payloads.request(0, "xon-xoff", true, Uint8Array.of(1))],
    ["keepalive@openssh.com", payloads.globalRequest("keepalive@openssh.com", true)],
    ["hostkeys-00@openssh.com", payloads.globalRequest("hostkeys-00@openssh.com", false, payloads.uint32(9))],
    ["a channel", payloads.open("forwarded-tcpip")],
  ];
  it.each(REQUESTS)("R-CH-2: %s cut off at every byte ends it by name, or changes nothing", async (_, payload) => {
    for (let length = 1; length < payload.length; length++) {
      const trace: Trace = {
        title: "",
        at: "in a session",
        steps: [{ send: [payload.subarray(0, length), ...over] }],
        ends: "works",
      };
      expect(["works", "protocol"]).toContain((await play(trace)).ends);
    }
  });
});
