// The engine through the relay as it is built: the whole way of a byte, but for the browser. What passes the relay, and
// what leaves it, holds no password, no command and no output.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../client/ssh.ts";
import { CLOSE_CODES, type CloseName } from "../../shared/close-codes.ts";
import { freePort } from "../fixtures/child.ts";
import { recordTcp, recordWebSocket } from "../fixtures/recorder.ts";
import { type RelayUnderTest, startRelay } from "../fixtures/relay.ts";
import { startScriptedTcp } from "../fixtures/scripted-tcp.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { answering, relayed } from "../node-surroundings.ts";
import { connected, DONE, intact, noise, rejection, roundTrip, run } from "./driving.ts";

let sshd: Sshd;
let relay: RelayUnderTest;
beforeAll(async () => {
  sshd = await startSshd({ pam: false });
  relay = await startRelay();
});
afterAll(async () => {
  await relay.stop();
  await sshd.stop();
});

const through = (way: RelayUnderTest) =>
  relayed(way, { host: sshd.host, port: sshd.port }, sshd.user, { passwords: [sshd.password] });

const sentence = (name: CloseName) => CLOSE_CODES.find((row) => row.name === name)?.sentence;

describe("through the relay", () => {
  it("each step is told in its order, up to the login", async () => {
    const steps: string[] = [];
    const { host, port, user, password } = sshd;
    const options = relayed(
      relay,
      { host, port },
      user,
      { passwords: [password] },
      { milestone: (at) => void steps.push(at) },
      (state) => void steps.push(`relay: ${state}`),
    );
    await connected(options, async (connection) => {
      expect(await run(connection, "id -un")).toEqual({ exit: DONE, stdout: `${user}\n`, stderr: "" });
    });
    expect(steps).toEqual([
      "relay: reached",
      "relay: allowed",
      "relay: answered",
      "answered",
      "spoken",
      "exchanged",
      "trusted",
      "authenticated",
    ]);
  });

  it("twenty megabytes come unharmed each way at once", async () => {
    const bytes = noise(20_000_000);
    await connected(through(relay), async (connection) => {
      expect(await roundTrip(connection, bytes)).toEqual(intact(bytes));
    });
  });

  it("the goodbye reaches the server, also when the login is cancelled", async () => {
    const goodbyes = () => sshd.log().match(/Received disconnect from \S+ port \d+:11: /g)?.length ?? 0;
    const before = goodbyes();
    const stop = new AbortController();
    const prompts = {
      ...answering({}),
      credential: () => {
        stop.abort();
        return new Promise<never>(() => {});
      },
    };
    const error = await rejection(connect({ ...through(relay), prompts, signal: stop.signal }));
    expect(error).toMatchObject({ code: "aborted" });
    await expect.poll(goodbyes, { timeout: 5_000 }).toBe(before + 1);
  });

  it("a server whose sessions are killed is not the relay's fault", async () => {
    const connection = await connect(through(relay));
    const session = await connection.exec("echo begun; exec sleep 1000");
    await session.read();
    sshd.killSessions();
    expect((await connection.closed)?.code).toMatch(/^(lost|target-reset|target-closed)$/);
    expect(await rejection(session.exit)).toBe(await connection.closed);
  });
});

