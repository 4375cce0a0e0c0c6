import { afterEach, describe, expect, it, vi } from "vitest";
import { toBase64 } from "../../bytes/base64.ts";
import type { HostKeyClaim, TrustMode } from "../../knownhosts/claim.ts";
import { knowing, MemoryStore } from "../../knownhosts/memory-store.ts";
import { keyOf, mine, NOW, other, RELAY } from "../../knownhosts/scripted-verification.ts";
import type {
  FromWindow,
  PromptAnswer,
  PromptQuestion,
  SendTextQuestion,
  ToWindow,
} from "../../switchboard/messages.ts";
import { HOST_KEY, lost } from "../../ui/scripted-app.ts";
import { type FirstParty, WindowModel } from "./window-model.ts";

const HOST = "db1.example.net";
const connection = "c1";
const line = (key: Uint8Array, marker = ""): string => `${marker}${HOST} ssh-ed25519 ${toBase64(key)}`;
const CLAIM: HostKeyClaim = { host: HOST, port: 22, route: RELAY, keyBlob: mine, algorithm: "ssh-ed25519" };
const PASSWORD = {
  kind: "credential",
  password: true,
  key: true,
  challenge: false,
  problem: undefined,
  furtherFactor: false,
  keyProblem: undefined,
} as unknown as PromptQuestion;

