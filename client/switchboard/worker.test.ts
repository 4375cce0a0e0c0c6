// The worker's entry with everything behind it, in Node: a page's port, windows' ports, a relay that is only a made-up WebSocket,
// and a scripted SSH server behind that.

import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { DEFAULT_HOST_KEY, ScriptedServer } from "../../e2e/scripted/server.ts";
import { memoryPair } from "../bytes/memory.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { type HostKeyClaim, NO_CHOICES, type TrustChoices } from "../knownhosts/claim.ts";
import { formatEntry } from "../knownhosts/file.ts";
import { knowing, MemoryStore } from "../knownhosts/memory-store.ts";
import { trustingVerifier } from "../knownhosts/verifier.ts";
import { type Attachment, type AttachmentEvents, attachTo } from "./attachment.ts";
import type { FromWorker, PromptAnswer, ToWorker } from "./messages.ts";

const HOST = "db1.example.net";
const connection = "c1";
const GRANT = "eyJhbGciOiJFZERTQSJ9.c2VjcmV0.c2lnbmVk";
const ASK_ONCE: PromptAnswer = { kind: "host-key", verdict: "accept-once" };
const password = (): PromptAnswer => ({ kind: "password", password: new TextEncoder().encode("open sesame") });

/** What the relay was asked, and how often the database was opened. */
const asked: unknown[] = [];
const opens = vi.fn(() => {
  throw new Error("no database here");
});
const closes = vi.fn();
const worker: { onmessage?: (event: { data: unknown; ports: readonly MessagePort[] }) => void } = {};

/** A relay and the server behind it. */
class FakeSocket {
  binaryType = "";
  readonly bufferedAmount = 0;
  onopen?: () => void;
  onmessage?: (event: { data: unknown }) => void;
  onclose?: (event: { code: number }) => void;
  readonly #ours: ByteStream;
  readonly #served: Promise<unknown>;

  constructor() {
    const [ours, theirs] = memoryPair();
    this.#ours = ours;
    const login = { password: "open sesame", banner: "Be kind." };
    this.#served = new ScriptedServer(theirs, { kex: ["curve25519-sha256"], login }).run();
    queueMicrotask(() => this.onopen?.());
  }

  send(data: string | Uint8Array): void {
    if (typeof data === "string") {
      asked.push(JSON.parse(data));
      for (const control of [
        { type: "dialing" },
        { type: "opened", session: "s", instance: "i", window: 0, replay: 0 },
      ])
        this.onmessage?.({ data: JSON.stringify(control) });
      void this.#carry();
    } else void this.#ours.write(data).catch(() => {});
  }

  close(): void {
    this.#ours.close();
    void this.#served.then(() => this.onclose?.({ code: 1000 }));
  }

  async #carry(): Promise<void> {
    for (let chunk = await this.#ours.read(); chunk; chunk = await this.#ours.read())
      this.onmessage?.({ data: chunk.slice().buffer });
    this.onclose?.({ code: 1000 });
  }
}

/** On a machine that has much to do. */
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 4000 });

beforeAll(async () => {
  vi.stubGlobal("self", Object.assign(worker, { close: closes }));
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("indexedDB", { open: opens });
  await import("./worker.ts");
});
// The made-up globals stay: workers leave a moment after the last test, and call theirs.

const left: { close(): void }[] = [];
afterEach(() => {
  for (const each of left.splice(0)) each.close();
  asked.length = 0;
  vi.clearAllMocks();
});

type Heard<Type extends FromWorker["type"]> = Extract<FromWorker, { type: Type }>;

/** A page that connects; `trust` is for a frame unless it says otherwise. */
function connect(trust: Partial<TrustChoices> = {}) {
  const { port1: page, port2 } = new MessageChannel();
  const heard: FromWorker[] = [];
  const post = (message: ToWorker, transfer: MessagePort[] = []) => page.postMessage(message, transfer);
  page.onmessage = ({ data }: MessageEvent<FromWorker>) => heard.push(data);
  left.push(page);
  worker.onmessage?.({ data: "port", ports: [port2] });
  post({
    ...{ type: "connect", connection, view: "v1", legacy: false, language: "en" },
    destination: { host: HOST, port: 22, user: "alice" },
    trust: { ...NO_CHOICES, keep: false, ...trust },
    relay: { url: "wss://relay.example/relay", token: "token", grant: GRANT },
    embedder: "https://learn.example",
    size: { columns: 80, rows: 24, widthPixels: 0, heightPixels: 0 },
  });
  const all = <Type extends FromWorker["type"]>(type: Type) =>
    heard.filter((message): message is Heard<Type> => message.type === type);
  const attach = (): Listener => {
    const { port1, port2: further } = new MessageChannel();
    post({ type: "attach", connection, port: further }, [further]);
    return listen(port1);
  };
  const answer = (prompt: number, given: PromptAnswer) => post({ type: "answer", connection, prompt, answer: given });
  return { page, heard, all, attach, answer, close: () => post({ type: "close", connection }) };
}

