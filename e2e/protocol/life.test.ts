// How a connection ends before its time: cancelled at each step, cut, refused, or never SSH at all. It ends once, with its
// own code, its socket closed and nobody left waiting.

import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Writer } from "../../client/bytes/wire.ts";
import type { LoginPrompts } from "../../client/login/prompt.ts";
import { type ConnectOptions, connect } from "../../client/ssh.ts";
import { freePort } from "../fixtures/child.ts";
import { type Behaviour, startScriptedTcp } from "../fixtures/scripted-tcp.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { answering, direct } from "../node-surroundings.ts";
import { manualClock } from "../scripted/clock.ts";
import type { ScriptedOptions } from "../scripted/server.ts";
import { serveScripted } from "../scripted/tcp.ts";
import { connected, rejection, run } from "./driving.ts";

const unhandled: unknown[] = [];
const keep = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => void process.on("unhandledRejection", keep));
afterAll(() => {
  process.off("unhandledRejection", keep);
  expect(unhandled).toEqual([]);
});

/** A promise that never settles by itself: whoever waits for it must have another way out. */
const never = <T>(): Promise<T> => new Promise<T>(() => {});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

describe("cancelled", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ pam: false });
  });
  afterAll(() => sshd.stop());

  const goodbyes = () => sshd.log().match(/Received disconnect from \S+ port \d+:11: /g)?.length ?? 0;

  it("before anything has begun opens nothing", async () => {
    const opened: unknown[] = [];
    const options: Partial<ConnectOptions> = {
      signal: AbortSignal.abort(),
      open: async (signal) => {
        opened.push(signal);
        return never();
      },
    };
    expect(await rejection(connect(direct(1, "alice", {}, options)))).toMatchObject({ code: "aborted" });
    expect(opened).toEqual([]);
  });

  it("before TCP is there ends the attempt", async () => {
    const stop = new AbortController();
    const connecting = connect(direct(sshd.port, sshd.user, {}, { signal: stop.signal }));
    stop.abort();
    expect(await rejection(connecting)).toMatchObject({ code: "aborted" });
  });

  it("while the server is silent closes the socket", async () => {
    let seen: (socket: Socket) => void = () => {};
    const met = new Promise<Socket>((resolve) => {
      seen = resolve;
    });
    const server = createServer((socket) => seen(socket));
    const port = await listening(server);
    const stop = new AbortController();
    const connecting = connect(direct(port, "alice", {}, { signal: stop.signal }));
    const socket = await met;
    const ended = new Promise((resolve) => socket.resume().once("close", resolve));
    stop.abort();
    expect(await rejection(connecting)).toMatchObject({ code: "aborted" });
    await ended;
    server.close();
  });

  it("in the middle of the key exchange says goodbye in the clear", async () => {
    const stop = new AbortController();
    const reply = (payload: Uint8Array) => (payload[0] === 31 || payload[0] === 21 ? [] : [payload]);
    const server = await serveScripted({ kex: ["curve25519-sha256"], outgoing: reply });
    const connecting = rejection(connect(direct(server.port, "alice", {}, { signal: stop.signal })));
    const peer = await server.connection(0);
    await peer.until(30);
    stop.abort();
    expect(await connecting).toMatchObject({ code: "aborted" });
    expect([...(await peer.until(1)).payload.subarray(0, 5)]).toEqual([1, 0, 0, 0, 11]);
    await server.close();
  });

  /** Each begins a connection, and calls `reached` at its moment. */
  const moments: readonly (readonly [string, (reached: () => void) => Partial<ConnectOptions>])[] = [
    ["right after the version lines", (reached) => ({ milestone: (at) => at === "spoken" && reached() })],
    [
      "while the host key is being looked at",
      (reached) => ({
        hostKeys: {
          verify: () => {
            reached();
            return never();
          },
        },
      }),
    ],
    ["as soon as the host key is trusted", (reached) => ({ milestone: (at) => at === "trusted" && reached() })],
    [
      "while the password is being typed",
      (reached) => ({
        prompts: {
          ...answering({}),
          credential: () => {
            reached();
            return never();
          },
        },
      }),
    ],
    ["in the moment of the login", (reached) => ({ milestone: (at) => at === "authenticated" && reached() })],
  ];

  it.each(moments)("%s, it ends at once, politely", async (_, moment) => {
    const before = goodbyes();
    const stop = new AbortController();
    const rest = moment(() => stop.abort(new Error("enough")));
    const answers = { passwords: [sshd.password] };
    const outcome = connect(direct(sshd.port, sshd.user, answers, { ...rest, signal: stop.signal }));
    // In its last moment the login may have won: then the connection is there, and over.
    const cause = await outcome.then(
      ({ closed }) => closed,
      (error: unknown) => error,
    );
    expect(cause).toMatchObject({ code: "aborted", message: "The connection was cancelled." });
    await expect.poll(goodbyes, { timeout: 5_000 }).toBe(before + 1);
  });

  it("tells the questions that are open that nobody needs an answer any more", async () => {
    const stop = new AbortController();
    let asked: AbortSignal | undefined;
    const prompts: LoginPrompts = {
      ...answering({}),
      credential: (_question, signal) => {
        asked = signal;
        stop.abort();
        return never();
      },
    };
    const connecting = connect(direct(sshd.port, sshd.user, {}, { prompts, signal: stop.signal }));
    expect(await rejection(connecting)).toMatchObject({ code: "aborted" });
    expect(asked?.aborted).toBe(true);
  });

  it("later ends everything that is open, with the same cause", async () => {
    const before = goodbyes();
    const stop = new AbortController();
    const answers = { passwords: [sshd.password] };
    const connection = await connect(direct(sshd.port, sshd.user, answers, { signal: stop.signal }));
    const session = await connection.exec("echo begun; exec sleep 1000");
    await session.read();
    const reading = rejection(session.read());
    stop.abort();
    expect(await connection.closed).toMatchObject({ code: "aborted" });
    for (const outcome of [reading, rejection(session.exit), rejection(connection.exec("true"))])
      expect(await outcome).toMatchObject({ code: "aborted" });
    await expect.poll(goodbyes, { timeout: 5_000 }).toBe(before + 1);
  });

  it("by us: close says goodbye, twice is once, and nothing was wrong", async () => {
    const before = goodbyes();
    const connection = await connect(direct(sshd.port, sshd.user, { passwords: [sshd.password] }));
    await run(connection, "true"); // an sshd that is answering when we go may meet a closed socket before it reads on
    await Promise.all([connection.close(), connection.close()]);
    expect(await connection.closed).toBeUndefined();
    expect(await rejection(connection.exec("true"))).toMatchObject({ code: "channel-closed" });
    await expect.poll(goodbyes, { timeout: 5_000 }).toBe(before + 1);
  });
});

