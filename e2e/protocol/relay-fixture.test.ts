// The built relay as a program: what the browser tests lean on.

import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { SUBPROTOCOL } from "../../shared/relay-protocol.ts";
import { recordTcp, recordWebSocket } from "../fixtures/recorder.ts";
import { type RelayUnderTest, startRelay } from "../fixtures/relay.ts";
import { type ScriptedTcp, startScriptedTcp } from "../fixtures/scripted-tcp.ts";

let relay: RelayUnderTest;
let server: ScriptedTcp;
beforeAll(async () => {
  relay = await startRelay();
  server = await startScriptedTcp({ kind: "say", bytes: Buffer.from("SSH-2.0-scripted\r\n"), next: "wait" });
});
afterAll(async () => {
  await relay.stop();
  await server.stop();
});

/** What comes back through a relay at `origin` for a client with `token`: the first bytes, or the close code. */
function open(origin: string, token: string, target: { host: string; port: number }): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${origin.replace("http", "ws")}/relay`, SUBPROTOCOL, { origin });
    socket.on("open", () => socket.send(JSON.stringify({ type: "open", host: target.host, port: target.port, token })));
    socket.on("message", (data, binary) => {
      if (!binary) return;
      resolve(data.toString());
      socket.close();
    });
    socket.on("close", (code) => resolve(String(code)));
    socket.on("error", (error) => resolve(error.message));
  });
}

it("serves the page and answers for its token only", async () => {
  expect(relay.token.length).toBeGreaterThan(20);
  const page = await fetch(relay.origin);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("<script");
  expect(await open(relay.origin, relay.token, server)).toBe("SSH-2.0-scripted\r\n");
  expect(await open(relay.origin, "x".repeat(22), server)).toBe("4010");
});

it("works through both recorders at once", async () => {
  const tcp = await recordTcp(server);
  const tap = await recordWebSocket(relay.origin);
  expect((await fetch(tap.origin)).status).toBe(200);
  expect(await open(tap.origin, relay.token, tcp)).toBe("SSH-2.0-scripted\r\n");
  expect(tcp.fromServer().toString()).toBe("SSH-2.0-scripted\r\n");
  expect(tap.messages[0]?.data.toString()).toContain('"open"');
  expect(tap.messages.some(({ from, binary }) => from === "relay" && binary)).toBe(true);
  await tap.stop();
  await tcp.stop();
});
