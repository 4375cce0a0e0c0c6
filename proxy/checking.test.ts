import { once } from "node:events";
import { afterEach, expect, it, vi } from "vitest";
import { WebSocketServer } from "ws";
import { LIMITS } from "../shared/relay-protocol.ts";
import type { GrantVerdict } from "./grants.ts";
import { Places } from "./limits.ts";
import { Lookups } from "./lookups.ts";
import { Session } from "./session.ts";
import { type Client, Opened, RecordingLog } from "./testing.ts";

const opened = new Opened();
afterEach(() => opened.closeAll());
afterEach(() => void vi.useRealTimers());

/** A session whose grant is being checked until `decide` is called. */
async function checking() {
  const log = new RecordingLog();
  const used: string[] = [];
  let decide: (verdict: GrantVerdict) => void = () => {};
  const verdict = new Promise<GrantVerdict>((resolve) => {
    decide = resolve;
  });
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  opened.add(() => server.close());
  await once(server, "listening");
  const address = server.address();
  const client = opened.client({ origin: `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}` });
  const [ws] = await once(server, "connection");
  let begun: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const check = (): Promise<GrantVerdict> => {
    begun();
    return verdict;
  };
  const session = new Session(
    ws,
    {
      door: { token: "t".repeat(22), open: [] },
      grants: { check, use: ({ jti }) => void used.push(jti) },
      places: new Places(8, true),
      policy: { allow: [], deny: [], local: true, isOwn: () => false },
      lookups: new Lookups(async () => [], 1),
      log,
      instance: "i",
      dialTimeout: 1_000,
      idleTimeout: 0,
    },
    { address: "127.0.0.1", group: "127.0.0.1", origin: undefined, instance: undefined, admitted: () => {} },
  );
  await client.open;
  client.say({ type: "open", host: "db1.example", port: 22, grant: "a.b.c" });
  await asked;
  const claims = { host: "db1.example", port: 22, user: "u", origin: "o", exp: 0, jti: "the grant", pins: [] };
  return { client, session, ws, log, used, decide: () => decide({ kind: "good", claims }) };
}

it.each<[string, (client: Client) => void]>([
  ["more bytes than one who is in may send", ({ ws }) => ws.send(Buffer.alloc(LIMITS.early + LIMITS.control + 1))],
  [
    "more messages than anybody needs",
    ({ ws }) => {
      for (let i = 0; i < 257; i++) ws.send(Buffer.of(1));
    },
  ],
])("a stranger who sends %s hears what strangers hear", async (_what, send) => {
  const { client, used, decide } = await checking();
  send(client);
  expect(await client.closed).toBe("unauthorised");
  decide();
  await new Promise((resolve) => setImmediate(resolve));
  expect(used).toEqual([]);
});

it("another first frame is kept, and judged when its sender is in", async () => {
  const { client, used, decide, log } = await checking();
  client.say({ type: "open", host: "b", port: 1, token: "t".repeat(22) });
  client.ws.ping();
  await once(client.ws, "pong");
  expect(log.records).toEqual([]);
  decide();
  expect(await client.closed).toBe("relay-protocol");
  expect(used).toEqual(["the grant"]);
});

it("who has said that it leaves has not used it", async () => {
  const { client, ws, used, decide } = await checking();
  // It never sees the answer to its close frame, so that its connection stays.
  client.ws.pause();
  client.ws.close();
  await expect.poll(() => ws.readyState, { interval: 1 }).toBe(ws.CLOSING);
  decide();
  await new Promise((resolve) => setImmediate(resolve));
  expect(used).toEqual([]);
});

it("who is turned out for a newcomer has not used it", async () => {
  const { session, log, used, decide } = await checking();
  session.turnOut();
  expect(await log.next()).toMatchObject({ close: "unauthorised", entry: undefined });
  decide();
  await new Promise((resolve) => setImmediate(resolve));
  expect(used).toEqual([]);
});

it("the time for the first frame runs on", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { client, used, decide } = await checking();
  vi.advanceTimersByTime(LIMITS.firstFrame);
  expect(await client.closed).toBe("unauthorised");
  decide();
  await new Promise((resolve) => setImmediate(resolve));
  expect(used).toEqual([]);
});
