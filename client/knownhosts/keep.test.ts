// Inside somebody else's page: nothing is read from this browser's known hosts, and nothing is saved there.

import { describe, expect, it } from "vitest";
import { fingerprint } from "../keys/fingerprint.ts";
import type { EarlierAnswer, TrustChoices, Verdict } from "./claim.ts";
import { formatEntry } from "./file.ts";
import { MemoryStore } from "./memory-store.ts";
import { mine, other, play, RELAY } from "./scripted-verification.ts";

/** Knows the host by another key, so that whoever looks finds it changed; and nobody may even look. */
class ForbiddenStore extends MemoryStore {
  readonly calls: string[] = [];

  constructor() {
    super();
    this.texts.set("", `${formatEntry("db1.example.net", other)}\n`);
    const forbidden = ["read", "edit", "sighting", "touch"] as const;
    for (const name of forbidden) {
      this[name] = () => {
        this.calls.push(name);
        throw new Error(`the store was asked to ${name}`);
      };
    }
  }
}

const earlier = (key: Uint8Array, verdict: EarlierAnswer["verdict"]): EarlierAnswer => ({
  fingerprint: fingerprint(key),
  verdict,
});
const operator = (...keys: Uint8Array[]) => ({
  origin: "https://ops.example",
  text: keys.map((key) => formatEntry("db1.example.net", key)).join("\n"),
});
const pin = (key: Uint8Array) => [{ source: "embedder", fingerprint: fingerprint(key) }] as const;

interface Case {
  readonly name: string;
  readonly choices?: Partial<TrustChoices>;
  readonly answer?: Verdict;
  readonly outcome: unknown;
  readonly asked: boolean;
}
const CASES: readonly Case[] = [
  { name: "trusted for good is trusted once", answer: "accept", outcome: "accept-once", asked: true },
  { name: "trusted once", answer: "accept-once", outcome: "accept-once", asked: true },
  { name: "not trusted", answer: "reject", outcome: "reject", asked: true },
  {
    name: "that was trusted a moment ago is silent",
    choices: { earlier: earlier(mine, "accept-once") },
    outcome: "accept-once",
    asked: false,
  },
  {
    name: "that was trusted for good is silent, and not saved",
    choices: { earlier: earlier(mine, "accept") },
    outcome: "accept-once",
    asked: false,
  },
  {
    name: "that was to replace another is silent, and replaces nothing",
    choices: { earlier: earlier(mine, "replace") },
    outcome: "accept-once",
    asked: false,
  },
  {
    name: "other than the one trusted a moment ago is asked about",
    choices: { earlier: earlier(other, "accept-once") },
    answer: "reject",
    outcome: "reject",
    asked: true,
  },
  {
    name: "is asked about also where new hosts are accepted: every host is new here",
    choices: { mode: "accept-new" },
    answer: "accept-once",
    outcome: "accept-once",
    asked: true,
  },
  {
    name: "is refused where only known hosts are wanted",
    choices: { mode: "strict" },
    outcome: expect.objectContaining({ code: "host-key-unknown" }),
    asked: false,
  },
  {
    name: "that the operator vouches for is silent",
    choices: { operator: operator(mine) },
    outcome: "accept-once",
    asked: false,
  },
  {
    name: "other than the operator's is refused",
    choices: { operator: operator(other), earlier: earlier(mine, "accept-once") },
    outcome: expect.objectContaining({ code: "host-key-pin" }),
    asked: false,
  },
  {
    name: "other than the page around expects is refused",
    choices: { pins: pin(other), earlier: earlier(mine, "accept-once") },
    outcome: expect.objectContaining({ code: "host-key-pin" }),
    asked: false,
  },
  {
    name: "that the page around expects is still asked about",
    choices: { pins: pin(mine) },
    answer: "accept-once",
    outcome: "accept-once",
    asked: true,
  },
];

describe("without a memory, a key", () => {
  it.each(CASES)("$name", async ({ choices = {}, answer, outcome, asked }) => {
    const store = new ForbiddenStore();
    const scene = { store, choices: { ...choices, keep: false }, ...(answer && { answer }) };
    const { outcome: came, questions, notices, trusted, verifier } = await play(scene);
    expect(came).toEqual(outcome);
    expect(questions).toHaveLength(asked ? 1 : 0);
    for (const question of questions) expect(question).toMatchObject({ keep: false, alsoKeyOf: [] });
    // Nothing is said of a saving that was never tried, and nothing claims to be saved.
    expect(notices).toEqual([]);
    for (const basis of trusted) expect(basis).not.toMatchObject({ saved: true });
    // Whatever the server tells of its other keys is not learned either.
    const proved: unknown[] = [];
    await verifier.announced([mine, other], async (keys) => {
      proved.push(keys);
      return keys;
    });
    expect(proved).toEqual([]);
    expect(store.calls).toEqual([]);
  });

  it("is alarming when it is another one than a moment ago", async () => {
    const choices = { keep: false, earlier: earlier(other, "accept-once") };
    const { questions } = await play({ choices, answer: "reject" });
    expect(questions).toMatchObject([{ otherThanAnswered: true }]);
  });

  it("stays good for every later connection while the frame hands it on", async () => {
    for (let i = 0; i < 3; i++) {
      const { outcome, questions } = await play({ choices: { keep: false, earlier: earlier(mine, "accept-once") } });
      expect([outcome, questions]).toEqual(["accept-once", []]);
    }
  });

  it("does not reorder the algorithms, which would tell what this browser knows", async () => {
    const store = new ForbiddenStore();
    const { verifier } = await play({ store, choices: { keep: false }, answer: "reject" });
    const place = { host: "db1.example.net", port: 22, route: RELAY };
    expect(await verifier.knownAlgorithms?.(place)).toEqual({ keyTypes: [], authorities: false });
    expect(store.calls).toEqual([]);
  });
});

describe("what the store is forbidden to do here", () => {
  it("is what it does elsewhere: with a memory the same host is refused unread", async () => {
    const store = new ForbiddenStore();
    const { outcome } = await play({ store, choices: { keep: true }, answer: "accept" });
    expect(outcome).toMatchObject({ code: "trust-store" });
    expect(store.calls).toContain("read");
  });
});
