// The facade against a scripted server in memory: nothing leaves before trust, every wait ends, every end has its cause.

import { describe, expect, it } from "vitest";
import { answering, nodeRandom } from "../e2e/node-surroundings.ts";
import { manualClock } from "../e2e/scripted/clock.ts";
import { type ScriptedOptions, ScriptedServer } from "../e2e/scripted/server.ts";
import type { SshError } from "./bytes/errors.ts";
import { memoryPair } from "./bytes/memory.ts";
import type { ByteStream } from "./bytes/stream.ts";
import { MSG } from "./framing/numbers.ts";
import type { Verdict } from "./knownhosts/claim.ts";
import { type ConnectOptions, connect } from "./ssh.ts";

const BEFORE_TRUST: readonly number[] = [MSG.KEXINIT, MSG.KEX_FIRST];

function scene(server: ScriptedOptions = {}, rest: Partial<ConnectOptions> = {}) {
  const [ours, theirs] = memoryPair();
  const peer = new ScriptedServer(theirs, server);
  void peer.run();
  const clock = manualClock();
  const log: string[] = [];
  const options: ConnectOptions = {
    target: { host: "db1.example", port: 22 },
    route: "direct",
    user: "alice",
    open: async () => ours,
    hostKeys: { verify: async () => "accept" },
    prompts: answering({ passwords: ["secret"] }),
    random: nodeRandom,
    clock,
    log: (line) => log.push(line),
    ...rest,
  };
  return { peer, clock, log, options, ours };
}

const received = (peer: ScriptedServer) => peer.received.map(({ number }) => number);

describe("before the host is trusted", () => {
  it.each([undefined, null, true, "yes", "accepted", {}, "reject"])(
    "a verifier that says %j lets nothing out but the key exchange",
    async (verdict) => {
      const { peer, options } = scene({}, { hostKeys: { verify: async () => verdict as Verdict } });
      await expect(connect(options)).rejects.toMatchObject({ code: "host-key-rejected" });
      expect(received(peer).filter((number) => !BEFORE_TRUST.includes(number))).toEqual([MSG.DISCONNECT]);
    },
  );

  it.each([
    ["throws", () => Promise.reject(new Error("broken"))],
    [
      "throws at once",
      () => {
        throw new Error("broken");
      },
    ],
  ])("a verifier that %s lets nothing out either", async (_how, verify) => {
    const { peer, options } = scene({}, { hostKeys: { verify } });
    await expect(connect(options)).rejects.toMatchObject({ code: "internal" });
    expect(received(peer).filter((number) => !BEFORE_TRUST.includes(number))).toEqual([MSG.DISCONNECT]);
  });

  it("a host key that cannot be read is the server's fault, and nobody is asked", async () => {
    let asked = 0;
    const server = {
      reply: (honest: { hostKey: Uint8Array; serverPublic: Uint8Array; signature: Uint8Array }) => ({
        ...honest,
        hostKey: Uint8Array.of(0, 0, 0, 1, 120),
      }),
    };
    const { options } = scene(server, { hostKeys: { verify: async () => (++asked > 0 ? "accept" : "reject") } });
    await expect(connect(options)).rejects.toMatchObject({ code: "host-key-unproved" });
    expect(asked).toBe(0);
  });
});

describe("a connection", () => {
  it("runs a command, closes with a goodbye, and knows how it logged in", async () => {
    const { peer, options } = scene({ login: { password: "secret" } });
    const connection = await connect(options);
    expect([connection.method, connection.proved]).toEqual(["password", true]);
    const session = await connection.exec("hello");
    let said = "";
    for (let chunk = await session.read(); chunk; chunk = await session.read())
      said += new TextDecoder().decode(chunk.bytes);
    expect(said).toContain("hello");
    await connection.close();
    expect(await connection.closed).toBeUndefined();
    expect(received(peer).at(-1)).toBe(MSG.DISCONNECT);
  });

  it("that was let in without proof says so", async () => {
    const { options } = scene();
    expect((await connect(options)).proved).toBe(false);
  });

  it("is told of once, however often the server rekeys to the same", async () => {
    let facts = 0;
    const { peer, log, options } = scene({}, { facts: () => facts++ });
    await connect(options);
    for (let i = 2; i < 6; i++) {
      peer.rekey();
      await peer.untilExchanges(i);
    }
    expect([facts, log.filter((line) => line.startsWith("keys:")).length]).toEqual([1, 1]);
  });

  it("outlives every timer of a rekey that the server started", async () => {
    const { peer, clock, options } = scene();
    const connection = await connect(options);
    peer.rekey();
    await peer.untilExchanges(2);
    const session = await connection.exec("still here");
    for (let chunk = await session.read(); chunk; chunk = await session.read());
    let over = false;
    void connection.closed.then(() => {
      over = true;
    });
    // The keepalive is answered by the server; only a timer of the exchange could end this.
    clock.advance(121_000);
    await session.closed;
    expect(over).toBe(false);
  });

  it("does not let a server write the log without end", async () => {
    const debug = Uint8Array.of(MSG.DEBUG, 1, 0, 0, 0, 1, 120, 0, 0, 0, 0);
    const { peer, log, options } = scene();
    const connection = await connect(options);
    for (let i = 0; i < 2000; i++) void peer.send(debug);
    const session = await connection.exec("after");
    for (let chunk = await session.read(); chunk; chunk = await session.read());
    expect(log.length).toBeLessThanOrEqual(400);
  });
});

