import { describe, expect, it } from "vitest";
import { manualClock } from "../../e2e/scripted/clock.ts";
import { CLOSE_CODES } from "../../shared/close-codes.ts";
import { SshError } from "./errors.ts";
import { openRelayStream, type Socket, type SocketEvents } from "./relay-stream.ts";

class FakeSocket implements Socket {
  bufferedAmount = 0;
  events: SocketEvents | undefined;
  readonly sent: (string | Uint8Array)[] = [];
  readonly closes: (number | undefined)[] = [];
  send(data: string | Uint8Array): void {
    this.sent.push(data);
  }
  close(code?: number): void {
    this.closes.push(code);
  }
  open(): void {
    this.events?.opened();
  }
  say(control: unknown): void {
    this.events?.message(typeof control === "string" ? control : JSON.stringify(control));
  }
  give(...bytes: number[]): void {
    this.events?.message(Uint8Array.from(bytes).buffer);
  }
  end(code: number): void {
    this.events?.closed(code);
  }
}

const OPENED = { type: "opened", session: "s", instance: "i", window: 0, replay: 0 };

function relay(token?: string, grant?: string) {
  const socket = new FakeSocket();
  const clock = manualClock();
  const stop = new AbortController();
  const progress: string[] = [];
  const asked: string[] = [];
  const opened = openRelayStream({
    url: "wss://relay.example/relay",
    token,
    grant,
    target: { host: "db1", port: 2222 },
    socket: (url, subprotocol, events) => {
      asked.push(url, subprotocol);
      socket.events = events;
      return socket;
    },
    clock,
    signal: stop.signal,
    progress: (state) => void progress.push(state),
  });
  opened.catch(() => {});
  return { socket, clock, stop, progress, asked, opened };
}

async function connected() {
  const parts = relay();
  parts.socket.open();
  parts.socket.say({ type: "dialing" });
  parts.socket.say(OPENED);
  return { ...parts, stream: await parts.opened };
}

const settled = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "fulfilled",
    (error: unknown) => (error instanceof SshError ? error.code : String(error)),
  );

describe("opening a relay stream", () => {
  it("asks for the target with the token in the first frame, and reports each step", async () => {
    const { socket, asked, progress, opened } = relay("secret");
    expect(asked).toEqual(["wss://relay.example/relay", "periwinkle.v1"]);
    expect(progress).toEqual([]);
    socket.open();
    expect(socket.sent.map((frame) => JSON.parse(String(frame)))).toEqual([
      { type: "open", host: "db1", port: 2222, token: "secret" },
    ]);
    socket.say({ type: "dialing" });
    socket.say(OPENED);
    await opened;
    expect(progress).toEqual(["reached", "allowed", "answered"]);
  });

  it("asks with a grant in place of the token", () => {
    const { socket } = relay("secret", "signed.by.another");
    socket.open();
    expect(socket.sent.map((frame) => JSON.parse(String(frame)))).toEqual([
      { type: "open", host: "db1", port: 2222, grant: "signed.by.another" },
    ]);
  });

  it("sends no token where there is none", () => {
    const { socket } = relay();
    socket.open();
    expect(socket.sent).toEqual(['{"type":"open","host":"db1","port":2222}']);
  });

  it.each(CLOSE_CODES.map(({ code, name }) => ({ code, name })))(
    "fails with $name when closed with $code",
    async (row) => {
      const { socket, opened } = relay();
      socket.open();
      socket.end(row.code);
      expect(await codeOf(opened)).toBe(row.name);
    },
  );

  it("fails with relay-unreachable before the WebSocket is open, and lost after", async () => {
    const never = relay();
    never.socket.end(1006);
    expect(await codeOf(never.opened)).toBe("relay-unreachable");
    const dialling = relay();
    dialling.socket.open();
    dialling.socket.end(1006);
    expect(await codeOf(dialling.opened)).toBe("lost");
  });

  it("ends in time", async () => {
    for (const reach of [() => {}, (socket: FakeSocket) => socket.open()]) {
      const { socket, clock, opened } = relay();
      reach(socket);
      clock.advance(29_999);
      expect(socket.closes).toEqual([]);
      clock.advance(1);
      expect(await codeOf(opened)).toBe("timeout");
      expect(socket.closes).toEqual([1000]);
    }
    const { clock } = await connected();
    expect(clock.pending).toBe(0);
  });

  it.each(["before", "connecting", "dialling", "open"])("stops at an abort (%s)", async (when) => {
    const parts = relay();
    const { socket, stop, opened } = parts;
    if (when !== "before" && when !== "connecting") socket.open();
    if (when === "open") {
      socket.say(OPENED);
      const stream = await opened;
      const waiting = stream.read();
      stop.abort();
      expect(await waiting).toBeNull();
      expect(await stream.closed).toMatchObject({ code: "aborted" });
      expect(await codeOf(stream.write(Uint8Array.of(1)))).not.toBe("fulfilled");
    } else {
      stop.abort(new SshError("aborted", "by the person"));
      expect(await codeOf(opened)).toBe("aborted");
    }
    expect(socket.closes).toEqual([1000]);
    expect(parts.clock.pending).toBe(0);
    socket.end(1000);
    socket.say(OPENED);
    socket.give(1);
  });

  it("does not even wait when it is aborted already", async () => {
    const socket = new FakeSocket();
    const stop = new AbortController();
    stop.abort();
    const opened = openRelayStream({
      url: "ws://r",
      token: undefined,
      target: { host: "h", port: 22 },
      socket: () => socket,
      clock: manualClock(),
      signal: stop.signal,
      progress: () => {},
    });
    expect(await codeOf(opened)).toBe("aborted");
    expect(socket.closes).toEqual([1000]);
  });
});

