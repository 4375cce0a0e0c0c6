// The extensions at the facade, against a scripted server in memory: each is used only where it was announced.

import { describe, expect, it } from "vitest";
import { answering, nodeRandom } from "../e2e/node-surroundings.ts";
import { manualClock } from "../e2e/scripted/clock.ts";
import { ed25519HostKey } from "../e2e/scripted/exchange.ts";
import { DEFAULT_HOST_KEY, extensionInfo, type ScriptedOptions, ScriptedServer } from "../e2e/scripted/server.ts";
import { ed25519Signer } from "../e2e/scripted/signers.ts";
import { memoryPair } from "./bytes/memory.ts";
import { Reader, Writer } from "./bytes/wire.ts";
import { MSG } from "./framing/numbers.ts";
import { Ping, Pong } from "./framing/transport-messages.ts";
import { HostBoundQuery } from "./login/auth-messages.ts";
import { GlobalRequest, RequestFailure, RequestSuccess } from "./mux/connection-messages.ts";
import { type ConnectOptions, connect } from "./ssh.ts";

const OPENSSH = "SSH-2.0-OpenSSH_10.0\r\n";
const TAKES_EXT_INFO = ["curve25519-sha256", "ext-info-s"];
const SIZE = { columns: 80, rows: 24, widthPixels: 0, heightPixels: 0 };

function scene(server: ScriptedOptions = {}, rest: Partial<ConnectOptions> = {}) {
  const [ours, theirs] = memoryPair();
  const peer = new ScriptedServer(theirs, { kex: ["curve25519-sha256"], ...server });
  void peer.run();
  const clock = manualClock();
  const options: ConnectOptions = {
    target: { host: "db1.example", port: 22 },
    route: "direct",
    user: "alice",
    open: async () => ours,
    hostKeys: { verify: async () => "accept" },
    prompts: answering({ passwords: ["secret"] }),
    random: nodeRandom,
    clock,
    ...rest,
  };
  return { peer, clock, options };
}

const numbers = (peer: ScriptedServer) => peer.received.map(({ number }) => number);
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Sends an EXT_INFO in front of the first message with this number. */
const inFrontOf = (
  number: number,
  extensions: Readonly<Record<string, string>> = {},
): NonNullable<ScriptedOptions["outgoing"]> => {
  let done = false;
  return (payload) => {
    if (done || payload[0] !== number) return [payload];
    done = true;
    return [extensionInfo(extensions), payload];
  };
};

describe("EXT_INFO", () => {
  it("of ours is the first packet behind our first NEWKEYS, where the server's first KEXINIT asks for it, and only there", async () => {
    const { peer, options } = scene({ kex: TAKES_EXT_INFO });
    const connection = await connect(options);
    connection.rekey();
    await peer.untilExchanges(2);
    await connection.close();
    expect(numbers(peer).slice(0, 5)).toEqual([20, 30, 21, 7, 5]);
    expect(numbers(peer).filter((number) => number === 7)).toHaveLength(1);
    const without = scene();
    await connect(without.options);
    expect(numbers(without.peer)).not.toContain(7);
  });

  it.each<[string, ScriptedOptions, "lives" | "protocol"]>([
    ["right behind NEWKEYS", { extensions: {} }, "lives"],
    ["right before SUCCESS", { outgoing: inFrontOf(MSG.USERAUTH_SUCCESS) }, "lives"],
    ["in both places", { extensions: {}, outgoing: inFrontOf(MSG.USERAUTH_SUCCESS) }, "lives"],
    ["before the answer to the service request", { outgoing: inFrontOf(MSG.SERVICE_ACCEPT) }, "lives"],
    ["twice in a row", { extensions: {}, outgoing: inFrontOf(MSG.SERVICE_ACCEPT) }, "protocol"],
    ["in the middle of the login", { outgoing: inFrontOf(MSG.USERAUTH_FAILURE) }, "protocol"],
    [
      "in the middle of the login, where we offered that",
      { kex: TAKES_EXT_INFO, extensions: {}, outgoing: inFrontOf(MSG.USERAUTH_FAILURE) },
      "lives",
    ],
    ["before NEWKEYS", { strict: false, outgoing: inFrontOf(MSG.NEWKEYS) }, "protocol"],
    ["before NEWKEYS, strict", { outgoing: inFrontOf(MSG.NEWKEYS) }, "protocol"],
  ])("R-SM-2: %s", async (_where, server, fate) => {
    const { options } = scene({ login: { password: "secret" }, ...server });
    const result = await outcome(connect(options));
    expect(result).toMatchObject(fate === "lives" ? { method: "password" } : { code: "protocol" });
  });
});