describe("cut", () => {
  it("in the middle of a session, it is lost: what had come is read, and how the program ended is unknown", async () => {
    const sshd = await startSshd({ pam: false });
    const connection = await connect(direct(sshd.port, sshd.user, { passwords: [sshd.password] }));
    const session = await connection.exec("echo begun; exec sleep 1000");
    expect(Buffer.from((await session.read())?.bytes ?? []).toString()).toBe("begun\n");
    const outcomes = [rejection(session.exit), rejection(session.read()), rejection(connection.exec("sleep 1000"))];
    sshd.killSessions();
    expect(await connection.closed).toMatchObject({ code: "lost" });
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ code: "lost" });
    await sshd.stop();
  });

  it("while a person is being asked, the question is withdrawn", async () => {
    const sshd = await startSshd({ pam: false, config: ["LoginGraceTime 1"] });
    let withdrawn = false;
    const prompts: LoginPrompts = {
      ...answering({}),
      credential: (_question, signal) => {
        signal.addEventListener("abort", () => {
          withdrawn = true;
        });
        return never();
      },
    };
    const error = await rejection(connect(direct(sshd.port, sshd.user, {}, { prompts })));
    expect(error).toMatchObject({ code: "lost" });
    expect(withdrawn).toBe(true);
    await sshd.stop();
  });

  it.each<[string, ScriptedOptions["incoming"]]>([
    ["instead of its key exchange", ({ number }, proceed, server) => (number === 30 ? server.hangUp() : proceed())],
    ["instead of the service", ({ number }, proceed, server) => (number === 5 ? server.hangUp() : proceed())],
    ["instead of the login", ({ number }, proceed, server) => (number === 50 ? server.hangUp() : proceed())],
  ])("%s, it is lost", async (_, incoming) => {
    const server = await serveScripted({ kex: ["curve25519-sha256"], ...(incoming ? { incoming } : {}) });
    expect(await rejection(connect(direct(server.port, "alice", {})))).toMatchObject({ code: "lost" });
    await server.close();
  });
});

