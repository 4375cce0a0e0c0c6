// What the person, the link, the page around and the operator have to say, on the way through the verifier.

import { describe, expect, it } from "vitest";
import type { SshError, SshErrorCode } from "../bytes/errors.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { certificateOf, edKey } from "../keys/scripted-certificate.ts";
import { HostKeyChangedError } from "./changed.ts";
import type { TrustChoices, Verdict } from "./claim.ts";
import { formatEntry, TEXT_LIMIT } from "./file.ts";
import { KnownTexts } from "./known-texts.ts";
import { knowing, MemoryStore } from "./memory-store.ts";
import { mine, NOW, other, play, RELAY } from "./scripted-verification.ts";

const HOST = "db1.example.net";
const ORIGIN = "https://ssh.example.net";
const failure = (code: SshErrorCode): unknown => expect.objectContaining({ name: "SshError", code });
const messageOf = (outcome: unknown): string => (outcome as SshError).message;
const operator = (...lines: readonly string[]): Partial<TrustChoices> => ({
  operator: { origin: ORIGIN, text: lines.join("\n") },
});
const marked = (marker: string, hosts: string, key: Uint8Array) => `@${marker} ${formatEntry(hosts, key)}`;

describe("the operator's file", () => {
  it.each([
    ["the host by name", HOST, {}],
    ["a wildcard", "*.example.net", {}],
    ["the port", `[${HOST}]:2222`, { port: 2222 }],
    ["the alias", "cluster", { alias: "cluster", port: 2222 }],
    ["a name that only a relay can resolve, whatever the relay", "db1", { host: "db1" }],
  ])("that knows the key is enough for this connection: %s", async (_, hosts, claim) => {
    const { outcome, questions, notices, trusted, store } = await play({
      claim,
      choices: operator(formatEntry(hosts, mine)),
    });
    expect([outcome, questions, notices]).toEqual(["accept-once", [], []]);
    expect(trusted).toEqual([{ kind: "vouched", origin: ORIGIN }]);
    expect([store.texts.size, store.sightings.size]).toEqual([0, 0]);
  });

  it("that knows an authority is enough, where the certificate is good", async () => {
    const keyBlob = certificateOf({ key: edKey(1), signer: 9 });
    const ca = operator(marked("cert-authority", "*", edKey(9)));
    expect((await play({ claim: { keyBlob }, choices: ca })).trusted).toEqual([{ kind: "vouched", origin: ORIGIN }]);
    const ended = certificateOf({ key: edKey(1), signer: 9, validBefore: 5n });
    const { outcome, questions } = await play({ claim: { keyBlob: ended }, choices: ca });
    expect([outcome, questions]).toEqual([failure("host-key-certificate"), []]);
  });

  it("does not change the basis of a saved key", async () => {
    const { trusted } = await play({
      store: knowing("", formatEntry(HOST, mine)),
      choices: operator(formatEntry(HOST, mine)),
    });
    expect(trusted).toEqual([{ kind: "known" }]);
  });

  it("overrides no saved and no revoked key", async () => {
    const vouched = operator(formatEntry(HOST, mine));
    const changed = await play({ store: knowing("", formatEntry(HOST, other)), choices: vouched });
    expect(changed.outcome).toBeInstanceOf(HostKeyChangedError);
    const revoked = await play({ store: knowing("", marked("revoked", "*", mine)), choices: vouched });
    expect(revoked.outcome).toEqual(failure("host-key-revoked"));
  });

  it("with another key refuses, and says whose word that is", async () => {
    const { outcome, questions } = await play({
      store: knowing("", formatEntry(HOST, mine)),
      choices: operator(formatEntry(HOST, other)),
      answer: "accept",
    });
    expect([outcome, questions]).toEqual([failure("host-key-pin"), []]);
    expect(messageOf(outcome)).toContain(`${HOST}:22 is another one than ${ORIGIN} vouches for`);
  });

  it("can revoke", async () => {
    const { outcome } = await play({
      store: knowing("", formatEntry(HOST, mine)),
      choices: operator(marked("revoked", "*", mine)),
    });
    expect(outcome).toEqual(failure("host-key-revoked"));
    expect(messageOf(outcome)).toContain(ORIGIN);
  });

  it("that knows nothing of the host changes nothing", async () => {
    const choices = operator(formatEntry("elsewhere", mine), "junk", marked("cert-authority", "*", edKey(9)));
    const { questions } = await play({ choices, answer: "reject" });
    expect(questions).toEqual([expect.objectContaining({ authorities: [fingerprint(edKey(9))], alsoKeyOf: [] })]);
  });

  it("above the limit refuses, and names its origin", async () => {
    const { outcome } = await play({ choices: operator("#".repeat(TEXT_LIMIT + 1)), answer: "accept" });
    expect(outcome).toEqual(failure("trust-store"));
    expect(messageOf(outcome)).toContain(ORIGIN);
  });

  it("counts before the key exchange, for the keys that it wants are the ones to ask for", async () => {
    const { verifier } = await play({
      store: knowing("", marked("cert-authority", "cluster", edKey(9))),
      choices: operator(formatEntry(`${HOST},cluster`, mine)),
      answer: "reject",
    });
    const place = { host: HOST, port: 22, route: RELAY };
    expect(await verifier.knownAlgorithms?.(place)).toEqual({ keyTypes: ["ssh-ed25519"], authorities: false });
    expect(await verifier.knownAlgorithms?.({ ...place, port: 2222 })).toEqual({ keyTypes: [], authorities: false });
    expect(await verifier.knownAlgorithms?.({ ...place, port: 2222, alias: "Cluster" })).toEqual({
      ...{ keyTypes: ["ssh-ed25519"], authorities: true },
    });
  });
});

