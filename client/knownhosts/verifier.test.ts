import { describe, expect, it } from "vitest";
import { SshError, type SshErrorCode } from "../bytes/errors.ts";
import { Writer } from "../bytes/wire.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { randomart } from "../keys/randomart.ts";
import { HostKeyChangedError } from "./changed.ts";
import type { HostKeyQuestion, Verdict } from "./claim.ts";
import { formatEntry } from "./file.ts";
import { knowing, MemoryStore, rowOf } from "./memory-store.ts";
import { mine, NOW, other, play, RELAY } from "./scripted-verification.ts";

const failure = (code: SshErrorCode): unknown => expect.objectContaining({ name: "SshError", code });

describe("a known key", () => {
  it("is accepted in silence, and its last date is set", async () => {
    const store = knowing("", formatEntry("db1.example.net", mine));
    const key = { scope: "", name: "db1.example.net", keySha256: fingerprint(mine) };
    store.sightings.set(rowOf(key), { firstSeen: 5, lastSeen: 6, source: "imported" });
    const { outcome, questions, notices, trusted } = await play({ store });
    expect([outcome, questions, notices]).toEqual(["accept", [], []]);
    expect(trusted).toEqual([{ kind: "known" }]);
    expect(store.sightings.get(rowOf(key))).toEqual({ firstSeen: 5, lastSeen: NOW, source: "imported", route: RELAY });
  });

  it("is accepted though its date cannot be written", async () => {
    const store = knowing("", formatEntry("db1.example.net", mine));
    store.broken.set("touch", new Error("full"));
    expect((await play({ store })).outcome).toBe("accept");
  });

  it("is accepted while the writing of its date never ends", async () => {
    const store = knowing("", formatEntry("db1.example.net", mine));
    store.touch = () => new Promise(() => {});
    expect((await play({ store })).outcome).toBe("accept");
  });

  it("is found however the host is written", async () => {
    const store = knowing("", formatEntry("db1.example.net", mine));
    expect((await play({ store, claim: { host: "DB1.Example.NET." } })).outcome).toBe("accept");
  });
});

describe("an unknown key", () => {
  it("is asked about with all that there is to compare", async () => {
    const store = knowing("", formatEntry("backup.example.net,[db1.example.net]:22022", mine));
    const { questions } = await play({ store, answer: "reject" });
    expect(questions).toEqual([
      {
        kind: "host-key",
        host: "db1.example.net",
        port: 22,
        keyType: "ED25519",
        bits: 256,
        fingerprint: fingerprint(mine),
        randomart: randomart(mine),
        alsoKeyOf: ["backup.example.net", "[db1.example.net]:22022"],
        alias: undefined,
        pinnedBy: undefined,
        lostSince: undefined,
        certificate: undefined,
        authorities: [],
        otherThanAnswered: false,
        keep: true,
      },
    ]);
  });

  it("names at most eight other hosts, cleaned of what could reorder them", async () => {
    const store = knowing("", ...Array.from({ length: 12 }, (_, i) => formatEntry(`x\u202e${i}`, mine)));
    const [question] = (await play({ store, answer: "reject" })).questions;
    expect(question?.alsoKeyOf).toHaveLength(8);
    expect(question?.alsoKeyOf[0]).toBe("x\ufffd0");
  });

  it("accepted is saved with its date, and not asked about again", async () => {
    const claim = { host: "db1.example.net", port: 2222 };
    const { outcome, store, notices, trusted } = await play({ claim, answer: "accept" });
    expect([outcome, notices]).toEqual(["accept", []]);
    expect(trusted).toEqual([{ kind: "asked", saved: true }]);
    expect(store.texts.get("")).toBe(`${formatEntry("[db1.example.net]:2222", mine)}\n`);
    expect([...store.sightings]).toEqual([
      [
        `|[db1.example.net]:2222|${fingerprint(mine)}`,
        { firstSeen: NOW, lastSeen: NOW, source: "asked", route: RELAY },
      ],
    ]);
    expect((await play({ store, claim })).outcome).toBe("accept");
    expect((await play({ store, claim: { port: 22 }, answer: "reject" })).questions).toHaveLength(1);
  });

  it.each(["accept-once", "reject"] as const)("with the answer %s leaves nothing behind", async (answer) => {
    const { outcome, store, trusted } = await play({ answer });
    expect(outcome).toBe(answer);
    expect(trusted).toEqual(answer === "reject" ? [] : [{ kind: "asked", saved: false }]);
    expect([store.texts.size, store.sightings.size]).toEqual([0, 0]);
  });

  it.each([undefined, "yes", true, {}])("with the nonsense answer %s is rejected", async (nonsense) => {
    const { outcome, store } = await play({ answer: async () => nonsense as Verdict });
    expect([outcome, store.texts.size]).toEqual(["reject", 0]);
  });

  it("that cannot be saved is trusted once, and that is said", async () => {
    const store = new MemoryStore();
    store.broken.set("edit", new Error("full"));
    const { outcome, notices, trusted } = await play({ store, claim: { port: 2222 }, answer: "accept" });
    expect(outcome).toBe("accept-once");
    expect(trusted).toEqual([{ kind: "asked", saved: false }]);
    expect(notices).toEqual([
      "The key of db1.example.net:2222 could not be saved. It is trusted for this connection only.",
    ]);
  });

  it("is not accepted when its question fails", async () => {
    const { outcome } = await play({ answer: () => Promise.reject(new SshError("lost", "gone")) });
    expect(outcome).toEqual(failure("lost"));
  });

  it.each(["accept", "accept-once"] as const)(
    "is refused after %s when another tab saved another key meanwhile",
    async (verdict) => {
      const store = new MemoryStore();
      const answer = async (): Promise<Verdict> => {
        store.texts.set("", formatEntry("db1.example.net", other));
        return verdict;
      };
      expect((await play({ store, answer })).outcome).toBeInstanceOf(HostKeyChangedError);
      expect(store.texts.get("")).toBe(formatEntry("db1.example.net", other));
    },
  );

  it("is refused when it was revoked while the question was open", async () => {
    const store = new MemoryStore();
    const answer = async (): Promise<Verdict> => {
      store.texts.set("", `@revoked * ${formatEntry("", mine).trim()}`);
      return "accept";
    };
    expect((await play({ store, answer })).outcome).toEqual(failure("host-key-revoked"));
  });
});