describe("the relay says why not", () => {
  it.each<[CloseName, () => Promise<Partial<{ host: string; port: number; token: string }>>]>([
    ["target-refused", async () => ({ port: await freePort() })],
    ["name-not-found", async () => ({ host: "no-such-name.invalid" })],
    ["target-denied", async () => ({ host: "169.254.169.254", port: 80 })],
    ["unauthorised", async () => ({ token: "a-token-of-yesterday-xx" })],
  ])("%s", async (name, wrong) => {
    const { host = sshd.host, port = sshd.port, token = relay.token } = await wrong();
    const options = relayed({ origin: relay.origin, token }, { host, port }, sshd.user, {});
    expect(await rejection(connect(options))).toMatchObject({ code: name, message: sentence(name) });
  });

  it("target-denied, where the operator says so", async () => {
    const strict = await startRelay({ flags: ["--deny", "127.0.0.1"] });
    const error = await rejection(connect(through(strict)));
    expect(error).toMatchObject({ code: "target-denied", message: sentence("target-denied") });
    await strict.stop();
  });

  it("going-away, when it is stopped under a session", async () => {
    const mortal = await startRelay();
    const connection = await connect(through(mortal));
    const session = await connection.exec("echo begun; exec sleep 1000");
    await session.read();
    const exit = rejection(session.exit);
    await mortal.stop();
    expect(await connection.closed).toMatchObject({ code: "going-away", message: sentence("going-away") });
    expect(await exit).toMatchObject({ code: "going-away" });
  });

  it("nothing at all, where there is none", async () => {
    const origin = `http://127.0.0.1:${await freePort()}`;
    const { host, port } = sshd;
    expect(await rejection(connect(relayed({ origin }, { host, port }, "alice", {})))).toMatchObject({
      code: "relay-unreachable",
    });
  });

  it("nothing but a refused WebSocket, to a page of somebody else", async () => {
    const { origin, token } = relay;
    const way = { origin, token, page: "http://evil.example" };
    const options = relayed(way, { host: sshd.host, port: sshd.port }, sshd.user, {});
    expect(await rejection(connect(options))).toMatchObject({ code: "relay-unreachable" });
  });

  it("that what answers is no SSH, in the words of what answers", async () => {
    const web = await startScriptedTcp({ kind: "say", bytes: Buffer.from("HTTP/1.1 400 Bad\r\n\r\n"), next: "close" });
    const options = relayed(relay, { host: web.host, port: web.port }, "alice", {});
    expect(await rejection(connect(options))).toMatchObject({ code: "not-ssh", quoted: "HTTP/1.1 400 Bad" });
    web.behave({ kind: "close" });
    expect(await rejection(connect(options))).toMatchObject({ code: "not-ssh", quoted: undefined });
    await web.stop();
  });
});

it("nothing that was said is found on the wire, before the relay or behind it", async () => {
  const behind = await recordTcp(sshd);
  const before = await recordWebSocket(relay.origin);
  const way = { origin: before.origin, token: relay.token };
  const command = "echo the-$((6*7))-answer; cat; echo end-of-it";
  const target = { host: behind.host, port: behind.port };
  const options = relayed(way, target, sshd.user, { passwords: [sshd.password] });
  await connected(options, async (connection) => {
    const session = await connection.exec(command);
    await session.write(Buffer.from("typed by a person"));
    session.end();
    let output = "";
    for (let chunk = await session.read(); chunk; chunk = await session.read()) output += Buffer.from(chunk.bytes);
    expect(output).toBe("the-42-answer\ntyped by a personend-of-it\n");
  });
  const wires = {
    "page and relay": Buffer.concat(before.messages.map(({ data }) => data)),
    "relay and server": Buffer.concat([behind.fromClient(), behind.fromServer()]),
  };
  const secrets = [sshd.password, sshd.user, command, "cat;", "the-42-answer", "typed by a person", "end-of-it"];
  for (const [where, wire] of Object.entries(wires)) {
    // What is in the clear is found, so that what is not found is not there.
    expect(wire.includes("SSH-2.0-Periwinkle_0.1"), where).toBe(true);
    expect(wire.includes("SSH-2.0-OpenSSH"), where).toBe(true);
    for (const secret of secrets) {
      expect(wire.includes(secret), `${where}: ${secret.slice(0, 4)}`).toBe(false);
      expect(wire.includes(Buffer.from(secret, "utf16le")), where).toBe(false);
      expect(wire.includes(Buffer.from(secret).toString("base64").slice(0, -4)), where).toBe(false);
    }
  }
  // The token is the relay's own, and goes no further than to it.
  expect(wires["page and relay"].includes(relay.token)).toBe(true);
  expect(wires["relay and server"].includes(relay.token)).toBe(false);
  expect(relay.log()).not.toContain(sshd.password);
  expect(relay.log()).not.toContain("the-42-answer");
  await before.stop();
  await behind.stop();
});
