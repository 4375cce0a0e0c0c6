// A connection's further ports, and what a window hears and says on them: over real ports, with everything else made up.

import { afterEach, describe, expect, it, vi } from "vitest";
import type { HostKeyClaim, HostKeyQuestion } from "../knownhosts/claim.ts";
import { type Attachment, type AttachmentEvents, attachTo } from "./attachment.ts";
import { FurtherPorts } from "./further-ports.ts";
import type { Attached, FromWorker, PromptAnswer } from "./messages.ts";
import { OwnQuestion } from "./own-question.ts";

const connection = "c1";
const ATTACHED: Attached = {
  type: "attached",
  connection,
  destination: { host: "db1", port: 22, user: "alice" },
  relay: "relay.example",
  embedder: "https://learn.example",
  pins: [{ source: "embedder", fingerprint: "SHA256:x" }],
};
const CLAIM: HostKeyClaim = {
  host: "db1",
  port: 22,
  route: "https://relay.example",
  keyBlob: Uint8Array.of(1, 2, 3),
  algorithm: "ssh-ed25519",
};
const HOST_KEY = { kind: "host-key", fingerprint: "SHA256:x" } as HostKeyQuestion;
const ASKED: FromWorker = { type: "prompt", connection, prompt: 1, question: HOST_KEY, claim: CLAIM };
const TRUST: PromptAnswer = { kind: "host-key", verdict: "accept-once" };

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

interface Listener extends Attachment {
  readonly heard: unknown[][];
  has(name: string): unknown[][];
}

/** A window at this end of a port. */
function listen(port: MessagePort): Listener {
  const heard: unknown[][] = [];
  const events = new Proxy({} as AttachmentEvents, {
    get:
      (_, name) =>
      (...details: unknown[]) =>
        void heard.push([name, ...details]),
  });
  const attachment = attachTo(port, events);
  opened.push(attachment);
  return { ...attachment, heard, has: (name) => heard.filter(([event]) => event === name) };
}

/** All that comes on a port, whether a window would take it or not. */
function overhear(port: MessagePort): unknown[] {
  const messages: unknown[] = [];
  port.onmessage = ({ data }) => messages.push(data);
  opened.push(port);
  return messages;
}

function scene(takes: (prompt: number, answer: PromptAnswer) => boolean = () => true) {
  const answers: [number, PromptAnswer][] = [];
  const ports = new FurtherPorts(ATTACHED, (prompt, answer) => {
    answers.push([prompt, answer]);
    return takes(prompt, answer);
  });
  const window = (): Listener & { readonly end: MessagePort } => {
    const { port1, port2 } = new MessageChannel();
    ports.admit(port2);
    return { ...listen(port1), end: port1 };
  };
  const bare = () => {
    const { port1, port2 } = new MessageChannel();
    ports.admit(port2);
    return { end: port1, ours: port2, messages: overhear(port1) };
  };
  return { ports, answers, window, bare };
}

