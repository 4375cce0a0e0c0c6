import { describe, expect, it } from "vitest";
import { type Meeting, type MeetOptions, meet, meetOpen } from "../../e2e/scripted/client.ts";
import { manualClock } from "../../e2e/scripted/clock.ts";
import { concat, readUint32 } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { memoryPair } from "../bytes/memory.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { Writer } from "../bytes/wire.ts";
import { padPacket } from "./padding.ts";
import { plainSealing } from "./plain.ts";
import { DEFAULT_REKEY } from "./rekey-policy.ts";
import { Transport } from "./transport.ts";
import { Debug, Disconnect, Ignore } from "./transport-messages.ts";

const data = (n: number) => new Writer().byte(94).uint32(n).string(new Uint8Array(4)).done();
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
const turns = async (count = 30) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** A transport whose server is whatever the test writes into the other end. */
function alone(clock = manualClock()) {
  const [ours, theirs] = memoryPair();
  const filler = (length: number) => new Uint8Array(length);
  const transport = new Transport({ stream: ours, random: filler, clock, rekey: DEFAULT_REKEY });
  const heard: string[] = [];
  const exchange: Uint8Array[] = [];
  const started = transport.start(
    {
      identified: () => {},
      offer: () => Uint8Array.of(20, 1, 2, 3),
      receive: ({ payload }) => void exchange.push(payload),
    },
    {
      identified: (text) => void heard.push(text),
      extensionInfo: () => {},
      login: () => {},
      connection: () => true,
      pong: () => {},
      unimplemented: () => {},
      heard: () => {},
      debug: () => {},
    },
  );
  started.catch(() => {});
  return { transport, theirs, started, heard, exchange, clock };
}

describe("the beginning", () => {
  it("says who we are and what we offer in one write, before the server has said a word", async () => {
    const { theirs } = alone();
    const first = await theirs.read();
    const line = new TextDecoder("latin1").decode(first?.subarray(0, first.indexOf(10) + 1));
    expect(line).toMatch(/^SSH-2\.0-[!-~]+\r\n$/);
    expect(first?.[line.length + 5]).toBe(20);
  });

  it("reports the server's version line, cleaned", async () => {
    const { theirs, started, heard } = alone();
    void theirs.write(encodeUtf8("welcome\r\nSSH-2.0-x\u001b[2J\r\n"));
    await started;
    expect(heard).toEqual(["SSH-2.0-x\ufffd[2J"]);
  });

  it("takes version line and KEXINIT in one chunk", async () => {
    const { theirs, exchange } = alone();
    const kexInit = padPacket(Uint8Array.of(20, 7), plainSealing().layout, (length) => new Uint8Array(length));
    void theirs.write(concat(encodeUtf8("SSH-2.0-x\r\n"), kexInit));
    await turns();
    expect(exchange).toEqual([Uint8Array.of(20, 7)]);
  });

  it("ends in time when the server says nothing of itself", async () => {
    const { started, clock, transport } = alone();
    clock.advance(29_999);
    await turns();
    expect(transport.signal.aborted).toBe(false);
    clock.advance(1);
    clock.advance(1000); // its reader does not take our goodbye either
    expect(await outcome(started)).toMatchObject({ code: "timeout" });
    expect(clock.pending).toBe(0);
  });

  it("ends in time when the server goes silent in the key exchange, but not while a person is asked", async () => {
    const silent = manualClock();
    const quiet = meet({ clock: silent, server: { incoming: () => {} } });
    await quiet.server.until(30);
    await turns();
    silent.advance(119_999);
    expect(quiet.transport.signal.aborted).toBe(false);
    silent.advance(1);
    expect(await quiet.transport.closed).toMatchObject({ code: "timeout" });

    const clock = manualClock();
    const asking = meet({ clock, trust: () => new Promise(() => {}) });
    await asking.server.until(30);
    while (asking.asked.length === 0) await turns(1);
    clock.advance(3_600_000);
    await turns();
    expect(asking.transport.signal.aborted).toBe(false);
  });

  it.each([
    ["HTTP/1.1 400 Bad Request\r\n\r\n", "not-ssh"],
    ["", "not-ssh"],
    ["SSH-1.5-old\r\n", "version"],
    ["\u0000".repeat(9000), "not-ssh"],
  ])("with %j and a hang-up ends with %s", async (said, code) => {
    const { started, theirs, transport } = alone();
    void theirs.read();
    void theirs.read();
    if (said !== "") void theirs.write(encodeUtf8(said));
    await turns(3);
    theirs.end();
    expect(await outcome(started)).toMatchObject({ code });
    theirs.close();
    expect(await transport.closed).toMatchObject({ code });
  });

  it("tells why the stream ended rather than that it did", async () => {
    const cause = new SshError("target-reset", "cut");
    const [ours] = memoryPair();
    const transport = new Transport({
      stream: ours,
      random: (length) => new Uint8Array(length),
      clock: manualClock(),
      rekey: DEFAULT_REKEY,
    });
    const services = {
      identified() {},
      extensionInfo() {},
      login() {},
      connection: () => true,
      pong() {},
      unimplemented() {},
      heard() {},
      debug() {},
    };
    const started = transport.start({ identified() {}, offer: () => Uint8Array.of(20), receive() {} }, services);
    ours.close(cause);
    expect(await outcome(started)).toBe(cause);
  });
});

