// R-HK-1: every call on the way from the server's host key to the login is made to fail, one at a time and in several ways, and
// not a byte of the login leaves unless the key was really proved and really trusted.

import { afterEach, describe, expect, it, vi } from "vitest";
import { answering, nodeRandom } from "../e2e/node-surroundings.ts";
import { manualClock } from "../e2e/scripted/clock.ts";
import { ed25519HostKey } from "../e2e/scripted/exchange.ts";
import { DEFAULT_HOST_KEY, ScriptedServer } from "../e2e/scripted/server.ts";
import { memoryPair } from "./bytes/memory.ts";
import { type HostKeyPlace, NO_CHOICES, type TrustChoices, type Verdict } from "./knownhosts/claim.ts";
import { formatEntry } from "./knownhosts/file.ts";
import { MemoryStore } from "./knownhosts/memory-store.ts";
import { trustingVerifier } from "./knownhosts/verifier.ts";
import { Login } from "./login/login.ts";
import { connect } from "./ssh.ts";

const HOST = "db1.example";
const OTHER_KEY = ed25519HostKey(new Uint8Array(32).fill(9));
const OWN_LINE = formatEntry(HOST, DEFAULT_HOST_KEY.blob);

interface Scene {
  readonly name: string;
  readonly lines?: readonly string[];
  readonly choices?: Partial<TrustChoices>;
  readonly answer?: Verdict;
  readonly honest?: false;
  /** What must have happened, by itself, for the login to be right; undefined where it never is. */
  readonly trustedBy?: "read" | "ask";
}

const SCENES: readonly Scene[] = [
  { name: "an unknown key that the person trusts", trustedBy: "ask" },
  { name: "an unknown key that the person does not trust", answer: "reject" },
  { name: "a known key", lines: [OWN_LINE], trustedBy: "read" },
  { name: "a changed key", lines: [formatEntry(HOST, OTHER_KEY.blob)] },
  { name: "a revoked key", lines: [OWN_LINE, `@revoked * ${OWN_LINE.slice(HOST.length + 1)}`] },
  { name: "a key whose signature is wrong", lines: [OWN_LINE], honest: false },
  { name: "an unknown key where only known ones are wanted", choices: { mode: "strict" } },
  { name: "a key that is not the pinned one", choices: { pins: [{ source: "link", fingerprint: "SHA256:no" }] } },
];

const FAULTS = {
  throws: () => {
    throw new Error("a fault on purpose");
  },
  rejects: () => {
    const rejected = Promise.reject(new Error("a fault on purpose"));
    rejected.catch(() => {}); // whoever calls for nothing but the call does not look at it
    return rejected;
  },
  undefined: () => undefined,
  "a promise of nothing": () => Promise.resolve(undefined),
  "an object that says yes": () => Promise.resolve({ verdict: "accept", kind: "trusted" }),
};
type Fault = keyof typeof FAULTS;

/** Counts the calls that pass, and makes one of them fail. */
class Calls {
  readonly names: string[] = [];
  /** Those that were left alone, and came to an end. */
  readonly genuine = new Set<string>();
  readonly #at: number;
  readonly #fault: Fault;

  constructor(at = -1, fault: Fault = "throws") {
    this.#at = at;
    this.#fault = fault;
  }

  through<A extends unknown[], R>(name: string, work: (...given: A) => R): (...given: A) => R {
    return (...given) => {
      this.names.push(name);
      if (this.names.length - 1 === this.#at) return FAULTS[this.#fault]() as R;
      const result = work(...given);
      void Promise.resolve(result).then(
        () => this.genuine.add(name),
        () => {},
      );
      return result;
    };
  }
}

async function attempt(scene: Scene, calls: Calls) {
  const [ours, theirs] = memoryPair();
  const forged = OTHER_KEY.sign(new Uint8Array(32));
  const peer = new ScriptedServer(theirs, {
    kex: ["curve25519-sha256"],
    ...(scene.honest === false ? { reply: (reply) => ({ ...reply, signature: forged }) } : {}),
  });
  const served = peer.run();
  const memory = new MemoryStore();
  memory.texts.set("", (scene.lines ?? []).map((line) => `${line}\n`).join(""));
  const store = {
    read: calls.through("read", (scope: string) => memory.read(scope)),
    edit: calls.through("edit", memory.edit.bind(memory)),
    sighting: calls.through("sighting", memory.sighting.bind(memory)),
    touch: calls.through("touch", memory.touch.bind(memory)),
  };
  const { subtle } = globalThis.crypto;
  for (const name of ["verify", "importKey", "digest", "sign"] as const) {
    const original = subtle[name].bind(subtle) as (...given: unknown[]) => Promise<unknown>;
    vi.spyOn(subtle, name).mockImplementation(calls.through(`subtle.${name}`, original) as never);
  }
  const verifier = trustingVerifier({
    store,
    choices: { ...NO_CHOICES, ...scene.choices },
    ask: calls.through("ask", async () => scene.answer ?? "accept"),
    now: calls.through("now", () => Date.now()),
    notice: calls.through("notice", () => {}),
    trusted: calls.through("trusted", () => {}),
  });
  const outcome = await connect({
    target: { host: HOST, port: 22 },
    route: "direct",
    user: "alice",
    open: async () => ours,
    hostKeys: {
      knownAlgorithms: calls.through(
        "knownAlgorithms",
        async (place: HostKeyPlace) => await verifier.knownAlgorithms?.(place),
      ) as never,
      verify: calls.through("verify", verifier.verify),
    },
    prompts: answering({ passwords: ["secret"] }),
    random: nodeRandom,
    clock: manualClock(),
    milestone: calls.through("milestone", () => {}),
    facts: calls.through("facts", () => {}),
    log: calls.through("log", () => {}),
  }).catch((error: unknown) => error);
  if (outcome instanceof Error) expect(outcome.name).toBe("SshError");
  else await (outcome as { close(): Promise<void> }).close();
  ours.close(); // where it did not come to opening it
  await served;
  vi.restoreAllMocks();
  const login = peer.received.map(({ number }) => number).filter((number) => number === 5 || number >= 50);
  return { login, outcome };
}

afterEach(() => vi.restoreAllMocks());

describe.each(SCENES)("$name", (scene) => {
  it("leads to a login without faults only where it may", async () => {
    const { login } = await attempt(scene, new Calls());
    expect(login.length > 0).toBe(scene.trustedBy !== undefined);
  });

  it.each(Object.keys(FAULTS) as Fault[])(
    "never leads to a login that it should not, if any call %s",
    async (fault) => {
      const clean = new Calls();
      await attempt(scene, clean);
      expect(clean.names).toContain("knownAlgorithms");
      for (let at = 0; at < clean.names.length; at++) {
        const calls = new Calls(at, fault);
        const { login } = await attempt(scene, calls);
        const right =
          scene.trustedBy !== undefined && calls.genuine.has(scene.trustedBy) && calls.genuine.has("verify");
        if (!right) expect(login, `${clean.names[at]} (call ${at + 1})`).toEqual([]);
      }
    },
  );
});

it("nothing but a key that was proved and trusted makes a login", () => {
  const transport = {
    send: () => Promise.resolve(),
    sessionId: new Uint8Array(32),
    serverSignatureAlgorithms: undefined,
    hostBoundTo: undefined,
    authenticated: () => {},
    signal: new AbortController().signal,
  };
  const lookalike = { blob: DEFAULT_HOST_KEY.blob, isVerified: true };
  for (const forged of [undefined, null, true, "accept", {}, lookalike, Object.create(Login.prototype)])
    expect(() => new Login(forged as never, transport)).toThrow("before the host key was trusted");
});