describe("a login bound to the host key", () => {
  it("is used where the server announced it, and names the key of the first exchange", async () => {
    const signer = ed25519Signer();
    const prompts = { ...answering({}), credential: async () => ({ kind: "key" as const, signer }) };
    const accepts: NonNullable<ScriptedOptions["incoming"]> = async ({ number, payload }, proceed, server) => {
      if (number !== MSG.USERAUTH_REQUEST) return proceed();
      const reader = new Reader(payload, 1);
      reader.text();
      reader.text();
      const method = reader.text();
      if (!method.startsWith("publickey"))
        return server.send(new Writer().byte(51).names(["publickey"]).boolean(false).done());
      if (reader.boolean()) return server.send(Uint8Array.of(52));
      const [algorithm, key] = [reader.text(), reader.string()];
      return server.send(new Writer().byte(60).text(algorithm).string(key).done());
    };
    const { peer, options } = scene(
      { extensions: { "publickey-hostbound@openssh.com": "0" }, incoming: accepts },
      { prompts },
    );
    expect((await connect(options)).method).toBe("publickey");
    const queries = peer.received.filter(({ number }) => number === MSG.USERAUTH_REQUEST);
    const query = HostBoundQuery.decode(queries[1]?.payload ?? new Uint8Array(0));
    expect(query.method).toBe("publickey-hostbound-v00@openssh.com");
    expect(query.hostKey).toEqual(DEFAULT_HOST_KEY.blob);
    const plain = scene({ extensions: { "publickey-hostbound@openssh.com": "1" }, incoming: accepts }, { prompts });
    expect((await connect(plain.options)).method).toBe("publickey");
    const [, second] = plain.peer.received.filter(({ number }) => number === MSG.USERAUTH_REQUEST);
    expect(() => HostBoundQuery.decode(second?.payload ?? new Uint8Array(0))).toThrow();
  });
});

describe("the round trip", () => {
  const answersPings: NonNullable<ScriptedOptions["incoming"]> = ({ number, payload }, proceed, server) =>
    number === MSG.PING ? server.send(Pong.encode(Ping.decode(payload))) : proceed();

  it("is measured by PING where the server announced it, every quarter of a minute", async () => {
    const trips: number[] = [];
    const { peer, clock, options } = scene(
      { extensions: { "ping@openssh.com": "0" }, incoming: answersPings },
      { roundTrip: (ms) => trips.push(ms) },
    );
    await connect(options);
    clock.advance(1000);
    while (trips.length < 1) await turn();
    for (let i = 2; i <= 4; i++) {
      clock.advance(15_000);
      while (trips.length < i) await turn();
    }
    expect(trips).toEqual([0, 0, 0, 0]);
    expect(numbers(peer).filter((number) => number === GlobalRequest.number)).toEqual([]);
  });

  it("is measured by keepalive@openssh.com where it did not, or where it does not know PING after all", async () => {
    const trips: number[] = [];
    const { peer, clock, options } = scene({}, { roundTrip: (ms) => trips.push(ms) });
    await connect(options);
    clock.advance(1000);
    while (trips.length < 1) await turn();
    expect(numbers(peer)).not.toContain(MSG.PING);

    const later: number[] = [];
    const forgetful = scene(
      {
        extensions: { "ping@openssh.com": "0" },
        incoming: ({ number, sequence }, proceed, server) =>
          number === MSG.PING ? server.send(new Writer().byte(3).uint32(sequence).done()) : proceed(),
      },
      { roundTrip: (ms) => later.push(ms) },
    );
    await connect(forgetful.options);
    forgetful.clock.advance(1000);
    await forgetful.peer.until(MSG.PING);
    for (let turns = 0; turns < 20; turns++) await turn();
    forgetful.clock.advance(15_000);
    while (later.length < 1) await turn();
    expect(numbers(forgetful.peer).filter((number) => number === MSG.PING)).toHaveLength(1);
  });
});