describe("the transport's own messages", () => {
  it("IGNORE is ignored, DEBUG is handed on as one clean line", async () => {
    const meeting = await meetOpen();
    await meeting.server.send(Ignore.encode({ data: new Uint8Array(100) }));
    await meeting.server.send(Debug.encode({ alwaysDisplay: false, text: "a\r\nb\u001b[31m\u202e", language: "" }));
    await meeting.server.send(data(1));
    await meeting.untilConnection(1);
    expect(meeting.debugs).toEqual(["a b\ufffd[31m\ufffd"]);
  });

  it("IGNORE and DEBUG of ours reach the server, and wait for the end of a key exchange", async () => {
    const { transport, server, exchanged } = await meetOpen();
    const from = server.received.length;
    transport.rekey();
    void transport.ignore(100);
    void transport.debug("hello");
    await exchanged(2);
    await server.until(4);
    const [ignored, told] = server.received.filter(({ number }) => number === 2 || number === 4);
    expect(ignored && Ignore.decode(ignored.payload).data.length).toBe(100);
    expect(told && Debug.decode(told.payload)).toEqual({ alwaysDisplay: false, text: "hello", language: "" });
    expect(server.received.slice(from).map(({ number }) => number)).toEqual([20, 30, 21, 2, 4]);
  });

  it("DISCONNECT ends it with our sentence and the server's cleaned words, and is not answered", async () => {
    const meeting = await meetOpen();
    const description = `Too many\u001b]0;owned\u0007 \u202efailures${"!".repeat(5000)}`;
    await meeting.server.send(Disconnect.encode({ reason: 14, description, language: "en" }));
    const cause = await meeting.transport.closed;
    expect(cause).toMatchObject({ code: "peer-disconnect" });
    expect(cause?.message).toContain("too many failed logins");
    expect(cause?.message).not.toContain("owned");
    expect(cause?.quoted).toMatch(/^Too many\ufffd\]0;owned\ufffd \ufffdfailures!+\u2026$/);
    expect(cause?.quoted?.length).toBeLessThanOrEqual(1001);
    await meeting.served;
    expect(meeting.server.received.some(({ number }) => number === 1)).toBe(false);
  });

  it("DISCONNECT may leave out its language, may have any reason, and counts in any phase", async () => {
    const short = new Writer().byte(1).uint32(4_000_000_000).text("").done();
    const meeting = meet({ server: { outgoing: (payload) => (payload[0] === 31 ? [short] : [payload]) } });
    const cause = await meeting.transport.closed;
    expect(cause).toMatchObject({ code: "peer-disconnect", quoted: undefined });
    expect(meeting.asked).toEqual([]);
  });

  it("DISCONNECT that came before the stream broke is the cause", async () => {
    const meeting = await meetOpen();
    const { server } = meeting;
    void server.send(data(1));
    void server.send(Disconnect.encode({ reason: 11, description: "bye", language: "" }));
    void server.sendBytes(new Uint8Array(64).fill(3));
    void server.hangUp();
    expect(await meeting.transport.closed).toMatchObject({ code: "peer-disconnect", quoted: "bye" });
    expect(meeting.connection).toEqual([data(1)]);
  });

  it.each([
    ["short", Uint8Array.of(1, 0, 0)],
    ["with a length beyond its end", Uint8Array.of(1, 0, 0, 0, 2, 255, 255, 255, 255)],
    ["with bytes after its end", Uint8Array.of(...Disconnect.encode({ reason: 2, description: "", language: "" }), 0)],
  ])("DISCONNECT %s breaks the protocol", async (_case, payload) => {
    const meeting = await meetOpen();
    await meeting.server.send(payload);
    expect(await meeting.transport.closed).toMatchObject({ code: "protocol" });
  });

  it("packets without end before the login are too many", async () => {
    const { transport, theirs, clock } = alone();
    const filler = (length: number) => new Uint8Array(length);
    const ignore = padPacket(Ignore.encode({ data: new Uint8Array(0) }), plainSealing().layout, filler);
    const many = new Uint8Array(20_001 * ignore.length);
    for (let i = 0; i < 20_001; i++) many.set(ignore, i * ignore.length);
    void theirs.write(encodeUtf8("SSH-2.0-x\r\n"));
    await theirs.write(many.subarray(ignore.length));
    await turns();
    expect(transport.signal.aborted).toBe(false);
    await theirs.write(ignore);
    await turns();
    clock.advance(1000);
    expect(await transport.closed).toMatchObject({ code: "protocol" });
  });
});

