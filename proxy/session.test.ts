import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { LIMITS, SUBPROTOCOL } from "../shared/relay-protocol.ts";
import { Opened, RecordingLog } from "./testing.ts";

const opened = new Opened();
afterEach(() => void vi.useRealTimers());
afterEach(() => opened.closeAll());

const echo = (socket: Socket): unknown => socket.pipe(socket);

function endThenSend(ws: WebSocket): void {
  ws.send('{"type":"eof"}');
  ws.send(Buffer.from("x"));
}

describe("a session", () => {
  it("says dialing and opened, and carries bytes both ways", async () => {
    const relay = await opened.relay();
    const port = await opened.target(echo);
    const client = opened.client(relay);
    await client.open;
    client.say({ type: "open", host: "127.0.0.1", port, token: relay.token });
    expect(await client.control()).toEqual({ type: "dialing" });
    expect(await client.control()).toEqual({
      type: "opened",
      session: expect.stringMatching(/^[0-9a-f]{32}$/),
      instance: expect.stringMatching(/^[0-9a-f]+$/),
      window: 0,
      replay: 0,
    });
    client.ws.send(Buffer.from("SSH-2.0-x\r\n"));
    expect((await client.bytes(11)).toString()).toBe("SSH-2.0-x\r\n");
  });

  it("holds what follows open at once until the target is there", async () => {
    const relay = await opened.relay();
    const port = await opened.target(echo);
    const client = opened.client(relay);
    await client.open;
    client.say({ type: "open", host: "localhost", port, token: relay.token });
    const early = Buffer.alloc(LIMITS.early, 7);
    client.ws.send(early);
    await client.control();
    await client.control();
    expect((await client.bytes(early.length)).equals(early)).toBe(true);
  });

  it("keeps an early eof too", async () => {
    const relay = await opened.relay();
    const port = await opened.target(echo);
    const client = opened.client(relay);
    await client.open;
    client.say({ type: "open", host: "127.0.0.1", port, token: relay.token });
    client.ws.send(Buffer.from("all"));
    client.say({ type: "eof" });
    await client.control();
    await client.control();
    expect((await client.bytes(3)).toString()).toBe("all");
    expect(await client.closed).toBe("target-closed");
  });

  it("puts early bytes together again, however small their pieces, and counts empty ones for nothing", async () => {
    let answer: (addresses: string[]) => void = () => {};
    const resolve = () => new Promise<string[]>((settle) => (answer = settle));
    const relay = await opened.relay({}, { resolve });
    const port = await opened.target(echo);
    const client = opened.client(relay);
    await client.open;
    client.say({ type: "open", host: "slow.example", port, token: relay.token });
    const early = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 256));
    for (const byte of early) {
      client.ws.send(Buffer.of(byte));
      client.ws.send(Buffer.alloc(0));
    }
    client.ws.ping();
    await once(client.ws, "pong");
    answer(["127.0.0.1"]);
    await client.control();
    await client.control();
    expect((await client.bytes(early.length)).equals(early)).toBe(true);
  });

  it("ends for more early bytes than the limit", async () => {
    const relay = await opened.relay({}, { resolve: () => new Promise(() => {}) });
    const client = opened.client(relay);
    await client.open;
    client.say({ type: "open", host: "slow.example", port: 22, token: relay.token });
    client.ws.send(Buffer.alloc(LIMITS.early));
    client.ws.send(Buffer.alloc(1));
    expect(await client.closed).toBe("relay-protocol");
  });

  it.each<[string, (client: WebSocket, token: string) => void]>([
    ["a message of bytes above 256 KiB", (ws) => ws.send(Buffer.alloc(LIMITS.data + 1))],
    [
      "a control message above 8 KiB",
      (ws) => ws.send(JSON.stringify({ type: "eof", pad: "x".repeat(LIMITS.control) })),
    ],
    ["text that is no JSON", (ws) => ws.send("{")],
    ["a known control of a wrong shape", (ws) => ws.send('{"type":"ack","received":-1}')],
    ["a second open", (ws, token) => ws.send(JSON.stringify({ type: "open", host: "a", port: 22, token }))],
    ["bytes after eof", (ws) => endThenSend(ws)],
  ])("ends as relay-protocol for %s", async (_name, misbehave) => {
    const relay = await opened.relay();
    // Reads nothing and never ends, so that only the relay's own judgement can end it.
    const port = await opened.target(() => {});
    const client = await opened.client(relay).dial(relay, port);
    misbehave(client.ws, relay.token ?? "");
    expect(await client.closed).toBe("relay-protocol");
  });

  it("cuts a message above the frame limit before it is held", async () => {
    const relay = await opened.relay();
    const client = await opened.client(relay).dial(relay, await opened.target(() => {}));
    client.ws.send(Buffer.alloc(LIMITS.maxPayload + 1));
    expect(await client.closed).toBe(1009);
  });

  it("ignores controls of a later version, and acks", async () => {
    const relay = await opened.relay();
    const client = await opened.client(relay).dial(relay, await opened.target(echo));
    client.say({ type: "sparkle" });
    client.say({ type: "ack", received: 5 });
    client.ws.send(Buffer.from("still here"));
    expect((await client.bytes(10)).toString()).toBe("still here");
  });
});