describe("every wait ends", () => {
  it("a server that never answers the login", async () => {
    const silent: ScriptedOptions = {
      incoming: (packet, proceed) => (packet.number === MSG.SERVICE_REQUEST ? undefined : proceed()),
    };
    const { peer, clock, options } = scene(silent);
    const outcome = connect(options).catch((error: unknown) => error);
    await peer.until(MSG.SERVICE_REQUEST);
    clock.advance(181_000);
    expect(await outcome).toMatchObject({ code: "timeout" });
  });

  it("a person may take all the time there is", async () => {
    let answer: () => void = () => {};
    let asked: () => void = () => {};
    const asking = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { clock, options } = scene(
      { login: { password: "secret" } },
      {
        prompts: {
          ...answering({}),
          credential: () => {
            asked();
            return new Promise((resolve) => {
              answer = () => resolve({ kind: "password", password: new TextEncoder().encode("secret") });
            });
          },
        },
      },
    );
    const connecting = connect(options);
    await asking;
    clock.advance(3_600_000);
    answer();
    expect((await connecting).method).toBe("password");
  });

  it("cancelling rejects only when the goodbye is out and the stream is closed", async () => {
    const stop = new AbortController();
    const { peer, ours, options } = scene(
      {},
      { signal: stop.signal, hostKeys: { verify: () => new Promise(() => {}) } },
    );
    let closed = false;
    const slow: ByteStream = {
      read: () => ours.read(),
      write: async (chunk) => {
        for (let turns = 0; turns < 50; turns++) await Promise.resolve();
        return ours.write(chunk);
      },
      end: () => ours.end(),
      close(reason) {
        closed = true;
        ours.close(reason);
      },
      closed: ours.closed,
    };
    const connecting = connect({ ...options, open: async () => slow });
    await peer.until(MSG.KEX_FIRST);
    stop.abort();
    await expect(connecting).rejects.toMatchObject({ code: "aborted" });
    expect([closed, received(peer).at(-1)]).toEqual([true, MSG.DISCONNECT]);
  });

  it("a command too long for one message is refused by name", async () => {
    const { options } = scene();
    const connection = await connect(options);
    await expect(connection.exec("x".repeat(300_000))).rejects.toMatchObject({ code: "unsupported" });
    expect(await connection.exec("short").then(({ exit }) => exit)).toBeDefined();
  });

  it("a server that sends what nobody knows and reads no answer", async () => {
    const { peer, clock, ours, options } = scene();
    let stalled = false;
    const stalling: ByteStream = {
      read: () => ours.read(),
      write: (chunk) => (stalled ? new Promise(() => {}) : ours.write(chunk)),
      end: () => ours.end(),
      close: (reason) => ours.close(reason),
      closed: ours.closed,
    };
    const connection = await connect({ ...options, open: async () => stalling });
    const session = await connection.exec("cat");
    stalled = true;
    // Fills the writer, so that every answer from here on waits.
    void session.write(new Uint8Array(1_000_000)).catch(() => {});
    for (let i = 0; i < 2000; i++) void peer.send(Uint8Array.of(150)).catch(() => {});
    await session.closed;
    clock.advance(1000); // the goodbye, which the stream does not take either, is given a second
    expect(await connection.closed).toMatchObject({ code: "protocol" } satisfies Partial<SshError>);
  });
});
