// The whole engine against a server that means harm. Whatever it does, nothing of ours leaves too early, memory and time
// stay bounded, and the connection ends with its own code, or goes on as if nothing had been.

import { afterEach, describe, expect, it } from "vitest";
import type { ByteStream } from "../../client/bytes/stream.ts";
import { Writer } from "../../client/bytes/wire.ts";
import { MSG } from "../../client/framing/numbers.ts";
import type { Verdict } from "../../client/knownhosts/claim.ts";
import type { LoginPrompts } from "../../client/login/prompt.ts";
import { type Connection, type ConnectOptions, connect } from "../../client/ssh.ts";
import { answering, direct } from "../node-surroundings.ts";
import { ed25519HostKey } from "../scripted/exchange.ts";
import { DEFAULT_HOST_KEY, extensionInfo, type ScriptedOptions, type ScriptedServer } from "../scripted/server.ts";
import { type ScriptedPort, serveScripted } from "../scripted/tcp.ts";
import { openTcpStream } from "../tcp-stream.ts";
import { connected, rejection, run } from "./driving.ts";

/** For the tiny packets of a flood, and for a server in JavaScript. */
const CHEAP = "chacha20-poly1305@openssh.com";

const open: ScriptedPort[] = [];
afterEach(async () => {
  for (const port of open.splice(0)) await port.close();
});

async function serve(options: ScriptedOptions = {}): Promise<ScriptedPort> {
  const port = await serveScripted({ kex: ["curve25519-sha256"], cipher: [CHEAP], ...options });
  open.push(port);
  return port;
}

const to = ({ port }: ScriptedPort, rest: Partial<ConnectOptions> = {}) => direct(port, "alice", {}, rest);

/** What `connect` makes of a server with this script. */
async function failure(options: ScriptedOptions, rest: Partial<ConnectOptions> = {}): Promise<unknown> {
  return rejection(connect(to(await serve(options), rest)));
}

/** Does this instead of answering the first message of that number. */
function insteadOf(number: number, act: (server: ScriptedServer) => Promise<void>): ScriptedOptions {
  return { incoming: (packet, proceed, server) => (packet.number === number ? act(server) : proceed()) };
}

const numbers = ({ received }: ScriptedServer) => received.map(({ number }) => number);
/** A turn of the network's: long enough for whatever one side has to say to be with the other. */
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const one = (number: number) => Uint8Array.of(number);
const success = one(MSG.USERAUTH_SUCCESS);

describe("while the host key is being looked at", () => {
  async function asked(verdict: Verdict) {
    const port = await serve({ login: { password: "s3cret" } });
    let during: number[] = [];
    const hostKeys = {
      async verify(): Promise<Verdict> {
        const server = await port.connection(0);
        await server.until(MSG.KEX_FIRST);
        await pause(200); // nothing can be awaited here: it is what does not happen that counts
        during = numbers(server);
        return verdict;
      },
    };
    const outcome = await connect(to(port, { hostKeys, prompts: answering({ passwords: ["s3cret"] }) })).then(
      async (connection) => connection.close().then(() => "connected"),
      (error: { code: string }) => error.code,
    );
    const server = await port.connection(0);
    return { outcome, during, after: numbers(server), server };
  }

  it("neither the service nor a login is asked for, nor are the keys used", async () => {
    const { outcome, during, after } = await asked("accept");
    expect(during).toEqual([MSG.KEXINIT, MSG.KEX_FIRST]);
    expect(outcome).toBe("connected");
    expect(after.indexOf(MSG.SERVICE_REQUEST)).toBeGreaterThan(after.indexOf(MSG.NEWKEYS));
    expect(after.indexOf(MSG.USERAUTH_REQUEST)).toBeGreaterThan(after.indexOf(MSG.SERVICE_REQUEST));
  });

  it("and after a no, never: all that follows is the goodbye", async () => {
    const { outcome, server } = await asked("reject");
    expect(outcome).toBe("host-key-rejected");
    await server.until(MSG.DISCONNECT);
    expect(numbers(server)).toEqual([MSG.KEXINIT, MSG.KEX_FIRST, MSG.DISCONNECT]);
  });

  it("a server that hangs up withdraws the question", async () => {
    const port = await serve();
    let withdrawn = false;
    const hostKeys: ConnectOptions["hostKeys"] = {
      verify: (_claim, signal) =>
        new Promise(() => {
          signal.addEventListener("abort", () => {
            withdrawn = true;
          });
          void port.connection(0).then((server) => server.hangUp());
        }),
    };
    expect(await rejection(connect(to(port, { hostKeys })))).toMatchObject({ code: "lost" });
    expect(withdrawn).toBe(true);
  });
});