const saidOn = (port: MessagePort, type: FromWorker["type"]): Promise<void> =>
  new Promise((resolve) => {
    port.addEventListener("message", ({ data }) => data.type === type && resolve());
  });

interface Listener extends Attachment {
  readonly port: MessagePort;
  readonly heard: unknown[][];
  has(name: string): unknown[][];
  /** The claim of the question that was asked first. */
  claim(): HostKeyClaim;
}

function listen(port: MessagePort): Listener {
  const heard: unknown[][] = [];
  const events = new Proxy({} as AttachmentEvents, {
    get:
      (_, name) =>
      (...details: unknown[]) =>
        void heard.push([name, ...details]),
  });
  const attachment = attachTo(port, events);
  left.push(attachment);
  const has = (name: string) => heard.filter(([event]) => event === name);
  return { ...attachment, port, heard, has, claim: () => has("prompt")[0]?.[3] as HostKeyClaim };
}

/** As the window does: looks the key up in known hosts of its own, and tells the worker only yes or no. */
async function verifiedBy(store: MemoryStore, claim: HostKeyClaim) {
  const questions: unknown[] = [];
  const verifier = trustingVerifier({
    store,
    choices: NO_CHOICES,
    now: Date.now,
    notice: () => {},
    trusted: () => {},
    ask: async (question) => {
      questions.push(question);
      return "accept";
    },
  });
  const outcome = await verifier.verify(claim, new AbortController().signal).catch((error: unknown) => error);
  return { outcome, questions };
}

// First, since the workers of the others leave a moment after them.
it("the worker goes a moment after its connection; a window that comes meanwhile hears of the end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const { page, attach, close } = connect();
    close();
    await saidOn(page, "closed");
    const window = attach();
    await saidOn(window.port, "closed");
    expect(window.heard).toEqual([["closed", undefined, undefined]]);
    expect(closes).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(closes).toHaveBeenCalledOnce();
  } finally {
    vi.useRealTimers();
  }
});

describe("a connection from a frame", () => {
  it("asks the relay with the grant, opens no database, and says the grant nowhere", async () => {
    const { heard, all, answer } = connect();
    await until(() => expect(all("prompt")).toHaveLength(1));
    expect(asked).toEqual([{ type: "open", host: HOST, port: 22, grant: GRANT }]);
    answer(1, { kind: "host-key", verdict: "accept" });
    await until(() => expect(all("prompt")).toHaveLength(2));
    answer(2, password());
    await until(() => expect(all("closed")).toMatchObject([{ exit: { status: 0 }, failure: undefined }]));
    expect(all("trusted")).toMatchObject([{ basis: { kind: "asked", saved: false } }]);
    expect(all("notice")).toEqual([]);
    expect(opens).not.toHaveBeenCalled();
    expect(JSON.stringify(heard)).not.toContain(GRANT);
  });

  it("that keeps its trust does open the database, and says that it could not", async () => {
    const { all } = connect({ keep: true });
    await until(() => expect(all("closed")).toMatchObject([{ failure: { code: "trust-store" } }]));
    expect(opens).toHaveBeenCalled();
  });

  it("is silent about the key that was trusted a moment ago", async () => {
    const earlier = { fingerprint: fingerprint(DEFAULT_HOST_KEY.blob), verdict: "accept-once" } as const;
    const { all, close } = connect({ earlier });
    await until(() => expect(all("prompt")).toMatchObject([{ question: { kind: "credential" } }]));
    close();
    await until(() => expect(all("closed")).toHaveLength(1));
  });
});