const open: MessagePort[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

interface Known extends Partial<FirstParty> {
  readonly store?: MemoryStore;
  readonly pins?: readonly string[];
}

/** A window over a connection whose part the test plays. */
function setUp({ store = new MemoryStore(), pins = [], ...known }: Known = {}) {
  const { port1, port2: worker } = new MessageChannel();
  open.push(port1, worker);
  const heard: PromptAnswer[] = [];
  worker.onmessage = ({ data }: MessageEvent<FromWindow>) => heard.push(data.answer);
  const model = new WindowModel(port1, {
    store,
    operator: undefined,
    lostSince: undefined,
    options: [],
    now: () => NOW,
    ...known,
  });
  const say = (message: ToWindow): void => worker.postMessage(message);
  say({
    type: "attached",
    connection,
    destination: { host: HOST, port: 22, user: "alice" },
    relay: "relay.example.net",
    embedder: "https://learn.example",
    pins: pins.map((fingerprint) => ({ source: "embedder", fingerprint })),
  });
  const prompt = (question: PromptQuestion | SendTextQuestion, claim?: HostKeyClaim, id = 1): void =>
    say({ type: "prompt", connection, prompt: id, question, claim });
  const closed = (failure: typeof lost | undefined): void =>
    say({ type: "closed", connection, exit: undefined, failure });
  const asked = () =>
    vi.waitFor(() => {
      const question = model.state.value.question?.question;
      if (question === undefined) throw new Error("nothing is asked");
      return question;
    });
  const answered = () => vi.waitFor(() => expect(heard).not.toEqual([])).then(() => heard);
  return { model, store, say, prompt, closed, asked, answered, heard };
}

const option = (mode: TrustMode, alias?: string) => [{ host: HOST, port: 22, legacy: false, mode, alias }];

describe("a window that answers for a frame", () => {
  it("says whose terminal it is about before anything is asked", async () => {
    const { model } = setUp();
    expect(model.screen.value.kind).toBe("waiting");
    await vi.waitFor(() => expect(model.screen.value.kind).toBe("asking"));
    expect(model.screen.value).toMatchObject({ attached: { embedder: "https://learn.example" } });
    expect(model.destination.user).toBe("alice");
    expect(model.relayHost).toBe("relay.example.net");
  });

  it("is silent about a key that this browser knows, and says yes for this once", async () => {
    const { model, prompt, answered } = setUp({ store: knowing("", line(mine)) });
    prompt(HOST_KEY, CLAIM);
    expect(await answered()).toEqual([{ kind: "host-key", verdict: "accept-once" }]);
    expect(model.state.value.question).toBeUndefined();
  });

  it("asks about an unknown key by what it knows itself, and keeps it where the person says so", async () => {
    const { model, store, prompt, asked, answered } = setUp();
    prompt({ ...HOST_KEY, host: "elsewhere", fingerprint: "SHA256:forged", keep: false }, CLAIM);
    expect(await asked()).toMatchObject({ kind: "host-key", host: HOST, keep: true });
    model.answer(1, { kind: "host-key", verdict: "accept" });
    expect(await answered()).toEqual([{ kind: "host-key", verdict: "accept-once" }]);
    expect(store.texts.get("")).toContain(line(mine));
    expect(model.state.value.basis).toEqual({ kind: "asked", saved: true });
  });

  it.each(["accept-once", "reject"] as const)("saves nothing for %s", async (verdict) => {
    const { model, store, prompt, asked, answered } = setUp();
    prompt(HOST_KEY, CLAIM);
    await asked();
    model.answer(1, { kind: "host-key", verdict });
    expect(await answered()).toEqual([{ kind: "host-key", verdict }]);
    expect(store.texts.size).toBe(0);
  });

  it.each([
    ["changed", { store: knowing("", line(other)) }, "host-key-changed"],
    ["revoked", { store: knowing("", line(mine, "@revoked ")) }, "host-key-revoked"],
    ["not the one that the page around expects", { pins: [`SHA256:${"A".repeat(43)}`] }, "host-key-pin"],
    ["unknown where only known ones may pass", { options: option("strict") }, "host-key-unknown"],
    ["not the operator's", { operator: { origin: RELAY, text: line(other) } }, "host-key-pin"],
  ])("refuses a key that is %s, and tells the connection no more than no", async (_, known, code) => {
    const { model, prompt, answered } = setUp(known);
    prompt(HOST_KEY, CLAIM);
    expect(await answered()).toEqual([{ kind: "host-key", verdict: "reject" }]);
    expect(model.screen.value).toMatchObject({ kind: "refused", failure: { code } });
  });

  it("stays with what it refused when the connection ends", async () => {
    const { model, prompt, answered, closed } = setUp({ store: knowing("", line(other)) });
    prompt(HOST_KEY, CLAIM);
    await answered();
    const wiped = vi.spyOn(model.keyDraft, "wipe");
    closed({ ...lost, code: "aborted" });
    await vi.waitFor(() => expect(wiped).toHaveBeenCalled());
    expect(model.screen.value.kind).toBe("refused");
  });

  it("asks although the person takes new hosts unasked: a page has chosen this one", async () => {
    const { prompt, asked } = setUp({ options: option("accept-new") });
    prompt(HOST_KEY, CLAIM);
    expect(await asked()).toMatchObject({ kind: "host-key" });
  });

  it("looks a host up under the name that the person gave it", async () => {
    const store = knowing("", line(mine).replace(HOST, "cluster"));
    const { prompt, answered } = setUp({ store, options: option("ask", "cluster") });
    prompt(HOST_KEY, CLAIM);
    expect(await answered()).toEqual([{ kind: "host-key", verdict: "accept-once" }]);
  });

  it("says that the known hosts were lost", async () => {
    const { prompt, asked } = setUp({ lostSince: 1_700_000_000_000 });
    prompt(HOST_KEY, CLAIM);
    expect(await asked()).toMatchObject({ lostSince: 1_700_000_000_000 });
  });

  it.each([
    ["of another host", { ...CLAIM, host: "evil.example" }],
    ["missing", undefined],
    ["of a key that cannot be read", { ...CLAIM, keyBlob: keyOf(1).slice(0, 20) }],
  ])("says no to a claim that is %s", async (_, claim) => {
    const { prompt, answered, model } = setUp();
    prompt(HOST_KEY, claim);
    expect(await answered()).toEqual([{ kind: "host-key", verdict: "reject" }]);
    expect(model.state.value.question).toBeUndefined();
  });

  it("does not say yes once the question is over", async () => {
    const { model, say, prompt, asked, answered, heard, store } = setUp();
    prompt(HOST_KEY, CLAIM);
    await asked();
    say({ type: "prompt-over", connection, prompt: 1, answered: true });
    await vi.waitFor(() => expect(model.state.value.question).toBeUndefined());
    model.answer(1, { kind: "host-key", verdict: "accept" });
    prompt(PASSWORD, undefined, 2);
    await asked();
    model.answer(2, { kind: "cancel" });
    expect(await answered()).toEqual([{ kind: "cancel" }]);
    expect(heard).toHaveLength(1);
    expect(store.texts.size).toBe(0);
  });

  it("gives a password to the connection and is done after the log-in", async () => {
    const { model, say, prompt, asked, answered } = setUp();
    prompt(PASSWORD, undefined, 2);
    await asked();
    model.answer(2, { kind: "password", password: new TextEncoder().encode("sesame") });
    expect(await answered()).toEqual([{ kind: "password", password: new TextEncoder().encode("sesame") }]);
    say({ type: "step", connection, step: "authenticated", state: "done", elapsed: 1 });
    await vi.waitFor(() => expect(model.screen.value.kind).toBe("done"));
  });

  it("shows a text that the page around wants to type, and is done after the answer", async () => {
    const { model, prompt, answered, closed } = setUp();
    prompt({ kind: "send-text", origin: "https://learn.example", text: "ls" });
    await vi.waitFor(() => expect(model.own.value?.question.text).toBe("ls"));
    model.answer(1, { kind: "send-text", allow: true });
    expect(model.own.value).toBeUndefined();
    expect(await answered()).toEqual([{ kind: "send-text", allow: true }]);
    closed(undefined);
    await vi.waitFor(() => expect(model.screen.value.kind).toBe("done"));
  });

  it("goes when the page around is gone, but stays with what it refused", async () => {
    const waiting = setUp();
    waiting.model.leave();
    expect(waiting.model.screen.value.kind).toBe("done");
    const refused = setUp({ store: knowing("", line(other)) });
    refused.prompt(HOST_KEY, CLAIM);
    await refused.answered();
    refused.model.leave();
    expect(refused.model.screen.value.kind).toBe("refused");
  });

  it("says why the connection ended, and goes where the person cancelled", async () => {
    const ended = setUp();
    ended.closed(lost);
    await vi.waitFor(() =>
      expect(ended.model.screen.value).toMatchObject({ kind: "ended", failure: { code: "lost" } }),
    );
    const cancelled = setUp();
    cancelled.closed({ ...lost, code: "aborted" });
    await vi.waitFor(() => expect(cancelled.model.screen.value.kind).toBe("done"));
  });
});