describe("pins", () => {
  it("that match are shown, and the person is asked all the same", async () => {
    const pins = [{ source: "link", fingerprint: fingerprint(mine) }] as const;
    const { questions } = await play({ choices: { pins }, answer: "reject" });
    expect(questions).toEqual([expect.objectContaining({ pinnedBy: "link" })]);
  });

  it("that do not match refuse without a question", async () => {
    const pins = [{ source: "embedder", fingerprint: fingerprint(other) }] as const;
    const { outcome, questions, trusted } = await play({ choices: { pins }, answer: "accept" });
    expect([outcome, questions, trusted]).toEqual([failure("host-key-pin"), [], []]);
  });

  it("are compared with the plain key of a certificate", async () => {
    const keyBlob = certificateOf({ key: edKey(1), signer: 9 });
    const store = () => knowing("", marked("cert-authority", "*", edKey(9)));
    const pin = (blob: Uint8Array) => ({ pins: [{ source: "link" as const, fingerprint: fingerprint(blob) }] });
    expect((await play({ store: store(), claim: { keyBlob }, choices: pin(edKey(1)) })).outcome).toBe("accept");
    expect((await play({ store: store(), claim: { keyBlob }, choices: pin(keyBlob) })).outcome).toEqual(
      failure("host-key-pin"),
    );
  });
});

describe("modes", () => {
  it("strict refuses an unknown host by name", async () => {
    const { outcome, questions } = await play({ choices: { mode: "strict" }, answer: "accept" });
    expect([outcome, questions]).toEqual([failure("host-key-unknown"), []]);
  });

  it("accept-new saves, and says which key", async () => {
    const { outcome, questions, notices, trusted, store } = await play({ choices: { mode: "accept-new" } });
    expect([outcome, questions]).toEqual(["accept", []]);
    expect(trusted).toEqual([{ kind: "new", saved: true }]);
    expect(notices).toEqual([`${HOST}:22 was not known. Its key ED25519 ${fingerprint(mine)} was saved.`]);
    expect(store.texts.get("")).toBe(`${formatEntry(HOST, mine)}\n`);
    expect([...store.sightings.values()]).toEqual([
      { firstSeen: NOW, lastSeen: NOW, source: "accept-new", route: RELAY },
    ]);
  });

  it("accept-new that cannot save says so", async () => {
    const store = new MemoryStore();
    store.broken.set("edit", new Error("full"));
    const { outcome, notices, trusted } = await play({ store, choices: { mode: "accept-new" } });
    expect([outcome, trusted]).toEqual(["accept-once", [{ kind: "new", saved: false }]]);
    expect(notices).toEqual([expect.stringMatching(/could not be saved. It is trusted for this connection only\.$/)]);
  });

  it("accept-new asks where the known hosts were lost, for any host may have been one of them", async () => {
    const { questions } = await play({ choices: { mode: "accept-new", lostSince: 7 }, answer: "reject" });
    expect(questions).toEqual([expect.objectContaining({ lostSince: 7 })]);
  });
});

describe("an earlier answer", () => {
  const earlier = (verdict: "accept" | "accept-once" | "replace", key = mine): Partial<TrustChoices> => ({
    earlier: { fingerprint: fingerprint(key), verdict },
  });

  it("is used for the same key", async () => {
    const { outcome, questions, trusted, store } = await play({ choices: earlier("accept") });
    expect([outcome, questions, trusted]).toEqual(["accept", [], [{ kind: "asked", saved: true }]]);
    expect(store.texts.get("")).toBe(`${formatEntry(HOST, mine)}\n`);
    const once = await play({ choices: earlier("accept-once") });
    expect([once.outcome, once.trusted, once.store.texts.size]).toEqual([
      "accept-once",
      [{ kind: "asked", saved: false }],
      0,
    ]);
  });

  it("is not used for another, and the question says so", async () => {
    const { questions } = await play({ choices: earlier("accept", other), answer: "reject" });
    expect(questions).toEqual([expect.objectContaining({ otherThanAnswered: true })]);
  });

  it("replaces the saved keys in one edit", async () => {
    const store = knowing("", formatEntry(`${HOST},b`, other), formatEntry("*", other));
    let edits = 0;
    const { edit } = store;
    store.edit = (...given) => {
      edits++;
      return edit.apply(store, given);
    };
    const { outcome, trusted } = await play({ store, choices: earlier("replace") });
    expect([outcome, trusted, edits]).toEqual(["accept", [{ kind: "asked", saved: true }], 1]);
    expect(store.texts.get("")).toBe(
      `${formatEntry("b", other)}\n${formatEntry(`*,!${HOST}`, other)}\n${formatEntry(HOST, mine)}\n`,
    );
    expect((await play({ store })).trusted).toEqual([{ kind: "known" }]);
  });

  it("that replaces counts for its own key only", async () => {
    const store = knowing("", formatEntry(HOST, edKey(7)));
    const { outcome } = await play({ store, choices: earlier("replace", other) });
    expect(outcome).toBeInstanceOf(HostKeyChangedError);
  });

  it("that replaces is for this connection only where it cannot be written", async () => {
    const store = knowing("", formatEntry(HOST, other));
    store.broken.set("edit", new Error("full"));
    const { outcome, notices, trusted } = await play({ store, choices: earlier("replace") });
    expect([outcome, trusted, notices.length]).toEqual(["accept-once", [{ kind: "asked", saved: false }], 1]);
  });

  it.each(["accept", "accept-once"] as const)("of %s passes no changed key", async (verdict) => {
    const { outcome } = await play({ store: knowing("", formatEntry(HOST, other)), choices: earlier(verdict) });
    expect(outcome).toBeInstanceOf(HostKeyChangedError);
  });
});

