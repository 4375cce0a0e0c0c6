// A server tells of its host keys after the login (security.md 7.6; OpenSSH PROTOCOL 2.5).

import { describe, expect, it } from "vitest";
import { Writer } from "../bytes/wire.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { certificateOf, edKey } from "../keys/scripted-certificate.ts";
import type { HostKeyClaim, TrustChoices, Verdict } from "./claim.ts";
import { formatEntry } from "./file.ts";
import { knowing, MemoryStore, rowOf } from "./memory-store.ts";
import { keyOf, mine, NOW, play, RELAY } from "./scripted-verification.ts";

const HOST = "db1.example.net";
const [fresh, gone, later] = [keyOf(5), keyOf(6), keyOf(7)];
const odd = new Writer().text("ssh-mldsa65").string(new Uint8Array(64)).done();
const short = new Writer().text("ssh-rsa").string(Uint8Array.of(3)).string(new Uint8Array(129).fill(0xff, 1)).done();
const line = (key: Uint8Array, hosts = HOST) => formatEntry(hosts, key);
const marked = (marker: string, key: Uint8Array, hosts = "*") => `@${marker} ${line(key, hosts)}`;
const hashed = (key: Uint8Array) => line(key, "|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68=");

interface Scene {
  readonly lines?: readonly string[];
  readonly store?: MemoryStore;
  readonly claim?: Partial<HostKeyClaim>;
  readonly choices?: Partial<TrustChoices>;
  readonly answer?: Verdict;
  readonly announced?: readonly Uint8Array[];
  /** After the key was trusted. */
  readonly meanwhile?: (store: MemoryStore) => void;
  readonly prove?: (keys: readonly Uint8Array[], store: MemoryStore) => Promise<readonly Uint8Array[]>;
}

async function tell({
  lines = [line(mine)],
  announced = [mine, fresh],
  prove = async (keys) => keys,
  ...scene
}: Scene) {
  const store = scene.store ?? knowing("", ...lines);
  const { store: _, meanwhile, ...rest } = scene;
  const { verifier, notices, outcome } = await play({ ...rest, store });
  const noticed = notices.length;
  meanwhile?.(store);
  const before = store.texts.get("") ?? "";
  const wanted: (readonly Uint8Array[])[] = [];
  await verifier.announced(announced, (keys) => {
    wanted.push(keys);
    return prove(keys, store);
  });
  const text = store.texts.get("") ?? "";
  return { outcome, store, text, changed: text !== before, wanted, notices: notices.slice(noticed) };
}

