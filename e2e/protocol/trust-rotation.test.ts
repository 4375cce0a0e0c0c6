// A server that lies about its host keys after the login: whatever it tells, the known hosts keep what they had.

import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { concat } from "../../client/bytes/bytes.ts";
import { Reader, Writer } from "../../client/bytes/wire.ts";
import { MSG } from "../../client/framing/numbers.ts";
import { certificateOf, edKey, secretOf } from "../../client/keys/scripted-certificate.ts";
import * as payloads from "../scripted/payloads.ts";
import type { ScriptedServer } from "../scripted/server.ts";
import { HOST, line, OTHER, type Played, play, rsaKey, type Scene, SEED } from "./scripted-visit.ts";

const ANNOUNCE = "hostkeys-00@openssh.com";
const PROVE = "hostkeys-prove-00@openssh.com";
const [FRESH, GONE] = [20, 21];
const GLOBAL_REQUEST = 80;
const REQUEST_SUCCESS = 81;

type Keys = readonly Uint8Array[];
const strings = (all: Keys): Uint8Array => concat(...all.map((bytes) => new Writer().string(bytes).done()));
const announcing = (keys: Keys): Uint8Array => payloads.globalRequest(ANNOUNCE, false, strings(keys));

/** What OpenSSH signs, by the key of that seed. */
function proofBy(seed: number, blob: Uint8Array, sessionId: Uint8Array | undefined, name = PROVE): Uint8Array {
  const signed = new Writer()
    .text(name)
    .string(sessionId ?? new Uint8Array(0))
    .string(blob)
    .done();
  return new Writer()
    .text("ssh-ed25519")
    .string(ed25519.sign(signed, secretOf(seed)))
    .done();
}

const seedOf = (blob: Uint8Array): number =>
  Array.from({ length: 64 }, (_, seed) => seed).find((seed) => Buffer.compare(edKey(seed), blob) === 0) ?? 0;
const honest = (keys: Keys, { sessionId }: ScriptedServer): Uint8Array | undefined =>
  strings(keys.map((blob) => proofBy(seedOf(blob), blob, sessionId)));

interface Lie {
  readonly lines?: readonly string[];
  readonly told?: Keys;
  /** The reply's data; undefined to refuse. */
  readonly prove?: (keys: Keys, server: ScriptedServer, who: Played["who"]) => Uint8Array | undefined;
  readonly scene?: Partial<Scene>;
}

/** Logs in, is told, and waits until that has been dealt with or has ended the connection. */
async function tell({
  lines = [line(edKey(SEED))],
  told = [edKey(SEED), edKey(FRESH)],
  prove = honest,
  scene = {},
}: Lie) {
  let asked = 0;
  const played = play({
    lines,
    ...scene,
    server: {
      ...scene.server,
      async incoming(packet, proceed, server) {
        const reader = new Reader(packet.payload.subarray(1));
        if (packet.number !== GLOBAL_REQUEST || reader.text() !== PROVE) return proceed();
        reader.boolean();
        asked++;
        const keys: Uint8Array[] = [];
        while (reader.remaining > 0) keys.push(reader.string().slice());
        const data = prove(keys, server, played.who);
        await server.send(data ? new Writer().byte(REQUEST_SUCCESS).bytes(data).done() : payloads.bare(82));
      },
    },
  });
  const connection = await played.connecting;
  const before = played.who.store.texts.get("");
  void played.server.send(announcing(told));
  const end = await Promise.race([connection.closed, played.who.told().then(() => "told" as const)]);
  const after = played.who.store.texts.get("");
  await connection.close();
  return { before, after, end, asked, notices: played.who.notices };
}