describe("a changed key", () => {
  it("is an error with both keys and their dates, and nobody is asked", async () => {
    const rsa = new Writer().text("ssh-rsa").string(Uint8Array.of(3)).string(new Uint8Array(128).fill(9)).done();
    const known = [formatEntry("[db1.example.net]:2222", other), formatEntry("[db1.example.net]:2222,x", rsa)];
    const store = knowing("", ...known, ...known);
    const key = { scope: "", name: "[db1.example.net]:2222", keySha256: fingerprint(other) };
    store.sightings.set(rowOf(key), { firstSeen: 5, lastSeen: 6, source: "imported" });
    const { outcome, questions, trusted } = await play({ store, claim: { port: 2222 } });
    expect(trusted).toEqual([]);
    expect(outcome).toBeInstanceOf(HostKeyChangedError);
    expect(outcome).toMatchObject({
      code: "host-key-changed",
      message: expect.stringMatching(/^The key of db1\.example\.net:2222 changed\./) as string,
      changed: {
        host: "db1.example.net",
        port: 2222,
        scope: "",
        known: [
          {
            kind: "key",
            keyType: "ED25519",
            fingerprint: fingerprint(other),
            firstSeen: 5,
            lastSeen: 6,
            source: "imported",
          },
          { kind: "key", keyType: "RSA", fingerprint: fingerprint(rsa), firstSeen: undefined, lastSeen: undefined },
        ],
        shown: { keyType: "ED25519", fingerprint: fingerprint(mine) },
      },
    });
    expect(questions).toEqual([]);
  });

  it("is one also where only another type of key is known", async () => {
    const dss = new Writer().text("ssh-dss").string(Uint8Array.of(1)).done();
    const { outcome } = await play({ store: knowing("", formatEntry("db1.example.net", dss)) });
    expect(outcome).toMatchObject({ code: "host-key-changed", changed: { known: [{ keyType: "DSA" }] } });
  });

  it("is told though no date can be read", async () => {
    const store = knowing("", formatEntry("db1.example.net", other));
    store.broken.set("sighting", new Error("broken"));
    expect((await play({ store })).outcome).toMatchObject({ changed: { known: [{ firstSeen: undefined }] } });
  });

  it("leaves the store as it was", async () => {
    const store = knowing("", formatEntry("db1.example.net", other));
    await play({ store, answer: "accept" });
    expect(store.texts.get("")).toBe(`${formatEntry("db1.example.net", other)}\n`);
    expect(store.sightings.size).toBe(0);
  });
});

it("a revoked key is refused, also one that is known", async () => {
  const lines = [formatEntry("db1.example.net", mine), `@revoked *.example.net ${formatEntry("", mine).trim()}`];
  const { outcome, questions } = await play({ store: knowing("", ...lines), answer: "accept" });
  expect([outcome, questions]).toEqual([failure("host-key-revoked"), []]);
});

describe("a name that only the relay can resolve", () => {
  const claim = { host: "db1", route: RELAY };

  it("is saved for that relay, and unknown through another one", async () => {
    const { store } = await play({ claim, answer: "accept" });
    expect([...store.texts]).toEqual([[RELAY, `${formatEntry("db1", mine)}\n`]]);
    expect((await play({ store, claim })).outcome).toBe("accept");
    const elsewhere = { ...claim, route: "https://other.example.net" };
    expect((await play({ store, claim: elsewhere, answer: "reject" })).questions).toHaveLength(1);
  });

  it("is not known by the global text, which cannot make it changed either", async () => {
    for (const key of [mine, other]) {
      const { outcome, questions } = await play({ store: knowing("", formatEntry("*", key)), claim, answer: "reject" });
      expect([outcome, questions.length]).toEqual(["reject", 1]);
    }
  });

  it("with a key that is revoked in the global text is refused", async () => {
    const store = knowing("", `@revoked * ${formatEntry("", mine).trim()}`);
    store.texts.set(RELAY, formatEntry("db1", mine));
    expect((await play({ store, claim })).outcome).toEqual(failure("host-key-revoked"));
  });

  it("that changed says which relay's text knows it", async () => {
    const { outcome } = await play({ store: knowing(RELAY, formatEntry("db1", other)), claim });
    expect(outcome).toMatchObject({ changed: { scope: RELAY } });
  });

  it("is the only kind for which a relay's text counts", async () => {
    const store = knowing(RELAY, formatEntry("db1.example.net", mine));
    expect((await play({ store, answer: "reject" })).questions).toHaveLength(1);
  });
});