describe("a hostile relay", () => {
  const frames: readonly [string, (socket: FakeSocket) => void][] = [
    ["bytes before the opening", (socket) => socket.give(1)],
    ["text that is no JSON", (socket) => socket.say("opened")],
    ["JSON that is no object", (socket) => socket.say("null")],
    ["a control without a type", (socket) => socket.say({})],
    ["an opening without its fields", (socket) => socket.say({ type: "opened" })],
    ["a Blob", (socket) => socket.events?.message({ size: 3 })],
    ["a control frame without end", (socket) => socket.say({ type: "later", filler: "x".repeat(9000) })],
    ["an end before the opening", (socket) => socket.say({ type: "eof" })],
  ];
  it.each(frames)("with %s is left", async (_what, frame) => {
    const { socket, opened } = relay();
    socket.open();
    frame(socket);
    expect(await codeOf(opened)).toBe("relay-protocol");
    expect(socket.closes).toEqual([1000]);
  });

  it("that opens twice, or goes on after the end, is left", async () => {
    for (const frame of [
      (socket: FakeSocket) => socket.say(OPENED),
      (socket: FakeSocket) => {
        socket.say({ type: "eof" });
        socket.give(1);
      },
    ]) {
      const { socket, stream } = await connected();
      frame(socket);
      expect(await stream.closed).toMatchObject({ code: "relay-protocol" });
    }
  });

  it("that sends far more than any window is left, and what was read frees its place", async () => {
    const { socket, stream } = await connected();
    const large = new ArrayBuffer(16 * 1024 * 1024);
    for (let i = 0; i < 3; i++) socket.events?.message(large);
    await stream.read();
    socket.events?.message(large);
    expect(socket.closes).toEqual([]);
    socket.events?.message(large);
    expect(await stream.closed).toMatchObject({ code: "relay-protocol" });
  });

  it("that sends tiny frames without end is left, for what they take and not for what they say", async () => {
    const { socket, stream } = await connected();
    for (let i = 0; i < 300_000 && socket.closes.length === 0; i++) socket.give(1);
    expect(await stream.closed).toMatchObject({ code: "relay-protocol" });
  });

  it("has what it sent read in order, however many frames wait", async () => {
    const { socket, stream } = await connected();
    for (let i = 0; i < 1000; i++) socket.give(i % 251);
    for (let i = 0; i < 1000; i++) expect(await stream.read()).toEqual(Uint8Array.of(i % 251));
  });

  it("may say what a later version says", async () => {
    const { socket, stream } = await connected();
    socket.say({ type: "weather", sunny: true });
    socket.say({ type: "ack", received: 3 });
    socket.say({ type: "drain", seconds: 5 });
    socket.give(4);
    expect(await stream.read()).toEqual(Uint8Array.of(4));
  });
});