describe("a window", () => {
  it("that comes late hears what it missed: each step, and the last of the others", async () => {
    const { ports, window } = scene();
    ports.tell({ type: "step", connection, step: "relay", state: "begun", elapsed: 0 });
    ports.tell({ type: "step", connection, step: "relay", state: "done", elapsed: 7 });
    ports.tell({ type: "banner", connection, text: "first" });
    ports.tell({ type: "banner", connection, text: "second" });
    ports.tell({ ...ASKED, prompt: 1 });
    ports.tell({ type: "prompt-over", connection, prompt: 1, answered: true });
    ports.tell({ ...ASKED, prompt: 2 });
    const { heard } = window();
    await vi.waitFor(() => expect(heard).toHaveLength(5));
    expect(heard).toEqual([
      ["attached", ATTACHED],
      ["step", "relay", "begun", 0],
      ["step", "relay", "done", 7],
      ["banner", "second"],
      ["prompt", 2, HOST_KEY, CLAIM],
    ]);
  });

  it("hears what comes, up to the end; and one that comes after it hears the end", async () => {
    const { ports, window } = scene();
    const first = window();
    const failure = { code: "lost", message: "gone", quoted: undefined, step: "trusted" as const };
    ports.tell({ ...ASKED });
    ports.tell({ type: "prompt-over", connection, prompt: 1, answered: false });
    const end = { ...failure, changed: undefined, disagreement: undefined };
    ports.tell({ type: "closed", connection, exit: undefined, failure: end });
    const second = window();
    await vi.waitFor(() => expect(second.heard).toHaveLength(2));
    expect(first.heard.map(([event]) => event)).toEqual(["attached", "prompt", "promptOver", "closed"]);
    expect(first.has("promptOver")).toEqual([["promptOver", 1, false]]);
    expect(second.heard).toEqual([
      ["attached", ATTACHED],
      ["closed", undefined, end],
    ]);
  });

  it.each<FromWorker>([
    { type: "output", connection, view: "v", chunks: [Uint8Array.of(1)] },
    { type: "log", connection, line: "alice@db1 by https://relay.example" },
    { type: "notice", connection, sentence: "a note for the frame" },
    { type: "logged-in", connection, method: "password" },
    { type: "round-trip", connection, milliseconds: 3 },
    { type: "ready" },
  ])("hears nothing of $type, now or later", async (message) => {
    const { ports, bare } = scene();
    const last: FromWorker = { type: "banner", connection, text: "the last word" };
    const early = bare();
    ports.tell(message);
    const late = bare();
    ports.tell(last);
    for (const { messages } of [early, late]) {
      await vi.waitFor(() => expect(messages).toContainEqual(last));
      expect(messages).toEqual([ATTACHED, last]);
    }
  });

  it("answers, and the others hear that it is over; a refused answer ends nothing", async () => {
    let takes = false;
    const { ports, answers, window } = scene(() => takes);
    const [one, other] = [window(), window()];
    ports.tell(ASKED);
    await vi.waitFor(() => expect(one.has("prompt")).toHaveLength(1));
    one.answer(7, TRUST);
    await vi.waitFor(() => expect(answers).toEqual([[7, TRUST]]));
    takes = true;
    one.answer(1, TRUST);
    await vi.waitFor(() => expect(other.has("promptOver")).toEqual([["promptOver", 1, true]]));
    expect(one.has("promptOver")).toEqual([]);
    const late = window();
    await vi.waitFor(() => expect(late.heard).toEqual([["attached", ATTACHED]]));
  });

  it("says nothing but answers, and to this connection", async () => {
    const { answers, window } = scene();
    const { end } = window();
    for (const type of ["connect", "input", "resize", "painted", "attach", "close", "answers"])
      end.postMessage({ type, connection, prompt: 1, answer: TRUST });
    for (const nonsense of [undefined, null, 7, "answer", []]) end.postMessage(nonsense);
    end.postMessage({ type: "answer", connection: "another", prompt: 1, answer: TRUST });
    end.postMessage({ type: "answer", connection, prompt: 3, answer: TRUST });
    await vi.waitFor(() => expect(answers).toEqual([[3, TRUST]]));
  });

  it("gives its secrets away: the buffer is empty here, and wiped there if it was for another connection", () => {
    const [here, there] = [new Uint8Array([1, 2]), new Uint8Array([3, 4])];
    const { window, ports } = scene();
    void window();
    const fake = { onmessage: (_: unknown): void => {}, postMessage: () => {}, addEventListener: () => {} };
    ports.admit(fake as unknown as MessagePort);
    const answer = { kind: "password", password: there };
    fake.onmessage({ data: { type: "answer", connection: "another", prompt: 1, answer } });
    expect([...there]).toEqual([0, 0]);
    const early = attachTo(new MessageChannel().port1, {} as AttachmentEvents);
    early.answer(1, { kind: "password", password: here });
    expect([...here]).toEqual([0, 0]);
  });

  it("moves a password, and does not copy it", async () => {
    const { answers, window } = scene();
    const { answer, has } = window();
    await vi.waitFor(() => expect(has("attached")).toHaveLength(1));
    const password = new TextEncoder().encode("secret");
    answer(1, { kind: "password", password });
    expect(password.length).toBe(0);
    await vi.waitFor(() =>
      expect(answers).toEqual([[1, { kind: "password", password: new TextEncoder().encode("secret") }]]),
    );
  });

  it("is closed for the fifth that comes, and its answers do not count", async () => {
    const { ports, answers, bare } = scene();
    const windows = Array.from({ length: 6 }, bare);
    ports.tell(ASKED);
    const end = { type: "closed", connection, exit: undefined, failure: undefined };
    const wanted = [end, end, ASKED, ASKED, ASKED, ASKED].map((each) => [ATTACHED, each]);
    await vi.waitFor(() => expect(windows.map(({ messages }) => messages)).toEqual(wanted));
    const say = (window: number, answer: PromptAnswer) =>
      windows[window]?.end.postMessage({ type: "answer", connection, prompt: 1, answer });
    say(0, TRUST);
    say(1, TRUST);
    say(5, { kind: "cancel" });
    await vi.waitFor(() => expect(answers).toEqual([[1, { kind: "cancel" }]]));
  });

  it("whose connection is gone without a word hears the end, once", async () => {
    const { port1, port2 } = new MessageChannel();
    const { heard } = listen(port1);
    port2.postMessage(ATTACHED);
    port2.close();
    await vi.waitFor(() =>
      expect(heard).toEqual([
        ["attached", ATTACHED],
        ["closed", undefined, undefined],
      ]),
    );
  });

  it("that is gone makes room for others", async () => {
    const { ports, bare } = scene();
    const windows = Array.from({ length: 4 }, bare);
    await vi.waitFor(() => expect(windows[3]?.messages).toHaveLength(1));
    const gone = new Promise((resolve) => windows[2]?.ours.addEventListener("close", resolve));
    windows[2]?.end.close();
    await gone;
    const fifth = bare();
    ports.tell(ASKED);
    await vi.waitFor(() => expect(fifth.messages).toEqual([ATTACHED, ASKED]));
    await vi.waitFor(() => expect(windows[0]?.messages).toEqual([ATTACHED, ASKED]));
  });

  it("ignores what it does not know, and everything after the end or its own leaving", async () => {
    for (const ending of ["closed", "close"] as const) {
      const { port1, port2 } = new MessageChannel();
      const { heard, close, has } = listen(port1);
      for (const strange of [undefined, 7, null, { type: "later" }, { type: "output", chunks: [] }])
        port2.postMessage(strange);
      port2.postMessage(ATTACHED);
      await vi.waitFor(() => expect(heard).toEqual([["attached", ATTACHED]]));
      if (ending === "close") close();
      else port2.postMessage({ type: "closed", connection, exit: undefined, failure: undefined });
      port2.postMessage({ type: "banner", connection, text: "late" });
      if (ending === "closed") await vi.waitFor(() => expect(has("closed")).toHaveLength(1));
      await new Promise((resolve) => setImmediate(resolve));
      expect(has("banner")).toEqual([]);
      port2.close();
    }
  });

  it.each<[string, Partial<Record<keyof HostKeyClaim, unknown>>]>([
    ["another host", { host: "db2" }],
    ["another port", { port: 2222 }],
    ["a key longer than any certificate", { keyBlob: new Uint8Array(32_769) }],
    ["a key that is none", { keyBlob: "AAAA" }],
    ["an endless alias", { alias: "x".repeat(256) }],
    ["an endless route", { route: `https://${"x".repeat(255)}` }],
    ["an endless algorithm", { algorithm: "x".repeat(256) }],
    ["a route that is no text", { route: 7 }],
  ])("is asked without a claim where that is about %s", async (_, wrong) => {
    const { ports, window } = scene();
    const { has } = window();
    ports.tell({ ...ASKED, claim: { ...CLAIM, ...wrong } as HostKeyClaim });
    await vi.waitFor(() => expect(has("prompt")).toEqual([["prompt", 1, HOST_KEY, undefined]]));
  });
});