describe("what a server tells of its keys", () => {
  it("is learned once proved, with its date and a word to the person", async () => {
    const { text, wanted, store, notices } = await tell({});
    expect(wanted).toEqual([[fresh]]);
    expect(text).toBe(`${line(mine)}\n${line(fresh)}\n`);
    expect(store.sightings.get(rowOf({ scope: "", name: HOST, keySha256: fingerprint(fresh) }))).toEqual({
      ...{ firstSeen: NOW, lastSeen: NOW, source: "rotation", route: RELAY },
    });
    expect(notices).toEqual([
      `${HOST}:22 told which host keys it has: saved ED25519 ${fingerprint(fresh).slice(0, 19)}…`,
    ]);
  });

  it("is all proved in one request, and dropped what is gone in the same edit", async () => {
    const { text, wanted, notices } = await tell({
      lines: ["# mine", `${line(gone)} old`, line(mine)],
      announced: [fresh, mine, later],
    });
    expect(wanted).toEqual([[fresh, later]]);
    expect(text).toBe(`# mine\n${line(mine)}\n${line(fresh)}\n${line(later)}\n`);
    expect(notices).toEqual([
      expect.stringMatching(/saved ED25519 SHA256:.*, ED25519 SHA256:.*; removed ED25519 SHA256:/),
    ]);
  });

  it("needs no proof where keys only vanished", async () => {
    const { text, wanted, notices } = await tell({ lines: [line(mine), line(gone)], announced: [mine] });
    expect([text, wanted]).toEqual([`${line(mine)}\n`, []]);
    expect(notices).toEqual([expect.stringContaining(`: removed ED25519 ${fingerprint(gone).slice(0, 19)}`)]);
  });

  it("is learned under a port, an alias, a relay's scope, and a hashed name", async () => {
    const ported = await tell({ lines: [line(mine, `[${HOST}]:2222`)], claim: { port: 2222 } });
    expect(ported.text).toContain(line(fresh, `[${HOST}]:2222`));
    const aliased = await tell({ lines: [line(mine, "cluster")], claim: { alias: "cluster", port: 2222 } });
    expect(aliased.text).toContain(line(fresh, "cluster"));
    const scoped = knowing(RELAY, line(mine, "db1"));
    await tell({ store: scoped, claim: { host: "db1" } });
    expect([scoped.texts.get(RELAY), scoped.texts.get("")]).toEqual([
      `${line(mine, "db1")}\n${line(fresh, "db1")}\n`,
      undefined,
    ]);
    const host = "sisyphus.example.com";
    const hidden = await tell({ lines: [hashed(mine), hashed(gone)], claim: { host } });
    expect(hidden.text).toBe(`${hashed(mine)}\n${line(fresh, host)}\n`);
  });

  it("is learned from a host that was accepted and saved in this connection", async () => {
    const asked = await tell({ lines: [], answer: "accept" });
    expect(asked.text).toContain(line(fresh));
    const unasked = await tell({ lines: [], choices: { mode: "accept-new" } });
    expect(unasked.text).toContain(line(fresh));
  });

  it("says at most eight keys of each sort", async () => {
    const many = Array.from({ length: 12 }, (_, i) => keyOf(20 + i));
    const { notices } = await tell({ announced: [mine, ...many] });
    expect(notices[0]?.match(/SHA256/g)).toHaveLength(8);
    expect(notices[0]).toContain(", 4 more");
  });

  it.each<readonly [string, Scene]>([
    ["the connection's own key is not among them", { announced: [fresh] }],
    ["there are none", { announced: [] }],
    ["there are too many", { announced: [mine, ...Array.from({ length: 32 }, (_, i) => keyOf(20 + i))] }],
    ["the host is known by a wildcard", { lines: [line(mine, "*.example.net")] }],
    ["the host is known by a wildcard, too", { lines: [line(mine), line(mine, "db?.example.net")] }],
    ["the host is known in a line with others", { lines: [line(mine, `${HOST},192.0.2.1`)] }],
    ["the host is known by an exception", { lines: [line(mine, `${HOST},!db2`)] }],
    ["another key of the host stands in a line with others", { lines: [line(mine), line(gone, `${HOST},b`)] }],
    ["the person allows only known hosts", { choices: { mode: "strict" } }],
    ["the person trusted it for once", { lines: [], answer: "accept-once" }],
    ["the person did not trust it", { lines: [], answer: "reject" }],
    ["the operator vouched for it", { lines: [], choices: { operator: { origin: RELAY, text: line(mine) } } }],
    [
      "the host came with a certificate",
      {
        lines: [marked("cert-authority", edKey(9)), line(edKey(1))],
        claim: { keyBlob: certificateOf({ key: edKey(1), signer: 9 }) },
        announced: [edKey(1), fresh],
      },
    ],
    [
      "the host came with a certificate by somebody unknown",
      {
        lines: [line(edKey(1))],
        claim: { keyBlob: certificateOf({ key: edKey(1), signer: 9 }) },
        announced: [edKey(1), fresh],
      },
    ],
    ["what is new is revoked", { lines: [line(mine), marked("revoked", fresh)] }],
    [
      "what is new is revoked by the operator",
      { choices: { operator: { origin: RELAY, text: marked("revoked", fresh) } } },
    ],
    [
      "what vanished is of a kind that we cannot see",
      { lines: [line(mine), line(odd), line(short)], announced: [mine] },
    ],
    [
      "what vanished is somebody else's, too",
      { lines: [line(mine), line(gone), line(gone, "web")], announced: [mine] },
    ],
    [
      "what vanished is somebody's with a hidden name",
      { lines: [line(mine), line(gone), hashed(gone)], announced: [mine] },
    ],
    ["one of them is not proved", { announced: [mine, fresh, later], prove: async () => [fresh] }],
    ["none of them is proved", { lines: [line(mine), line(gone)], prove: async () => [] }],
    ["another one is proved", { prove: async () => [later] }],
    ["the proof fails", { prove: () => Promise.reject(new Error("lost")) }],
    [
      "the host is forgotten meanwhile",
      {
        prove: async (keys, store) => {
          store.texts.set("", "");
          return keys;
        },
      },
    ],
    [
      "what is new is revoked meanwhile, and known otherwise",
      {
        prove: async (keys, store) => {
          store.texts.set("", `${line(mine)}\n${marked("revoked", fresh)}\n`);
          return keys;
        },
      },
    ],
  ])("changes nothing where %s", async (_, scene) => {
    const { store, text, notices } = await tell(scene);
    expect(text).not.toContain(line(fresh));
    for (const known of scene.lines ?? []) expect(text).toContain(known);
    expect(notices).toEqual([]);
    const sources = [...store.sightings.values()].map(({ source }) => source);
    expect(sources).not.toContain("rotation");
  });

  it.each<readonly [string, Scene]>([
    ["was trusted for once", { lines: [], answer: "accept-once" }],
    ["was vouched for", { lines: [], choices: { operator: { origin: RELAY, text: line(mine) } } }],
  ])("changes nothing where the key %s, though another tab saves it", async (_, scene) => {
    const { text, wanted } = await tell({ ...scene, meanwhile: ({ texts }) => texts.set("", line(mine)) });
    expect([text, wanted]).toEqual([line(mine), []]);
  });

  it("changes nothing where all of them are known", async () => {
    const { changed, wanted, notices } = await tell({ lines: [line(mine), line(fresh)] });
    expect([changed, wanted, notices]).toEqual([false, [], []]);
  });

  it("leaves out one that is revoked, and learns the others", async () => {
    const { text, wanted } = await tell({
      lines: [line(mine), marked("revoked", fresh)],
      announced: [mine, fresh, later],
    });
    expect(wanted).toEqual([[later]]);
    expect([text.includes(line(later)), text.includes(`\n${line(fresh)}`)]).toEqual([true, false]);
  });

  it("leaves out one that is revoked everywhere, for a relay's host", async () => {
    const store = knowing(RELAY, line(mine, "db1"));
    store.texts.set("", marked("revoked", fresh));
    const { wanted } = await tell({ store, claim: { host: "db1" } });
    expect([wanted, store.texts.get(RELAY)]).toEqual([[], `${line(mine, "db1")}\n`]);
  });

  it("learns nothing without proof that another tab forgot while it was proved", async () => {
    const { text, notices } = await tell({
      lines: [line(mine), line(later)],
      announced: [mine, fresh, later],
      prove: async (keys, store) => {
        store.texts.set("", line(mine));
        return keys;
      },
    });
    expect([text, notices]).toEqual([line(mine), []]);
  });

  it("is judged on the text as it is when it is written", async () => {
    const store = knowing("", line(mine));
    const { edit } = store;
    store.edit = (...given) => {
      store.texts.set("", `${line(mine, `${HOST},alias`)}\n`);
      return edit.apply(store, given);
    };
    const { text, notices } = await tell({ store });
    expect([text, notices]).toEqual([`${line(mine, `${HOST},alias`)}\n`, []]);
  });

  it.each(["read", "edit"])("is not learned by a store that cannot %s, and nothing is said", async (method) => {
    const store = knowing("", line(mine));
    const { text, notices } = await tell({
      store,
      prove: async (keys) => {
        store.broken.set(method, new Error("full"));
        return keys;
      },
    });
    expect([text, notices]).toEqual([`${line(mine)}\n`, []]);
  });

  it("before anything is verified is nothing", async () => {
    const store = new MemoryStore();
    store.broken.set("read", new Error("locked"));
    const { wanted } = await tell({ store, answer: "accept" });
    expect(wanted).toEqual([]);
  });
});