describe("a host key", () => {
  it("whose owner did not sign is no question for anyone", async () => {
    let asked = false;
    const hostKeys: ConnectOptions["hostKeys"] = {
      async verify() {
        asked = true;
        return "accept";
      },
    };
    const thief = ed25519HostKey(new Uint8Array(32).fill(9));
    const reply: ScriptedOptions["reply"] = (honest) => ({ ...honest, hostKey: thief.blob });
    expect(await failure({ reply }, { hostKeys })).toMatchObject({ code: "host-key-unproved" });
    expect(asked).toBe(false);
  });

  it("signed for another exchange than this one is not proved", async () => {
    const transcript: ScriptedOptions["transcript"] = (honest) => ({
      ...honest,
      clientIdentification: new TextEncoder().encode("SSH-2.0-Someone_else"),
    });
    expect(await failure({ transcript })).toMatchObject({ code: "host-key-unproved" });
  });

  it("that is another one after a rekey ends the connection", async () => {
    let key = DEFAULT_HOST_KEY;
    const connection = await connect(to(await serve({ hostKey: () => key })));
    key = ed25519HostKey(new Uint8Array(32).fill(9));
    connection.rekey();
    expect(await connection.closed).toMatchObject({ code: "host-key-changed" });
  });
});

describe("success that nobody asked for", () => {
  it("instead of the service is refused, and nobody was asked for anything", async () => {
    const port = await serve(insteadOf(MSG.SERVICE_REQUEST, (server) => server.send(success)));
    expect(await rejection(connect(to(port)))).toMatchObject({ code: "protocol" });
    expect(numbers(await port.connection(0))).not.toContain(MSG.USERAUTH_REQUEST);
  });

  it("while a person types a password is refused, and the question withdrawn", async () => {
    const port = await serve({ login: { password: "s3cret" } });
    let withdrawn = false;
    const prompts: LoginPrompts = {
      ...answering({}),
      credential: async (_question, signal) => {
        signal.addEventListener("abort", () => {
          withdrawn = true;
        });
        await (await port.connection(0)).send(success);
        return new Promise(() => {});
      },
    };
    expect(await rejection(connect(to(port, { prompts })))).toMatchObject({ code: "protocol" });
    expect(withdrawn).toBe(true);
    expect(numbers(await port.connection(0)).filter((number) => number >= MSG.CONNECTION_FIRST)).toEqual([]);
  });

  it("a password is never sent to a server that let us in without one, nor asked for", async () => {
    const port = await serve({ login: { none: true } });
    const prompts: LoginPrompts = { ...answering({}), credential: () => Promise.reject(new Error("asked")) };
    await connected(to(port, { prompts }), async ({ method }) => expect(method).toBe("none"));
  });
});

describe("messages of the connection before the login", () => {
  it.each([
    ["a global request", new Writer().byte(80).text("hostkeys-00@openssh.com").boolean(true).done()],
    ["a channel", new Writer().byte(90).text("session").uint32(0).uint32(1000).uint32(1000).done()],
    ["data", new Writer().byte(94).uint32(0).text("rm -rf /\n").done()],
    ["a success", new Writer().byte(99).uint32(0).done()],
    ["a message of no meaning", one(127)],
  ])("%s is refused", async (_, payload) => {
    expect(await failure(insteadOf(MSG.SERVICE_REQUEST, (server) => server.send(payload)))).toMatchObject({
      code: "protocol",
    });
    expect(await failure(insteadOf(MSG.USERAUTH_REQUEST, (server) => server.send(payload)))).toMatchObject({
      code: "protocol",
    });
  });
});

describe("in the first key exchange under strict rules", () => {
  it.each([
    ["IGNORE", new Writer().byte(2).text("").done()],
    ["DEBUG", new Writer().byte(4).boolean(false).text("x").text("").done()],
    ["EXT_INFO", extensionInfo({ "server-sig-algs": "ssh-ed25519" })],
    ["UNIMPLEMENTED", new Writer().byte(3).uint32(0).done()],
  ])("%s slipped in before the reply ends it, as a prefix cut off later would need it", async (_, payload) => {
    const outgoing: ScriptedOptions["outgoing"] = (sent) => (sent[0] === 31 ? [payload, sent] : [sent]);
    expect(await failure({ outgoing })).toMatchObject({ code: "protocol" });
  });

  it("ChaCha20-Poly1305 is not used with a server that does not keep them", async () => {
    const cipher = ["chacha20-poly1305@openssh.com"];
    expect(await failure({ strict: false, cipher })).toMatchObject({ code: "negotiation" });
    await connected(to(await serve({ cipher })), async ({ facts }) => expect([facts.incoming.cipher]).toEqual(cipher));
  });
});

