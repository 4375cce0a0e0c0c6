// Headless Chromium, spoken to with evaluation and the profiler alone: a driver that switches on the debugger's Network
// domain copies every WebSocket message and costs more than half the rate (performance notes).

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { descendantsWith, type Usage, usageOf } from "./usage.ts";

/** What V8's sampling profiler hands back, as far as we read it. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds, one for each sample. */
  readonly timeDeltas: readonly number[];
}

export interface BarePage {
  evaluate<T>(expression: string): Promise<T>;
  /** Goes to another page, and waits until `ready`, an expression, holds there. */
  visit(url: string, ready: string): Promise<void>;
  /** The processes with pages in them. */
  renderers(): readonly number[];
  /** Of the page and its workers, which live in one process. */
  usage(): Usage;
  /** Bytes that the browser says scripts hold, garbage collected: the page's, those of frames of one other site, all workers'. */
  heaps(): Promise<number>;
  /** Samples the dedicated worker of this name while `work` runs. */
  profile(worker: string, work: () => Promise<unknown>): Promise<CpuProfile>;
  close(): Promise<void>;
}

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
];

/** With the page at `url`, where `ready`, an expression, holds. */
export async function openBarePage(executable: string, url: string, ready: string): Promise<BarePage> {
  const profile = mkdtempSync(join(tmpdir(), "periwinkle-bench-"));
  const browser = spawn(executable, [...FLAGS, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const endpoint = await debuggingEndpoint(browser);
  const list = (await (await fetch(endpoint.replace(/^ws:\/\/([^/]+)\/.*$/, "http://$1/json/list"))).json()) as {
    type: string;
    webSocketDebuggerUrl: string;
  }[];
  const target = list.find(({ type }) => type === "page");
  if (!target) throw new Error("Chromium has no page");
  const socket = new WebSocket(target.webSocketDebuggerUrl, { maxPayload: 2 ** 28 });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const { call, workers, attached } = debuggingSession(socket);
  const attach = (autoAttach: boolean, session?: string) =>
    call("Target.setAutoAttach", { autoAttach, waitForDebuggerOnStart: false, flatten: true }, session);
  const heapOf = async (session?: string): Promise<number> => {
    await call("HeapProfiler.collectGarbage", {}, session);
    const heap = await call("Runtime.getHeapUsage", {}, session);
    const { usedSize, backingStorageSize } = heap as { usedSize: number; backingStorageSize: number };
    return usedSize + backingStorageSize;
  };
  const renderers = () => descendantsWith(browser.pid ?? 0, "--type=renderer");
  const page: BarePage = {
    async evaluate<T>(expression: string): Promise<T> {
      const { result, exceptionDetails } = (await call("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
      })) as {
        result: { value: T };
        exceptionDetails?: { exception?: { description?: string } };
      };
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? "the page threw");
      return result.value;
    },
    async visit(to, ready) {
      // By way of an empty page, so that nothing of the one before is taken for this one's.
      await call("Page.navigate", { url: "about:blank" });
      await call("Page.navigate", { url: to });
      // While it is on its way there is nothing to evaluate in.
      while (!(await page.evaluate<boolean>(`Boolean(${ready})`).catch(() => false))) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    renderers,
    usage: () => usageOf(renderers()),
    async heaps() {
      attached.length = 0;
      await attach(true);
      const sessions = (type: string) =>
        attached.filter((target) => target.type === type).map(({ session }) => session);
      const frames = sessions("iframe");
      for (const frame of frames) await attach(true, frame);
      // Frames of one site have one heap together, and each tells all of it.
      const all = [undefined, ...frames.slice(0, 1), ...sessions("worker")].map(heapOf);
      return (await Promise.all(all)).reduce((sum, each) => sum + each, 0);
    },
    async profile(worker, work) {
      // Attached only now: a debugger that is there costs something while all else is measured.
      await attach(true);
      const session = await workers(worker);
      await call("Profiler.enable", {}, session);
      await call("Profiler.start", {}, session);
      await work();
      const { profile } = (await call("Profiler.stop", {}, session)) as { profile: CpuProfile };
      await attach(false);
      return profile;
    },
    async close() {
      const ended = new Promise((resolve) => browser.once("exit", resolve));
      browser.kill();
      await ended;
      // Its other processes may still be writing their last. The synchronous `rmSync` does not try a folder again that fills up.
      await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
  await page.visit(url, ready);
  return page;
}

function debuggingEndpoint(browser: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    browser.stderr?.on("data", (chunk: Buffer) => {
      said += chunk;
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
    browser.once("exit", (code) => reject(new Error(`Chromium ended with ${code}: ${said.slice(-500)}`)));
    browser.once("error", reject);
  });
}

interface Said {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly sessionId: string;
    readonly targetInfo: { readonly type: string; readonly title: string };
  };
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface DebuggingSession {
  call(method: string, params: object, session?: string): Promise<unknown>;
  /** All that was attached to, in that order. */
  readonly attached: { readonly type: string; readonly title: string; readonly session: string }[];
  /** The session of the worker with this name, once it is attached to. */
  workers(name: string): Promise<string>;
}

function debuggingSession(socket: WebSocket): DebuggingSession {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const attached: { readonly type: string; readonly title: string; readonly session: string }[] = [];
  let attaching: () => void = () => {};
  let last = 0;
  socket.on("message", (data) => {
    const { id, method, params, result, error } = JSON.parse(String(data)) as Said;
    if (method === "Target.attachedToTarget" && params) {
      const { type, title } = params.targetInfo;
      attached.push({ type, title, session: params.sessionId });
      attaching();
    }
    const call = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || !call) return;
    waiting.delete(id);
    if (error) call.reject(new Error(error.message));
    else call.resolve(result);
  });
  return {
    attached,
    call: (method, params, sessionId) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject });
        socket.send(JSON.stringify({ id: last, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
      }),
    async workers(name) {
      for (;;) {
        const session = attached.findLast(({ title }) => title === name)?.session;
        if (session !== undefined) return session;
        await new Promise<void>((resolve) => {
          attaching = resolve;
        });
      }
    },
  };
}