describe("between the last look and the saving", () => {
  const racing = (line: string, before: readonly string[] = []) => {
    const store = before.length === 0 ? new MemoryStore() : knowing("", ...before);
    const { edit } = store;
    store.edit = (...given) => {
      store.texts.set("", `${store.texts.get("") ?? ""}${line}\n`);
      return edit.apply(store, given);
    };
    return store;
  };

  it("another key saved by another tab is a changed host, and stays", async () => {
    const store = racing(formatEntry(HOST, other));
    const { outcome, trusted } = await play({ store, answer: "accept" });
    expect([outcome, trusted]).toEqual([expect.any(HostKeyChangedError), []]);
    expect(store.texts.get("")).toBe(`${formatEntry(HOST, other)}\n`);
  });

  it("a revocation by another tab refuses, also what would replace", async () => {
    const line = marked("revoked", "*", mine);
    expect((await play({ store: racing(line), answer: "accept" })).outcome).toEqual(failure("host-key-revoked"));
    const choices = { earlier: { fingerprint: fingerprint(mine), verdict: "replace" as const } };
    const store = racing(line, [formatEntry(HOST, other)]);
    expect((await play({ store, choices })).outcome).toEqual(failure("host-key-revoked"));
    expect(store.texts.get("")).toContain(formatEntry(HOST, other));
  });

  it("the same key saved by another tab is saved once", async () => {
    const store = racing(formatEntry(`${HOST},b`, mine));
    const { trusted } = await play({ store, answer: "accept" });
    expect(trusted).toEqual([{ kind: "asked", saved: true }]);
    expect(store.texts.get("")).toBe(`${formatEntry(`${HOST},b`, mine)}\n`);
  });
});

describe("a broken part trusts nothing", () => {
  it.each<readonly [string, (store: MemoryStore) => void]>([
    ["a store that reads nothing at all", (store) => Object.assign(store, { read: async () => undefined })],
    ["a store that reads an object", (store) => Object.assign(store, { read: async () => ({}) })],
    [
      "a store that throws at once",
      (store) =>
        Object.assign(store, {
          read: () => {
            throw new Error("broken");
          },
        }),
    ],
  ])("%s", async (_, breakIt) => {
    const store = knowing("", formatEntry(HOST, mine));
    breakIt(store);
    const { outcome, trusted } = await play({ store, answer: "accept" });
    expect([outcome, trusted]).toEqual([failure("trust-store"), []]);
  });

  it("a store that never makes the change has not saved", async () => {
    const store = new MemoryStore();
    store.edit = async () => {};
    const { outcome, trusted } = await play({ store, answer: "accept" });
    expect([outcome, trusted]).toEqual(["accept-once", [{ kind: "asked", saved: false }]]);
  });

  it("a question that throws at once", async () => {
    const ask = (): Promise<Verdict> => {
      throw new Error("broken");
    };
    const { outcome, trusted } = await play({ answer: ask });
    expect([outcome, trusted]).toEqual([expect.any(Error), []]);
  });

  it("a date that cannot be written in any way does not matter", async () => {
    const store = knowing("", formatEntry(HOST, mine));
    store.touch = () => {
      throw new Error("broken");
    };
    expect((await play({ store })).outcome).toBe("accept");
  });
});

it("a text is taken apart once for a connection, unless it changed", async () => {
  const store = knowing("", formatEntry(HOST, mine));
  store.texts.set(RELAY, "# db1\n");
  const texts = new KnownTexts(store, { origin: ORIGIN, text: formatEntry("db1", other) });
  const place = { host: "db1", port: 22, route: RELAY };
  const first = await texts.read(place);
  const second = await texts.read(place);
  expect([second.own === first.own, second.everywhere === first.everywhere]).toEqual([true, true]);
  expect(second.operator?.hosts).toBe(first.operator?.hosts);
  store.texts.set(RELAY, formatEntry("db1", mine));
  expect((await texts.read(place)).own.about("db1")).toHaveLength(1);
});