describe("an open relay stream", () => {
  it("gives bytes in order, to a reader that waits and to one that comes later", async () => {
    const { socket, stream } = await connected();
    const waiting = stream.read();
    socket.give(1, 2);
    socket.give();
    socket.give(3);
    socket.give(4);
    expect(await waiting).toEqual(Uint8Array.of(1, 2));
    expect([await stream.read(), await stream.read()]).toEqual([Uint8Array.of(3), Uint8Array.of(4)]);
  });

  it("sends binary frames, and half-closes once", async () => {
    const { socket, stream } = await connected();
    await stream.write(Uint8Array.of(1, 2));
    stream.end();
    stream.end();
    expect(socket.sent.slice(1)).toEqual([Uint8Array.of(1, 2), '{"type":"eof"}']);
    expect(await codeOf(stream.write(Uint8Array.of(3)))).toBe("lost");
    socket.give(9);
    expect(await stream.read()).toEqual(Uint8Array.of(9));
  });

  it("makes writers wait while too much is unsent, until half of it is gone", async () => {
    const { socket, stream, clock } = await connected();
    socket.bufferedAmount = 2 * 1024 * 1024 + 1;
    let done = false;
    void stream.write(Uint8Array.of(1)).then(() => {
      done = true;
    });
    clock.advance(100);
    await settled();
    expect(done).toBe(false);
    socket.bufferedAmount = 1024 * 1024 + 1;
    clock.advance(100);
    await settled();
    expect(done).toBe(false);
    socket.bufferedAmount = 1024 * 1024;
    clock.advance(4);
    await settled();
    expect(done).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("lets go of writers and readers when it dies", async () => {
    const { socket, stream } = await connected();
    socket.bufferedAmount = 3 * 1024 * 1024;
    const writing = stream.write(Uint8Array.of(1));
    const reading = stream.read();
    socket.end(4001);
    expect(await codeOf(writing)).toBe("target-reset");
    expect(await reading).toBeNull();
    expect(await stream.closed).toMatchObject({ code: "target-reset" });
    expect(await codeOf(stream.write(Uint8Array.of(1)))).not.toBe("fulfilled");
  });

  it("ends cleanly with the target, and what had come can still be read", async () => {
    const { socket, stream } = await connected();
    socket.give(7);
    socket.say({ type: "eof" });
    socket.end(4000);
    expect(await stream.closed).toBeUndefined();
    expect(await stream.read()).toEqual(Uint8Array.of(7));
    expect(await stream.read()).toBeNull();
  });

  it.each(CLOSE_CODES.filter(({ code }) => code !== 4000).map(({ code, name }) => ({ code, name })))(
    "dies of $name when closed with $code",
    async ({ code, name }) => {
      const { socket, stream } = await connected();
      socket.end(code);
      const cause = await stream.closed;
      expect(cause?.code).toBe(name);
      expect(cause?.message).toBe(CLOSE_CODES.find((row) => row.code === code)?.sentence);
    },
  );

  it.each([1000, 1001, 1006, 1009, 4099])("is lost when closed with %d", async (code) => {
    const { socket, stream } = await connected();
    socket.end(code);
    expect(await stream.closed).toMatchObject({ code: "lost" });
  });

  it("keeps the first reason to close", async () => {
    const { socket, stream } = await connected();
    const reason = new SshError("protocol", "broken");
    stream.close(reason);
    stream.close();
    socket.end(4001);
    expect(await stream.closed).toBe(reason);
    expect(socket.closes).toEqual([1000]);
  });
});
