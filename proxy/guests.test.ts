import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { LIMITS } from "../shared/relay-protocol.ts";
import type { RelayConfig } from "./config.ts";
import type { GrantKey } from "./grant-keys.ts";
import { type Client, Opened, PLATFORM, RecordingLog, signGrant } from "./testing.ts";

const opened = new Opened();
afterEach(() => opened.closeAll());

const echo = (socket: Socket): unknown => socket.pipe(socket);
const grantKeys: readonly GrantKey[] = [{ algorithm: "EdDSA", key: PLATFORM.publicKey }];

/** A relay that takes grants, and one target. */
async function stage(changes: Partial<RelayConfig> = {}, resolve?: (name: string) => Promise<string[]>) {
  const log = new RecordingLog();
  const relay = await opened.relay({ grantKeys, ...changes }, { log, ...(resolve ? { resolve } : {}) });
  const port = await opened.target(echo);
  const client = async (frame: object): Promise<Client> => {
    const one = opened.client(relay);
    await one.open;
    one.say({ type: "open", host: "127.0.0.1", port, ...frame });
    return one;
  };
  return { relay, log, port, client };
}

/** The first control, or why the relay ended it. */
const outcome = (client: Client): Promise<unknown> =>
  Promise.race([client.control().then(({ type }) => type), client.closed]);

describe("a grant", () => {
  it("lets its holder in once, to its target, and leaves a line with the page it was for", async () => {
    const { log, port, client } = await stage();
    const grant = await signGrant({ port, origin: "https://learn\u202e.example" });
    const first = await client({ grant });
    expect([await outcome(first), (await first.control()).type]).toEqual(["dialing", "opened"]);
    first.ws.send(Buffer.from("hello"));
    expect((await first.bytes(5)).toString()).toBe("hello");
    first.ws.close();
    const record = await log.next();
    expect(record).toMatchObject({
      entry: "grant",
      embedder: "https://learn\ufffd.example",
      target: `127.0.0.1:${port}`,
    });
    expect(JSON.stringify(record)).not.toContain(grant);
    expect(JSON.stringify(record)).not.toContain("ada");

    expect(await (await client({ grant })).closed).toBe("grant-used");
    expect(await log.next()).toMatchObject({ entry: "grant", fault: "used", close: "grant-used" });
  });

  it("is taken once also by two who come at the same time", async () => {
    const { port, client } = await stage();
    const grant = await signGrant({ port });
    const both = await Promise.all([client({ grant }), client({ grant })]);
    expect((await Promise.all(both.map(outcome))).sort()).toEqual(["dialing", "grant-used"]);
  });

  it("that was used takes no place, however often it is tried", async () => {
    const { log, port, client } = await stage({ maxConnections: 4 });
    const grant = await signGrant({ port });
    const first = await client({ grant });
    expect(await outcome(first)).toBe("dialing");
    first.ws.close();
    await log.next();
    for (let i = 0; i < 4; i++) expect(await (await client({ grant })).closed).toBe("grant-used");
    expect(await outcome(await client({ grant: await signGrant({ port }) }))).toBe("dialing");
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ["has run out", { exp: Math.floor(Date.now() / 1000) - 40 }, "grant-expired", "expired"],
    ["is for another host", { host: "db2.example" }, "grant-target", "target"],
    ["lives too long", { exp: Math.floor(Date.now() / 1000) + 3600 }, "unauthorised", "lifetime"],
    ["has no id", { jti: undefined }, "unauthorised", "claims"],
    ["is for another relay", { aud: "https://ssh.example" }, "unauthorised", "purpose"],
  ])("that %s is refused, and the log says why", async (_what, claims, close, fault) => {
    const { log, port, client } = await stage();
    expect(await (await client({ grant: await signGrant({ port, ...claims }) })).closed).toBe(close);
    expect(await log.next()).toMatchObject({ entry: undefined, embedder: undefined, fault, close });
  });

  it("for this relay by its own name is taken, by the name of another page it serves is not", async () => {
    const { relay, port, client } = await stage({ origins: ["https://app.example"] });
    expect(await outcome(await client({ grant: await signGrant({ port, aud: relay.origin }) }))).toBe("dialing");
    const other = await signGrant({ port, aud: "https://app.example" });
    expect(await (await client({ grant: other })).closed).toBe("unauthorised");
  });

  it("that nobody signed is like a wrong token, also beside a right one, and never looked up", async () => {
    const asked: string[] = [];
    const { relay, client } = await stage({ token: "t".repeat(22) }, async (name) => {
      asked.push(name);
      return [];
    });
    for (const frame of [{}, { token: relay.token }])
      expect(await (await client({ grant: "a.b.c", host: "db1.example", ...frame })).closed).toBe("unauthorised");
    expect(asked).toEqual([]);
  });

  it("opens nothing that the operator denies, and is used up by it", async () => {
    const { client } = await stage();
    const grant = await signGrant({ host: "169.254.169.254", port: 80 });
    expect(await (await client({ grant, host: "169.254.169.254", port: 80 })).closed).toBe("target-denied");
    expect(await (await client({ grant, host: "169.254.169.254", port: 80 })).closed).toBe("grant-used");
  });

  it("is not used up by a relay that is full", async () => {
    const { log, port, client } = await stage({ maxConnections: 1 });
    const first = await client({ grant: await signGrant({ port }) });
    expect(await outcome(first)).toBe("dialing");
    const grant = await signGrant({ port });
    expect(await (await client({ grant })).closed).toBe("over-quota");
    expect(await log.next()).toMatchObject({ close: "over-quota", entry: "grant" });
    first.ws.close();
    await log.next();
    expect(await outcome(await client({ grant }))).toBe("dialing");
  });

  /** The frame and what follows it at once, in one write. */
  async function atOnce(grant: string, port: number, follow: (client: Client) => void, key = grantKeys) {
    const { relay } = await stage({ grantKeys: key });
    const client = opened.client(relay);
    await client.open;
    const { _socket: socket } = client.ws as unknown as { _socket: Socket };
    socket.cork();
    client.say({ type: "open", host: "127.0.0.1", port, grant });
    follow(client);
    socket.uncork();
    return client;
  }

  it("lets bytes and eof follow at once, as behind a token", async () => {
    const port = await opened.target(echo);
    const early = Buffer.alloc(LIMITS.early, 7);
    const client = await atOnce(await signGrant({ port }), port, ({ ws }) => {
      ws.send(early.subarray(0, 10));
      ws.send(early.subarray(10));
      ws.send('{"type":"eof"}');
    });
    expect([await outcome(client), (await client.control()).type]).toEqual(["dialing", "opened"]);
    expect((await client.bytes(early.length)).equals(early)).toBe(true);
    expect(await client.closed).toBe("target-closed");
  });

  it.each<[string, string, (client: Client) => void]>([
    ["a second open", "relay-protocol", (client) => client.say({ type: "open", host: "a", port: 1 })],
    ["text that is no JSON", "relay-protocol", ({ ws }) => ws.send("{")],
    ["more bytes than are held", "relay-protocol", ({ ws }) => ws.send(Buffer.alloc(LIMITS.early + 1))],
  ])("ends by %s behind it: %s", async (_what, close, follow) => {
    const port = await opened.target(() => {});
    expect(await (await atOnce(await signGrant({ port }), port, follow)).closed).toBe(close);
    // And a stranger, whatever follows, hears what strangers hear.
    expect(await (await atOnce(await signGrant({ port }), port, follow, [])).closed).toBe("unauthorised");
  });
});