it("an answer to a connection that is not there is wiped", () => {
  const port = { onmessage: (_: { data: ToWorker }): void => {}, postMessage: () => {} };
  worker.onmessage?.({ data: "port", ports: [port as unknown as MessagePort] });
  const secret = new TextEncoder().encode("open sesame");
  const answer = { kind: "password", password: secret } as const;
  port.onmessage({ data: { type: "answer", connection: "nobody", prompt: 1, answer } });
  expect(secret.every((byte) => byte === 0)).toBe(true);
});

describe("a window on a further port", () => {
  it("carries the whole log-in: key, password, and the end of both", async () => {
    const { all, attach } = connect({ pins: [] });
    const window = attach();
    await until(() => expect(window.has("prompt")).toHaveLength(1));
    expect(window.heard[0]).toEqual([
      "attached",
      {
        ...{ type: "attached", connection, relay: "relay.example", embedder: "https://learn.example", pins: [] },
        destination: { host: HOST, port: 22, user: "alice" },
      },
    ]);
    // A host that its own known hosts have is let in without a question, and nothing of theirs goes to the worker.
    const store = knowing("", formatEntry(HOST, DEFAULT_HOST_KEY.blob));
    expect(await verifiedBy(store, window.claim())).toEqual({ outcome: "accept", questions: [] });
    window.answer(1, ASK_ONCE);
    await until(() => expect(window.has("prompt")).toHaveLength(2));
    expect(all("prompt-over")).toEqual([{ type: "prompt-over", connection, prompt: 1, answered: true }]);
    const secret = password();
    window.answer(2, secret);
    await until(() => expect(all("closed")).toMatchObject([{ failure: undefined }]));
    expect(secret).toMatchObject({ password: { length: 0 } });
    await until(() => expect(window.has("closed")).toHaveLength(1));
    expect(window.has("banner")).toEqual([["banner", "Be kind."]]);
    expect(window.has("step")).toContainEqual(["step", "authenticated", "done", expect.any(Number)]);
    expect(window.has("facts").length).toBeGreaterThan(0);
    expect(all("output").length).toBeGreaterThan(0);
    const told = ["attached", "step", "facts", "trusted", "banner", "prompt", "closed"];
    expect(new Set(window.heard.map(([event]) => event))).toEqual(new Set(told));
  });

  it("that comes to the second question finds the first one answered by the page", async () => {
    const { all, attach, answer, close } = connect();
    const early = attach();
    await until(() => expect(early.has("prompt")).toHaveLength(1));
    answer(1, ASK_ONCE);
    await until(() => expect(early.has("promptOver")).toEqual([["promptOver", 1, true]]));
    await until(() => expect(all("prompt")).toHaveLength(2));
    const late = attach();
    await until(() => expect(late.has("prompt")).toMatchObject([["prompt", 2, { kind: "credential" }, undefined]]));
    expect(late.has("step")).toContainEqual(["step", "trusted", "done", expect.any(Number)]);
    close();
    await until(() => expect(late.has("closed")).toHaveLength(1));
  });

  it("says no, and the connection ends", async () => {
    const { all, attach } = connect();
    const window = attach();
    await until(() => expect(window.has("prompt")).toHaveLength(1));
    window.answer(1, { kind: "cancel" });
    await until(() => expect(all("closed")).toMatchObject([{ failure: { code: "host-key-rejected" } }]));
    await until(() => expect(window.has("closed")).toMatchObject([["closed", undefined, { step: "trusted" }]]));
  });

  it("finds a changed key where the claim crossed a port, and saves an unknown one", async () => {
    const { all, attach } = connect();
    const window = attach();
    await until(() => expect(window.has("prompt")).toHaveLength(1));
    const claim = window.claim();
    const other = DEFAULT_HOST_KEY.blob.slice();
    other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
    const changed = await verifiedBy(knowing("", formatEntry(HOST, other)), claim);
    expect(changed.outcome).toMatchObject({ code: "host-key-changed" });
    const store = new MemoryStore();
    const fresh = await verifiedBy(store, claim);
    expect(fresh).toMatchObject({ outcome: "accept", questions: [{ host: HOST, keep: true }] });
    expect(store.texts.get("")).toBe(`${formatEntry(HOST, DEFAULT_HOST_KEY.blob)}\n`);
    window.answer(1, { kind: "host-key", verdict: "reject" });
    await until(() => expect(all("closed")).toHaveLength(1));
  });
});