describe("what answers", () => {
  async function meet(behaviour: Behaviour, rest: Partial<ConnectOptions> = {}): Promise<unknown> {
    const server = await startScriptedTcp(behaviour);
    try {
      return await rejection(connect(direct(server.port, "alice", {}, rest)));
    } finally {
      await server.stop();
    }
  }
  const says = (text: string, next: "close" | "wait" = "wait"): Behaviour => ({
    kind: "say",
    bytes: Buffer.from(text),
    next,
  });

  it("is a web server: it is no SSH, and its first line is quoted", async () => {
    const web = createHttpServer();
    const port = await listening(web);
    expect(await rejection(connect(direct(port, "alice", {})))).toMatchObject({
      code: "not-ssh",
      message: "What answers there does not speak SSH. Check the port.",
      quoted: "HTTP/1.1 400 Bad Request",
    });
    web.close();
  });

  it("is nobody: the port is refused", async () => {
    const error = await rejection(connect(direct(await freePort(), "alice", {})));
    expect(error).toMatchObject({ code: "target-refused" });
  });

  it("closes at once: it said nothing, and nothing is quoted", async () => {
    expect(await meet({ kind: "close" })).toMatchObject({ code: "not-ssh", quoted: undefined });
  });

  it("resets: the connection is lost", async () => {
    expect(await meet({ kind: "reset" })).toMatchObject({ code: "lost" });
  });

  it("is silent: it is left after half a minute", async () => {
    const clock = manualClock();
    let answered = false;
    const leaving = meet(
      { kind: "silent" },
      {
        clock,
        milestone: () => {
          answered = true;
        },
      },
    );
    await expect.poll(() => answered && clock.pending).toBe(2); // for its version line, and for its key exchange
    clock.advance(29_999);
    expect(clock.pending).toBe(2);
    clock.advance(1);
    expect(await leaving).toMatchObject({ code: "timeout", message: expect.stringContaining("did not say") });
    await expect.poll(() => clock.pending).toBe(0);
  });

  it.each([
    ["SSH-1.5-Cisco-1.25\r\n", "SSH-1.5-Cisco-1.25"],
    ["SSH-3.0-future\r\n", "SSH-3.0-future"],
  ])("speaks another SSH, %j", async (line, quoted) => {
    expect(await meet(says(line))).toMatchObject({ code: "version", quoted });
  });

  it("pours lines that are none for as long as someone takes them", async () => {
    const line = Buffer.from(`${"x".repeat(100)}\r\n`);
    expect(await meet({ kind: "flood", bytes: line })).toMatchObject({ code: "not-ssh", quoted: "x".repeat(100) });
    expect(await meet({ kind: "flood", bytes: Buffer.from("y".repeat(1000)) })).toMatchObject({ code: "not-ssh" });
  });

  it("goes on with noise after its version", async () => {
    const noise = `SSH-2.0-x\r\n${"\u007f".repeat(100)}`;
    expect(await meet(says(noise, "close"))).toMatchObject({ code: "protocol" });
    expect(await meet(says("SSH-2.0-x\r\n", "close"))).toMatchObject({ code: "lost" });
  });

  it("says goodbye with words that would steer a screen: they are quoted, cleaned and short", async () => {
    const words = `\u001b]0;owned\u0007line one\r\nline two \u202egnp.exe ${"z".repeat(5000)}`;
    const incoming: ScriptedOptions["incoming"] = ({ number }, proceed, server) =>
      number === 50 ? server.send(new Writer().byte(1).uint32(2).text(words).text("").done()) : proceed();
    const server = await serveScripted({ kex: ["curve25519-sha256"], incoming });
    const error = await rejection(connect(direct(server.port, "alice", {})));
    expect(error).toMatchObject({
      code: "peer-disconnect",
      message: "The server ended the connection: it found a protocol error.",
      quoted: expect.stringMatching(/^\ufffd\]0;owned\ufffdline one\nline two \ufffdgnp\.exe z{900,1000}\u2026$/),
    });
    await server.close();
  });
});

it("a connection leaves no listener behind on the signal that could have ended it", async () => {
  const server = await serveScripted({ kex: ["curve25519-sha256"] });
  const stop = new AbortController();
  let listeners = 0;
  const { signal } = stop;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  await connected(direct(server.port, "alice", {}, { signal }), async () => {});
  await expect.poll(() => listeners).toBe(0);
  await server.close();
});