describe("an open target", () => {
  const embed = (port: number) => [{ origin: "https://learn.example", open: [`127.0.0.1:${port}`] }];

  it("lets in who shows nothing, and a wrong token still is wrong", async () => {
    const log = new RecordingLog();
    const port = await opened.target(echo);
    const relay = await opened.relay({ embed: embed(port) }, { log });
    const client = await opened.client(relay).dial({ token: undefined }, port);
    client.ws.send(Buffer.from("hi"));
    expect((await client.bytes(2)).toString()).toBe("hi");
    client.ws.close();
    expect(await log.next()).toMatchObject({ entry: "open", embedder: undefined });

    for (const frame of [{ token: "x".repeat(43) }, { port: port === 22 ? 23 : 22 }, { host: "localhost" }]) {
      const stranger = opened.client(relay);
      await stranger.open;
      stranger.say({ type: "open", host: "127.0.0.1", port, ...frame });
      expect(await stranger.closed).toBe("unauthorised");
    }
  });

  it("is dialled only where the operator's rules let it be", async () => {
    const port = await opened.target(echo);
    const relay = await opened.relay({ embed: embed(port), allow: [{ kind: "name", name: "db1", port: 22 }] });
    const client = opened.client(relay);
    await client.open;
    client.say({ type: "open", host: "127.0.0.1", port });
    expect(await client.closed).toBe("target-denied");
  });

  it("takes at most half of the places, so that the token always has some", async () => {
    const port = await opened.target(echo);
    const relay = await opened.relay({ embed: embed(port), maxConnections: 4 });
    for (let i = 0; i < 2; i++) await opened.client(relay).dial({ token: undefined }, port);
    const third = opened.client(relay);
    await third.open;
    third.say({ type: "open", host: "127.0.0.1", port });
    expect(await third.closed).toBe("over-quota");
    const known = await opened.client(relay).dial(relay, port);
    known.ws.ping();
    await once(known.ws, "pong");
  });

  it("resumes nothing", async () => {
    const port = await opened.target(echo);
    const relay = await opened.relay({ embed: embed(port) });
    const client = opened.client(relay, "/relay/abc");
    await client.open;
    client.say({ type: "resume", session: "s", received: 0, ended: false });
    expect(await client.closed).toBe("unauthorised");
  });
});