describe("the end", () => {
  const cause = new SshError("aborted", "cancelled");

  it("that is wanted says goodbye, settles everything and has no cause", async () => {
    const meeting = await meetOpen();
    await meeting.transport.disconnect();
    expect(await meeting.transport.closed).toBeUndefined();
    expect(await meeting.served).toBeUndefined();
    const goodbye = meeting.server.received.at(-1);
    expect(Disconnect.decode(goodbye?.payload ?? new Uint8Array(0))).toEqual({
      reason: 11,
      description: "",
      language: "",
    });
    await expect(meeting.transport.send(data(1))).rejects.toMatchObject({ code: "channel-closed" });
    await meeting.transport.disconnect(cause);
    expect(await meeting.transport.closed).toBeUndefined();
  });

  it("has the first cause, whatever comes after", async () => {
    const meeting = await meetOpen();
    meeting.transport.fail(cause);
    meeting.transport.fail(new SshError("protocol", "later"));
    await meeting.server.hangUp();
    expect(await meeting.transport.closed).toBe(cause);
    expect(meeting.transport.signal.reason).toBe(cause);
  });

  it("leaves no timer behind", async () => {
    const clock = manualClock();
    const meeting = await meetOpen({ clock });
    meeting.transport.rekey();
    await meeting.exchanged(2);
    meeting.server.rekey();
    await meeting.exchanged(3);
    expect(clock.pending).toBe(1); // the hourly rekey
    await meeting.transport.disconnect();
    expect(clock.pending).toBe(0);
  });

  it("does not wait for a server that takes nothing any more", async () => {
    const clock = manualClock();
    let stuck = false;
    const meeting = await meetOpen({
      clock,
      wrap: (stream) => ({ ...stream, write: (chunk) => (stuck ? new Promise(() => {}) : stream.write(chunk)) }),
    });
    stuck = true;
    const sends = Array.from({ length: 40 }, () => outcome(meeting.transport.send(new Uint8Array(30_000).fill(94))));
    const left = meeting.transport.disconnect(cause);
    await turns();
    clock.advance(1000);
    await left;
    expect(await sends.at(-1)).toBe(cause);
  });

  it("comes with the server's stream, and tells of a packet cut short", async () => {
    const clean = await meetOpen();
    await clean.server.hangUp();
    expect(await clean.transport.closed).toMatchObject({ code: "lost" });
    const cut = await meetOpen();
    await cut.server.sendBytes(Uint8Array.of(0, 0, 0, 32, 1));
    await cut.server.hangUp();
    expect(await cut.transport.closed).toMatchObject({ code: "lost" });
  });

  it("comes with any bit altered on the way, and says so to the server", async () => {
    const meeting = await meetOpen();
    await meeting.server.sendBytes(new Uint8Array(200));
    expect(await meeting.transport.closed).toMatchObject({ code: "integrity" });
    await meeting.served;
    expect(readUint32(meeting.server.received.at(-1)?.payload ?? new Uint8Array(9), 1)).toBe(5);
  });

  const stages: readonly [string, MeetOptions, (meeting: Meeting) => Promise<unknown>][] = [
    ["at once", {}, async () => {}],
    ["after the version line", { server: { incoming: () => {} } }, ({ started }) => started],
    [
      "in the first exchange",
      { server: { outgoing: (p) => (p[0] === 31 || p[0] === 21 ? [] : [p]) } },
      ({ server }) => server.until(30),
    ],
    [
      "while trust is asked",
      { trust: () => new Promise(() => {}) },
      async ({ asked }) => {
        while (asked.length === 0) await turns(1);
      },
    ],
    ["after the first exchange", {}, ({ secured }) => secured],
    [
      "in a rekey",
      {},
      async (meeting) => {
        await meeting.exchanged(1);
        await meeting.server.send(Uint8Array.of(52));
        while (meeting.login.length === 0) await turns(1);
        meeting.transport.rekey();
      },
    ],
  ];
  const endings: readonly [string, string, (meeting: Meeting) => unknown][] = [
    ["an abort", "aborted", ({ transport }) => transport.disconnect(cause)],
    ["a hang-up", "lost", ({ server }) => server.hangUp()],
    ["a failure", "protocol", ({ transport }) => transport.fail(new SshError("protocol", "broken"))],
  ];
  it.each(
    stages.flatMap(([stage, options, reach]) =>
      endings.map(([ending, code, end]) => ({ stage, options, reach, ending, code, end })),
    ),
  )("by $ending $stage settles every promise with its cause", async ({ stage, options, reach, code, end }) => {
    const meeting = meet({ ...options, clock: manualClock() });
    await reach(meeting);
    const sends = stage === "at once" ? [] : [1, 2, 3].map((n) => outcome(meeting.transport.send(data(n))));
    void end(meeting);
    const ended = await meeting.transport.closed;
    // Before its version line a server that hangs up is none.
    expect(stage === "at once" && code === "lost" ? ["lost", "not-ssh"] : [code]).toContain(ended?.code);
    expect(meeting.transport.signal.reason).toBe(ended);
    const started = await outcome(meeting.started);
    if (started !== undefined) expect(started).toBe(ended);
    for (const sent of await Promise.all(sends)) if (sent !== undefined) expect(sent).toBe(ended);
    expect(await outcome(meeting.transport.send(data(9)))).toBe(ended);
    await meeting.served;
  });

  it("survives a stream that refuses every write", async () => {
    const refuse = (stream: ByteStream): ByteStream => ({
      ...stream,
      write: () => Promise.reject(new SshError("lost", "no")),
    });
    const clock = manualClock();
    const meeting = meet({ wrap: refuse, clock });
    await turns();
    void meeting.transport.disconnect(cause);
    clock.advance(1000);
    expect(await meeting.transport.closed).toBe(cause);
  });
});