describe("a question of the frame's own", () => {
  const { type: _type, connection: _connection, ...about } = ATTACHED;
  const TEXT = { kind: "send-text", origin: "https://learn.example", text: "ls\n" } as const;
  const ask = (): OwnQuestion => new OwnQuestion(about, TEXT);

  it.each([true, false])("is answered by a window: %s", async (allow) => {
    const question = ask();
    const [window, other] = [listen(question.share()), listen(question.share())];
    await vi.waitFor(() => expect(window.has("prompt")).toEqual([["prompt", 1, TEXT, undefined]]));
    expect(window.has("attached")).toMatchObject([["attached", about]]);
    window.answer(1, { kind: "send-text", allow });
    expect(await question.allowed).toBe(allow);
    await vi.waitFor(() => expect([window, other].map(({ has }) => has("closed").length)).toEqual([1, 1]));
    expect(other.has("promptOver")).toEqual([["promptOver", 1, true]]);
  });

  it.each([{ kind: "cancel" }, TRUST, { kind: "send-text", allow: "yes" }])(
    "is answered with no by anything but a yes: %o",
    async (answer) => {
      const question = ask();
      const window = listen(question.share());
      await vi.waitFor(() => expect(window.has("prompt")).toHaveLength(1));
      window.answer(1, answer as PromptAnswer);
      expect(await question.allowed).toBe(false);
    },
  );

  it("is answered once, by whoever is first; a window that comes later hears that it is over", async () => {
    const question = ask();
    const window = listen(question.share());
    const overheard = overhear(question.share());
    await vi.waitFor(() => expect(window.has("prompt")).toHaveLength(1));
    question.settle(false);
    question.settle(true);
    window.answer(1, { kind: "send-text", allow: true });
    expect(await question.allowed).toBe(false);
    await vi.waitFor(() => expect(window.has("closed")).toHaveLength(1));
    const late = listen(question.share());
    await vi.waitFor(() => expect(late.heard.map(([event]) => event)).toEqual(["attached", "closed"]));
    const types = ["attached", "prompt", "prompt-over", "closed"];
    expect(overheard).toMatchObject(types.map((type) => ({ type })));
  });
});