describe("what a server tells of its host keys", () => {
  it("is learned where it is proved, in one request, and told", async () => {
    const { after, asked, notices } = await tell({ told: [edKey(FRESH), edKey(SEED), edKey(FRESH + 2)] });
    expect(after).toBe(`${[SEED, FRESH, FRESH + 2].map((seed) => line(edKey(seed))).join("\n")}\n`);
    expect([asked, notices.length]).toEqual([1, 1]);
  });

  it("is proved for the first exchange, also after another", async () => {
    const { after } = await tell({
      scene: { server: { outgoing: (payload) => [payload] } },
      prove(keys, server) {
        server.rekey();
        return honest(keys, server);
      },
    });
    expect(after).toContain(line(edKey(FRESH)));
  });

  const wrong =
    (signature: (blob: Uint8Array, server: ScriptedServer) => Uint8Array) => (keys: Keys, server: ScriptedServer) =>
      strings(keys.map((blob) => signature(blob, server)));
  const mine = edKey(SEED);

  it.each<readonly [string, Lie]>([
    ["the proof is another key's", { prove: wrong((blob, { sessionId }) => proofBy(OTHER, blob, sessionId)) }],
    [
      "the proof is the connection's own key's",
      { prove: wrong((blob, { sessionId }) => proofBy(SEED, blob, sessionId)) },
    ],
    ["the proof is of another session", { prove: wrong((blob) => proofBy(FRESH, blob, new Uint8Array(32))) }],
    [
      "the proof is of another purpose",
      { prove: wrong((blob, { sessionId }) => proofBy(FRESH, blob, sessionId, ANNOUNCE)) },
    ],
    ["the proof is of another key", { prove: wrong((_, { sessionId }) => proofBy(FRESH, mine, sessionId)) }],
    ["the proof is empty", { prove: () => strings([new Uint8Array(0)]) }],
    ["the proof is missing", { prove: () => new Uint8Array(0) }],
    [
      "there are more proofs than keys",
      { prove: (keys, server) => concat(honest(keys, server) ?? mine, strings([mine])) },
    ],
    ["the proof is refused", { prove: () => undefined }],
    [
      "one proof of two is wrong",
      {
        told: [mine, edKey(FRESH), edKey(FRESH + 1)],
        prove: wrong((blob, { sessionId }) => proofBy(FRESH, blob, sessionId)),
      },
    ],
    ["its own key is not among them", { told: [edKey(FRESH)] }],
    ["nothing is told", { told: [] }],
    ["what is told is a certificate", { told: [mine, certificateOf({ key: edKey(FRESH), signer: OTHER })] }],
    [
      "what is told is no key",
      { told: [mine, new Uint8Array(200_000), new Writer().text("ssh-ed25519").string(new Uint8Array(31)).done()] },
    ],
    ["it fills a packet", { told: [edKey(SEED), ...Array.from({ length: 28 }, () => new Uint8Array(9000))] }],
    ["the new key is revoked", { lines: [line(mine), `@revoked ${line(edKey(FRESH))}`] }],
    ["the new key is revoked everywhere", { lines: [line(mine), `@revoked ${line(edKey(FRESH), "*")}`] }],
    ["the host is known by a wildcard", { lines: [line(mine, "*.example.net")] }],
    ["the host is known by a wildcard, too", { lines: [line(mine), line(mine, "*.net")] }],
    ["the line speaks of other hosts, too", { lines: [line(mine, `${HOST},db2.example.net`)] }],
    ["the mode is strict", { scene: { choices: { mode: "strict" } } }],
    [
      "it vanishes and is another host's, too",
      { lines: [line(mine), line(edKey(GONE)), line(edKey(GONE), "db2.example.net")], told: [mine] },
    ],
    [
      "it vanishes and is a hidden host's, too",
      {
        lines: [
          line(mine),
          line(edKey(GONE)),
          line(edKey(GONE), "|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68="),
        ],
        told: [mine],
      },
    ],
    [
      "it vanishes and is of a type we do not read",
      { lines: [line(mine), line(new Writer().text("ssh-tomorrow").text("x").done())], told: [mine] },
    ],
  ])("is not believed when %s", async (_, lie) => {
    const { before, after, end } = await tell(lie);
    expect([after, end]).toEqual([before, "told"]);
  });

  it("is not saved when it was revoked while it was proved", async () => {
    const added = `@revoked ${line(edKey(FRESH))}\n`;
    const { before, after } = await tell({
      prove(keys, server, who) {
        who.store.texts.set("", `${who.store.texts.get("")}${added}`);
        return honest(keys, server);
      },
    });
    expect(after).toBe(`${before}${added}`);
  });

  it("is not saved when the host was forgotten while it was proved", async () => {
    const { after } = await tell({
      prove(keys, server, who) {
        who.store.texts.set("", "# forgotten\n");
        return honest(keys, server);
      },
    });
    expect(after).toBe("# forgotten\n");
  });

  it("takes no revocation and no line of others with the key that vanished", async () => {
    const kept = [
      `@revoked ${line(edKey(OTHER))}`,
      `@cert-authority ${line(edKey(GONE))}`,
      "# mine",
      line(rsaKey, "db2.example.net"),
    ];
    const { after } = await tell({ lines: [...kept, line(edKey(GONE)), line(edKey(SEED))], told: [edKey(SEED)] });
    expect(after).toBe(`${[...kept, line(edKey(SEED))].join("\n")}\n`);
  });

  it("is ignored where one key comes twice", async () => {
    const { connecting, server, who } = play({ lines: [line(edKey(SEED))] });
    const connection = await connecting;
    void server.send(announcing([edKey(SEED), edKey(FRESH), edKey(FRESH)]));
    const session = await connection.exec("true"); // answered behind it
    expect(await session.exit).toEqual({ kind: "status", status: 0 });
    expect(server.received.filter(({ payload }) => Buffer.from(payload).includes(PROVE))).toEqual([]);
    expect(who.store.texts.get("")).toBe(`${line(edKey(SEED))}\n`);
    await connection.close();
  });

  it("ends the connection when it is 33 keys, and changes nothing", async () => {
    const { before, after, end } = await tell({ told: Array.from({ length: 33 }, (_, i) => edKey(i + SEED)) });
    expect(end).toMatchObject({ code: "protocol" });
    expect(after).toBe(before);
  });

  it.each([
    ["before the login", MSG.USERAUTH_SUCCESS, (payload: Uint8Array) => [announcing([edKey(FRESH)]), payload]],
    [
      "twice",
      MSG.USERAUTH_SUCCESS,
      (payload: Uint8Array) => [payload, announcing([edKey(SEED)]), announcing([edKey(SEED)])],
    ],
  ])("ends the connection when it is told %s", async (_, at, sent) => {
    const { connecting, who } = play({
      lines: [line(edKey(SEED))],
      server: { outgoing: (payload) => (payload[0] === at ? sent(payload) : [payload]) },
    });
    const end = await connecting.then(
      ({ closed }) => closed,
      (cause: unknown) => cause,
    );
    expect(end).toMatchObject({ code: "protocol" });
    expect(who.store.texts.get("")).toBe(`${line(edKey(SEED))}\n`);
  });
});