it("an alias stands for host and port together, and the question names what was asked for", async () => {
  const claim = { alias: "Cluster", port: 2222 };
  const { store, questions } = await play({ claim, answer: "accept" });
  expect(store.texts.get("")).toBe(`${formatEntry("cluster", mine)}\n`);
  expect(questions[0]).toMatchObject({ host: "db1.example.net", port: 2222, alias: "cluster" });
  expect((await play({ store, claim: { alias: "cluster", host: "db2.example.net" } })).outcome).toBe("accept");
});

describe("what fails on the way refuses the key", () => {
  it("a store that cannot be read", async () => {
    const store = knowing("", formatEntry("db1.example.net", mine));
    store.broken.set("read", new Error("locked"));
    const { outcome, questions } = await play({ store, answer: "accept" });
    expect([outcome, questions]).toEqual([failure("trust-store"), []]);
  });

  it("a store that cannot be read any more once the person has answered", async () => {
    const store = new MemoryStore();
    const answer = async (): Promise<Verdict> => {
      store.broken.set("read", new SshError("trust-store", "gone"));
      return "accept-once";
    };
    expect((await play({ store, answer })).outcome).toEqual(failure("trust-store"));
  });

  it.each([
    [{ host: "a*" }, "internal"],
    [{ host: "" }, "internal"],
    [{ alias: "x,y" }, "internal"],
    [{ route: "" }, "internal"],
    [{ keyBlob: new Uint8Array(3) }, "key-format"],
  ] as const)("a claim of %j", async (claim, code) => {
    const { outcome, questions, store } = await play({ claim, answer: "accept" });
    expect([outcome, questions, store.texts.size]).toEqual([failure(code), [], 0]);
  });
});

describe("a connection that dies", () => {
  it("before the question is asked reads nothing", async () => {
    const { outcome, store } = await play({ signal: AbortSignal.abort(), answer: "accept" });
    expect([outcome, store.reads]).toEqual([failure("aborted"), 0]);
  });

  it("while the known hosts are read asks nobody", async () => {
    const controller = new AbortController();
    const store = new MemoryStore();
    store.read = async () => {
      controller.abort();
      return "";
    };
    const { outcome, questions } = await play({ store, signal: controller.signal, answer: "accept" });
    await new Promise(setImmediate);
    expect([outcome, questions]).toEqual([failure("aborted"), []]);
  });

  it("while its key is saved unasked is not told to be trusted", async () => {
    const controller = new AbortController();
    const store = new MemoryStore();
    const { edit } = store;
    store.edit = async (...given) => {
      controller.abort();
      await edit.apply(store, given);
    };
    const { outcome, trusted } = await play({ store, signal: controller.signal, choices: { mode: "accept-new" } });
    await new Promise(setImmediate);
    expect([outcome, trusted]).toEqual([failure("aborted"), []]);
  });

  it("ends the wait for a person who never answers", async () => {
    const controller = new AbortController();
    const answer = (): Promise<Verdict> => {
      queueMicrotask(() => controller.abort());
      return new Promise(() => {});
    };
    expect((await play({ answer, signal: controller.signal })).outcome).toEqual(failure("aborted"));
  });

  it("ends the wait for a store that never answers", async () => {
    const controller = new AbortController();
    const store = new MemoryStore();
    store.read = () => {
      queueMicrotask(() => controller.abort(new SshError("lost", "The connection was lost.")));
      return new Promise(() => {});
    };
    expect((await play({ store, signal: controller.signal })).outcome).toEqual(failure("lost"));
  });

  it("while the person says yes saves nothing", async () => {
    const controller = new AbortController();
    const answer = async (): Promise<Verdict> => {
      controller.abort();
      return "accept";
    };
    const { outcome, store } = await play({ answer, signal: controller.signal });
    await new Promise(setImmediate);
    expect([outcome, store.texts.size]).toEqual([failure("aborted"), 0]);
  });

  it("tells the question so", async () => {
    const controller = new AbortController();
    const answer = (_: HostKeyQuestion, heard: AbortSignal): Promise<Verdict> => {
      controller.abort();
      expect(heard.aborted).toBe(true);
      return Promise.resolve("reject");
    };
    await play({ answer, signal: controller.signal });
    expect.assertions(1);
  });
});