describe("to a connection that is open", () => {
  /** The server's side of a login that went well. */
  async function meet(options: ScriptedOptions = {}): Promise<{ connection: Connection; server: ScriptedServer }> {
    const port = await serve(options);
    const connection = await connect(to(port));
    return { connection, server: await port.connection(0) };
  }

  it.each<[string, (recipient: number) => readonly Uint8Array[]]>([
    ["data beyond the window", (id) => Array.from({ length: 3 }, () => data(id, 30_000))],
    ["data beyond the largest packet", (id) => [data(id, 40_000)]],
    ["stderr beyond the window", (id) => Array.from({ length: 3 }, () => extended(id, 30_000))],
    ["data for another channel", (id) => [data(id + 1, 1)]],
    ["a confirmation of what is open", (id) => [confirmation(id)]],
    ["a window past all counting", (id) => [adjust(id, 0xffffffff), adjust(id, 0xffffffff)]],
  ])("%s ends it", async (_, payloads) => {
    const port = await serve({
      program: async (channel) => {
        const server = await port.connection(0);
        for (const payload of payloads(channel.recipient)) await server.send(payload);
        return undefined;
      },
    });
    const connection = await connect(to(port));
    const session = await connection.exec("anything", { window: 64 * 1024 });
    const exit = rejection(session.exit);
    expect(await connection.closed).toMatchObject({ code: "protocol" });
    expect(await exit).toMatchObject({ code: "protocol" });
    await (await port.connection(0)).until(MSG.DISCONNECT);
  });

  it("what is altered on the way ends it, whatever the cipher, and is not said to be ours", async () => {
    for (const [cipher, mac] of [
      ["aes128-gcm@openssh.com", undefined],
      ["aes256-gcm@openssh.com", undefined],
      ["chacha20-poly1305@openssh.com", undefined],
      ["aes256-ctr", "hmac-sha2-256"],
      ["aes256-ctr", "hmac-sha2-512-etm@openssh.com"],
    ] as const) {
      const port = await serve({ cipher: [cipher], ...(mac === undefined ? {} : { mac: [mac] }) });
      let alter = false;
      const altering = (stream: ByteStream): ByteStream => ({
        ...stream,
        async read() {
          const chunk = await stream.read();
          if (alter && chunk) chunk[chunk.length - 1] = (chunk.at(-1) ?? 0) ^ 1;
          return chunk;
        },
      });
      const openAltering = async (signal: AbortSignal) => altering(await openTcpStream(port.port, "127.0.0.1", signal));
      const connection = await connect(to(port, { open: openAltering }));
      expect((await run(connection, "hello")).stdout).toBe("hello\n");
      alter = true;
      await (await port.connection(0)).send(new Writer().byte(2).text("x".repeat(1000)).done());
      expect(await connection.closed).toMatchObject({ code: "integrity" });
    }
  });

  it.each([
    ["chacha20-poly1305@openssh.com", 1],
    ["aes128-ctr", 1],
    ["aes128-ctr", -1],
  ])("a packet left out or sent again ends it (%s, %i)", async (cipher, step) => {
    const { connection, server } = await meet({ cipher: [cipher] });
    expect((await run(connection, "hello")).stdout).toBe("hello\n");
    server.sequence += step;
    await server.send(new Writer().byte(2).text("").done());
    expect(await connection.closed).toMatchObject({ code: "integrity" });
  });

  it("bytes that are no packet end it", async () => {
    const { connection, server } = await meet();
    await server.sendBytes(new Uint8Array(4096).fill(0xff));
    expect((await connection.closed)?.code).toMatch(/^(protocol|integrity)$/);
  });

  it("KEXINIT twice, or NEWKEYS out of turn, ends it", async () => {
    for (const payload of [one(MSG.NEWKEYS), new Writer().byte(31).text("x").text("y").text("z").done()]) {
      const { connection, server } = await meet();
      await server.sendNow(payload);
      expect(await connection.closed).toMatchObject({ code: "protocol" });
    }
  });
});

const data = (id: number, length: number) => new Writer().byte(94).uint32(id).string(new Uint8Array(length)).done();
const extended = (id: number, length: number) =>
  new Writer().byte(95).uint32(id).uint32(1).string(new Uint8Array(length)).done();
const adjust = (id: number, bytes: number) => new Writer().byte(93).uint32(id).uint32(bytes).done();
const confirmation = (id: number) => new Writer().byte(91).uint32(id).uint32(0).uint32(1000).uint32(1000).done();