describe("global requests of the server", () => {
  it.each(["keepalive@openssh.com", "hostkeys-prove-00@openssh.com", "x".repeat(200)])(
    "%s is refused where an answer is wanted, and only there",
    async (name) => {
      const { peer, options } = scene();
      const connection = await connect(options);
      for (const wantReply of [false, true])
        await peer.send(GlobalRequest.encode({ name, wantReply, data: new Uint8Array(0) }));
      await peer.until(RequestFailure.number);
      await connection.close();
      expect(numbers(peer).filter((number) => number === RequestFailure.number)).toHaveLength(1);
    },
  );
});

describe("the server's other host keys", () => {
  const second = ed25519HostKey(new Uint8Array(32).fill(2));
  const announcement = (keys: readonly { readonly blob: Uint8Array }[]) => {
    const data = new Writer();
    for (const { blob } of keys) data.string(blob);
    return GlobalRequest.encode({ name: "hostkeys-00@openssh.com", wantReply: false, data: data.done() });
  };
  const provesWith =
    (sign: (data: Uint8Array) => readonly Uint8Array[]): NonNullable<ScriptedOptions["incoming"]> =>
    ({ number, payload }, proceed, server) => {
      if (number !== GlobalRequest.number) return proceed();
      const { name, data } = GlobalRequest.decode(payload);
      if (name !== "hostkeys-prove-00@openssh.com") return proceed();
      const reply = new Writer();
      const signed = new Writer()
        .text(name)
        .string(server.sessionId ?? new Uint8Array(0))
        .string(new Reader(data).string())
        .done();
      for (const signature of sign(signed)) reply.string(signature);
      return server.send(RequestSuccess.encode({ data: reply.done() }));
    };

  it("are told of when they are proved, once, in the session of the first exchange", async () => {
    const told: (readonly Uint8Array[])[] = [];
    const { peer, options } = scene(
      { incoming: provesWith((data) => [second.sign(data)]) },
      { hostKeysAnnounced: (keys, prove) => void prove(keys).then((proved) => told.push(proved)) },
    );
    const connection = await connect(options);
    connection.rekey();
    await peer.untilExchanges(2);
    await peer.send(announcement([DEFAULT_HOST_KEY, second]));
    while (told.length === 0) await turn();
    expect(told).toEqual([[DEFAULT_HOST_KEY.blob, second.blob]]);
  });

  it("are not told of where the proof is wrong, and the connection lives", async () => {
    const told: unknown[] = [];
    const log: string[] = [];
    const { peer, options } = scene(
      { incoming: provesWith((data) => [DEFAULT_HOST_KEY.sign(data)]) },
      {
        hostKeysAnnounced: (keys, prove) => void prove(keys).then((proved) => told.push(...proved)),
        log: (line) => log.push(line),
      },
    );
    const connection = await connect(options);
    await peer.send(announcement([DEFAULT_HOST_KEY, second]));
    while (!log.some((line) => line.includes("could not prove"))) await turn();
    expect(told).toEqual([]);
    await connection.close();
    expect(await connection.closed).toBeUndefined();
  });

  it("announced twice break the protocol", async () => {
    const { peer, options } = scene();
    const connection = await connect(options);
    await peer.send(announcement([DEFAULT_HOST_KEY]));
    await peer.send(announcement([DEFAULT_HOST_KEY]));
    expect(await connection.closed).toMatchObject({ code: "protocol" });
  });
});

describe("no more sessions", () => {
  it.each([
    [OPENSSH, 1],
    ["SSH-1.99-OpenSSH_3.9\r\n", 1],
    ["SSH-2.0-dropbear_2022.83\r\n", 0],
    ["SSH-2.0-NotOpenSSH_1.0\r\n", 0],
  ])("to %j is said %d times, and holds here in any case", async (greeting, told) => {
    const { peer, options } = scene({ greeting });
    const connection = await connect(options);
    const session = await connection.exec("before");
    connection.noMoreSessions();
    connection.noMoreSessions();
    expect(await outcome(connection.exec("after"))).toMatchObject({ code: "channel-refused" });
    expect(await outcome(connection.shell({ size: SIZE }))).toMatchObject({ code: "channel-refused" });
    expect(await session.exit).toEqual({ kind: "status", status: 0 });
    await connection.close();
    const requests = peer.received.filter(({ number }) => number === GlobalRequest.number);
    const names = requests.map(({ payload }) => GlobalRequest.decode(payload).name);
    expect(names.filter((name) => name === "no-more-sessions@openssh.com")).toHaveLength(told);
  });
});
