// The page's end of the port, with a worker that is only a MessagePort: what it does when the worker is silent or fails.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NO_CHOICES } from "../knownhosts/claim.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { connectThroughWorker } from "./port.ts";
import type { RemoteConnectionEvents } from "./remote-connection.ts";

const SIZE = { columns: 80, rows: 24, widthPixels: 0, heightPixels: 0 };
const REQUEST = {
  destination: { host: "db1", port: 22, user: "alice" },
  legacy: true,
  trust: NO_CHOICES,
  relay: { url: "ws://127.0.0.1:8022/relay", token: undefined, grant: undefined },
  size: SIZE,
};

class FakeWorker {
  static last: FakeWorker | undefined;
  onerror: ((event: { preventDefault(): void }) => void) | undefined;
  port: MessagePort | undefined;
  readonly received: ToWorker[] = [];

  constructor() {
    FakeWorker.last = this;
  }

  postMessage(_message: unknown, [port]: MessagePort[]): void {
    this.port = port;
    if (port) port.onmessage = ({ data }: MessageEvent<ToWorker>) => this.received.push(data);
  }

  say(message: FromWorker): void {
    this.port?.postMessage(message);
  }
}

function listen() {
  const happened: unknown[][] = [];
  const events = new Proxy({} as RemoteConnectionEvents, {
    get:
      (_, name) =>
      (...details: unknown[]) =>
        void happened.push([name, ...details]),
  });
  const remote = connectThroughWorker(REQUEST, events);
  const worker = FakeWorker.last;
  if (!worker) throw new Error("no worker was started");
  const has = (name: string) => happened.filter(([event]) => event === name);
  return { remote, worker, happened, has };
}

beforeEach(() => {
  vi.stubGlobal("Worker", FakeWorker);
  vi.stubGlobal("navigator", { language: "de-DE" });
  FakeWorker.last = undefined;
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("a worker", () => {
  it("is told where to connect, and its words reach the page", async () => {
    const { worker, has } = listen();
    await vi.waitFor(() => expect(worker.received).toMatchObject([{ type: "connect", ...REQUEST }]));
    worker.say({ type: "ready" });
    const connection = worker.received[0]?.connection ?? "";
    worker.say({ type: "log", connection, line: "hello" });
    worker.say({ type: "logged-in", connection, method: "password" });
    await vi.waitFor(() => expect(has("loggedIn")).toEqual([["loggedIn", "password"]]));
    expect(has("log")).toEqual([["log", "hello"]]);
    expect(has("step")).toEqual([
      ["step", "page", "begun", 0],
      ["step", "page", "done", 0],
    ]);
    worker.port?.close();
  });

  it("that stays silent is given up with a sentence, and told to leave should it wake", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { worker, has } = listen();
    vi.advanceTimersByTime(20_000);
    expect(has("closed")).toMatchObject([["closed", undefined, { code: "internal", step: "page" }]]);
    vi.useRealTimers();
    await vi.waitFor(() => expect(worker.received.map(({ type }) => type)).toEqual(["connect", "close"]));
  });

  it("that throws later ends the connection on the rung it was on, and is told to leave", async () => {
    const { worker, has } = listen();
    await vi.waitFor(() => expect(worker.received).toHaveLength(1));
    const connection = worker.received[0]?.connection ?? "";
    worker.say({ type: "ready" });
    worker.say({ type: "step", connection, step: "exchanged", state: "begun", elapsed: 0 });
    await vi.waitFor(() => expect(has("step")).toHaveLength(3));
    worker.onerror?.({ preventDefault: () => {} });
    worker.onerror?.({ preventDefault: () => {} });
    expect(has("closed")).toMatchObject([["closed", undefined, { code: "internal", step: "exchanged" }]]);
    await vi.waitFor(() => expect(worker.received.at(-1)?.type).toBe("close"));
  });

  it("is given a window's port in the order of things, also before it has started", async () => {
    const { remote, worker } = listen();
    const window = remote.share();
    await vi.waitFor(() => expect(worker.received.map(({ type }) => type)).toEqual(["connect", "attach"]));
    const [connect, attach] = worker.received;
    if (attach?.type !== "attach") throw new Error("nothing to attach");
    expect(attach.connection).toBe(connect?.connection);
    const heard = new Promise((resolve) => {
      window.onmessage = ({ data }) => resolve(data);
    });
    attach.port.postMessage("for the window");
    expect(await heard).toBe("for the window");
    for (const port of [window, attach.port, worker.port]) port?.close();
  });

  it("that is gone attaches nothing: the window is told that it is over", async () => {
    const { remote, worker, has } = listen();
    await vi.waitFor(() => expect(worker.received).toHaveLength(1));
    const connection = worker.received[0]?.connection ?? "";
    worker.say({ type: "closed", connection, exit: { kind: "status", status: 0 }, failure: undefined });
    await vi.waitFor(() => expect(has("closed")).toHaveLength(1));
    const window = remote.share();
    const heard = await new Promise((resolve) => {
      window.onmessage = ({ data }) => resolve(data);
    });
    expect(heard).toEqual({ type: "closed", connection, exit: undefined, failure: undefined });
    window.close();
  });

  it("tells the page of a question that a window answered, and of nothing that is for windows", async () => {
    const { worker, happened, has } = listen();
    await vi.waitFor(() => expect(worker.received).toHaveLength(1));
    const connection = worker.received[0]?.connection ?? "";
    const { destination } = REQUEST;
    worker.say({ type: "attached", connection, destination, relay: "r", embedder: undefined, pins: [] });
    worker.say({ type: "prompt-over", connection, prompt: 3, answered: true });
    await vi.waitFor(() => expect(has("promptOver")).toEqual([["promptOver", 3, true]]));
    expect(happened.map(([event]) => event)).toEqual(["step", "promptOver"]);
    worker.port?.close();
  });

  it("says the end once, and nothing after it", async () => {
    const { worker, happened, has } = listen();
    await vi.waitFor(() => expect(worker.received).toHaveLength(1));
    const connection = worker.received[0]?.connection ?? "";
    worker.say({ type: "closed", connection, exit: { kind: "status", status: 0 }, failure: undefined });
    worker.say({ type: "log", connection, line: "late" });
    worker.say({ type: "closed", connection, exit: undefined, failure: undefined });
    await vi.waitFor(() => expect(has("closed")).toHaveLength(1));
    expect(happened.at(-1)).toEqual(["closed", { kind: "status", status: 0 }, undefined]);
  });
});

it("a secret leaves the page: its buffer is empty here afterwards", async () => {
  const { remote, worker } = listen();
  const password = new TextEncoder().encode("secret");
  remote.answer(1, { kind: "password", password });
  expect(password.length).toBe(0);
  await vi.waitFor(() => expect(worker.received.at(-1)).toMatchObject({ type: "answer", prompt: 1 }));
  worker.port?.close();
});