describe("strangers", () => {
  it.each<[string, (ws: WebSocket) => void]>([
    [
      "a wrong token",
      (ws) => ws.send(JSON.stringify({ type: "open", host: "127.0.0.1", port: 1, token: "x".repeat(43) })),
    ],
    ["no token", (ws) => ws.send(JSON.stringify({ type: "open", host: "127.0.0.1", port: 1 }))],
    [
      "a denied target",
      (ws) => ws.send(JSON.stringify({ type: "open", host: "169.254.169.254", port: 80, token: "" })),
    ],
    ["no JSON", (ws) => ws.send("hello")],
    ["a first frame of bytes", (ws) => ws.send(Buffer.from("SSH-2.0-x\r\n"))],
    ["an oversized first frame", (ws) => ws.send("x".repeat(LIMITS.control + 1))],
    ["a huge first frame", (ws) => ws.send("x".repeat(LIMITS.maxPayload))],
    ["a resume", (ws) => ws.send(JSON.stringify({ type: "resume", session: "s", received: 0, ended: false }))],
  ])("hear the same for %s", async (_name, send) => {
    const relay = await opened.relay();
    const client = opened.client(relay);
    await client.open;
    send(client.ws);
    expect(await client.closed).toBe("unauthorised");
  });

  it("are told that they are too slow when they say nothing", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const client = opened.client(await opened.relay());
    await client.open;
    vi.advanceTimersByTime(LIMITS.firstFrame);
    expect(await client.closed).toBe("too-slow");
  });

  it("never make the relay resolve or dial", async () => {
    const asked: string[] = [];
    const resolve = async (name: string) => {
      asked.push(name);
      return [];
    };
    const relay = await opened.relay({}, { resolve });
    const client = opened.client(relay);
    await client.open;
    client.say({ type: "open", host: "db.example", port: 22, token: "wrong" });
    await client.closed;
    expect(asked).toEqual([]);
  });

  it("do not learn of instances: a resume needs the token first", async () => {
    const relay = await opened.relay();
    const [known, stranger] = [opened.client(relay, "/relay/abc"), opened.client(relay, "/relay/abc")];
    await Promise.all([known.open, stranger.open]);
    known.say({ type: "resume", session: "s", received: 0, ended: false, token: relay.token });
    stranger.say({ type: "resume", session: "s", received: 0, ended: false });
    expect([await known.closed, await stranger.closed]).toEqual(["unknown-session", "unauthorised"]);
  });

  it("do not learn that the relay is full", async () => {
    const relay = await opened.relay({ maxConnections: 1 });
    const port = await opened.target(echo);
    await opened.client(relay).dial(relay, port);
    const [known, stranger] = [opened.client(relay), opened.client(relay)];
    await Promise.all([known.open, stranger.open]);
    known.say({ type: "open", host: "127.0.0.1", port, token: relay.token });
    stranger.say({ type: "open", host: "127.0.0.1", port, token: "wrong" });
    expect([await known.closed, await stranger.closed]).toEqual(["over-quota", "unauthorised"]);
  });

  it("who never answer a close frame are cut all the same", async () => {
    const relay = await opened.relay();
    const socket = connect(relay.port, "127.0.0.1");
    opened.add(() => socket.destroy());
    const lines = [
      `GET /relay HTTP/1.1`,
      `Host: 127.0.0.1:${relay.port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${Buffer.alloc(16).toString("base64")}`,
      `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
    ];
    const cut = once(socket, "close");
    socket.resume();
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    // A text frame of two bytes, masked with zeros: a wrong token.
    socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
    const begun = performance.now();
    await cut;
    expect(performance.now() - begun).toBeLessThan(4_000);
  });

  it("who ping and never read are answered one ping at a time", async () => {
    const relay = await opened.relay();
    const client = opened.client(relay);
    await client.open;
    const pongs: string[] = [];
    client.ws.on("pong", (data) => pongs.push(data.toString()));
    // In one write, and so in one turn of the relay's loop.
    (client.ws as unknown as { _socket: Socket })._socket.cork();
    for (let i = 0; i < 1000; i++) client.ws.ping(String(i));
    (client.ws as unknown as { _socket: Socket })._socket.uncork();
    await once(client.ws, "pong");
    client.ws.ping("last");
    await expect.poll(() => pongs.at(-1), { interval: 1 }).toBe("last");
    expect(pongs.length).toBeLessThan(500);
  });
});

describe("a target", () => {
  it("that nobody listens on is refused", async () => {
    const relay = await opened.relay();
    const gone = new Opened();
    const port = await gone.target(echo);
    await gone.closeAll();
    const client = opened.client(relay);
    await client.open;
    client.say({ type: "open", host: "127.0.0.1", port, token: relay.token });
    expect(await client.closed).toBe("target-refused");
  });

  it.each([
    ["a name that does not exist", "nowhere.example", "name-not-found"],
    ["a numeric look-alike", "2130706433", "target-denied"],
    ["a metadata address", "169.254.169.254", "target-denied"],
  ])("%s has its own reason", async (_name, host, reason) => {
    const relay = await opened.relay({}, { resolve: () => Promise.reject(new Error("ENOTFOUND")) });
    const client = opened.client(relay);
    await client.open;
    client.say({ type: "open", host, port: 22, token: relay.token });
    expect(await client.closed).toBe(reason);
  });

  it("that does not answer in time is given up", async () => {
    const relay = await opened.relay({ dialTimeout: 30 }, { resolve: () => new Promise(() => {}) });
    const client = opened.client(relay);
    await client.open;
    client.say({ type: "open", host: "slow.example", port: 22, token: relay.token });
    expect(await client.closed).toBe("target-timeout");
  });

  it("is tried at each of its addresses", async () => {
    const port = await opened.target(echo);
    const relay = await opened.relay({}, { resolve: async () => ["127.0.0.2", "127.0.0.1"] });
    const client = await opened.client(relay).dial(relay, port, "both.example");
    client.ws.send(Buffer.from("hi"));
    expect((await client.bytes(2)).toString()).toBe("hi");
  });

  it("is not dialled for a client that left meanwhile", async () => {
    let answer: (addresses: string[]) => void = () => {};
    const log = new RecordingLog();
    const resolve = () => new Promise<string[]>((settle) => (answer = settle));
    const relay = await opened.relay({}, { resolve, log });
    let dialled = 0;
    const port = await opened.target(() => dialled++);
    const client = opened.client(relay);
    await client.open;
    client.say({ type: "open", host: "slow.example", port, token: relay.token });
    client.ws.close();
    expect(await log.next()).toMatchObject({ close: "client-left", target: `slow.example:${port}` });
    answer(["127.0.0.1"]);
    await new Promise((resolve) => setImmediate(resolve));
    // A round trip to the same target, after which a wrong dial would have arrived too.
    const probe = connect(port, "127.0.0.1");
    await once(probe, "connect");
    probe.destroy();
    await expect.poll(() => dialled).toBe(1);
  });
});

describe("ends", () => {
  it("a target's FIN comes after its last byte, and 4000 after the client's eof", async () => {
    const relay = await opened.relay();
    const heard: Promise<string>[] = [];
    const port = await opened.target((socket) => {
      heard.push(
        (async () => {
          let text = "";
          for await (const part of socket) text += String(part);
          return text;
        })(),
      );
      socket.end("last words");
    });
    const client = await opened.client(relay).dial(relay, port);
    expect((await client.bytes(10)).toString()).toBe("last words");
    expect(await client.control()).toEqual({ type: "eof" });
    // The other direction lives on until the client ends it.
    client.ws.send(Buffer.from("good"));
    client.ws.send(Buffer.from("bye"));
    client.say({ type: "eof" });
    expect(await client.closed).toBe("target-closed");
    expect(await heard[0]).toBe("goodbye");
  });

  it("a client's eof is a FIN, and the answer to it still arrives", async () => {
    const relay = await opened.relay();
    const port = await opened.target((socket) => {
      socket.resume();
      socket.on("end", () => socket.end("answer"));
    });
    const client = await opened.client(relay).dial(relay, port);
    client.say({ type: "eof" });
    expect((await client.bytes(6)).toString()).toBe("answer");
    expect(await client.control()).toEqual({ type: "eof" });
    expect(await client.closed).toBe("target-closed");
  });

  it("a reset has its own code", async () => {
    const relay = await opened.relay();
    const port = await opened.target((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const client = await opened.client(relay).dial(relay, port);
    client.ws.send(Buffer.from("x"));
    expect(await client.closed).toBe("target-reset");
  });

  it("what a client said before it left reaches the target, and then FIN", async () => {
    const relay = await opened.relay();
    let heard: Promise<string> = Promise.resolve("");
    const port = await opened.target((socket) => {
      heard = (async () => {
        let text = "";
        for await (const part of socket) text += String(part);
        return text;
      })();
    });
    const client = await opened.client(relay).dial(relay, port);
    client.ws.send(Buffer.from("DISCONNECT"));
    client.ws.close();
    await client.closed;
    expect(await heard).toBe("DISCONNECT");
  });

  it("a quiet connection ends when the operator says so", async () => {
    const relay = await opened.relay({ idleTimeout: 40 });
    const client = await opened.client(relay).dial(relay, await opened.target(echo));
    expect(await client.closed).toBe("idle-timeout");
  });

  it("a stopping relay tells its clients", async () => {
    const log = new RecordingLog();
    const relay = await opened.relay({}, { log });
    const client = await opened.client(relay).dial(relay, await opened.target(echo));
    const stopped = relay.close();
    expect(await client.control()).toEqual({ type: "drain", seconds: 0 });
    expect(await client.closed).toBe("going-away");
    await stopped;
    expect(log.records).toMatchObject([{ close: "going-away" }]);
  });

  it("a stopping relay does not wait for a client that never answers", async () => {
    const relay = await opened.relay();
    const client = await opened.client(relay).dial(relay, await opened.target(echo));
    client.ws.pause();
    await relay.close();
    client.ws.resume();
    expect(await client.closed).toBe("going-away");
  });

  it("leave one line with counts and without payload or secrets", async () => {
    const log = new RecordingLog();
    const relay = await opened.relay({}, { log });
    const port = await opened.target(echo);
    const client = await opened.client(relay).dial(relay, port);
    client.ws.send(Buffer.from("payload"));
    await client.bytes(7);
    client.ws.close();
    const record = await log.next();
    expect(record).toMatchObject({
      event: "connection",
      client: "127.0.0.1",
      target: `127.0.0.1:${port}`,
      bytesUp: 7,
      bytesDown: 7,
      close: "client-left",
      session: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(JSON.stringify(record)).not.toMatch(new RegExp(`payload|${relay.token}`));
    expect(log.records).toEqual([]);
  });
});

it("a slot comes back when its connection ends", async () => {
  const log = new RecordingLog();
  const relay = await opened.relay({ maxConnections: 1 }, { log });
  const port = await opened.target(echo);
  const first = await opened.client(relay).dial(relay, port);
  first.ws.close();
  await log.next();
  const second = await opened.client(relay).dial(relay, port);
  expect(second.ws.readyState).toBe(WebSocket.OPEN);
});

it("a slot does not come back while its lookup still runs", async () => {
  const log = new RecordingLog();
  let answer: (addresses: string[]) => void = () => {};
  const resolve = () => new Promise<string[]>((settle) => (answer = settle));
  const relay = await opened.relay({ maxConnections: 1 }, { log, resolve });
  const port = await opened.target(echo);
  const first = opened.client(relay);
  await first.open;
  first.say({ type: "open", host: "dead.example", port: 22, token: relay.token });
  first.ws.close();
  await log.next();
  const second = opened.client(relay);
  await second.open;
  second.say({ type: "open", host: "127.0.0.1", port, token: relay.token });
  expect(await second.closed).toBe("over-quota");
  answer([]);
  const third = await opened.client(relay).dial(relay, port);
  expect(third.ws.readyState).toBe(WebSocket.OPEN);
});
