// Headless Chromium, spoken to with nothing but Runtime.evaluate: a driver that switches on the debugger's Network domain
// copies every WebSocket message and costs more than half the rate (performance notes).

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";

export interface BarePage {
  evaluate<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

export async function openBarePage(executable: string, url: string): Promise<BarePage> {
  const profile = mkdtempSync(join(tmpdir(), "periwinkle-bench-"));
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    `--user-data-dir=${profile}`,
    "about:blank",
  ];
  const browser = spawn(executable, flags, { stdio: ["ignore", "ignore", "pipe"] });
  const endpoint = await debuggingEndpoint(browser);
  const list = (await (await fetch(endpoint.replace(/^ws:\/\/([^/]+)\/.*$/, "http://$1/json/list"))).json()) as {
    type: string;
    webSocketDebuggerUrl: string;
  }[];
  const target = list.find(({ type }) => type === "page");
  if (!target) throw new Error("Chromium has no page");
  const socket = new WebSocket(target.webSocketDebuggerUrl, { maxPayload: 2 ** 28 });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const call = caller(socket);
  await call("Page.navigate", { url });
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
    async close() {
      const ended = new Promise((resolve) => browser.once("exit", resolve));
      browser.kill();
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  while (
    !(await page.evaluate<boolean>("document.readyState === 'complete' && 'bench' in window").catch(() => false))
  ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
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

function caller(socket: WebSocket): (method: string, params: object) => Promise<unknown> {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let last = 0;
  socket.on("message", (data) => {
    const { id, result, error } = JSON.parse(String(data)) as {
      id?: number;
      result?: unknown;
      error?: { message: string };
    };
    const call = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || !call) return;
    waiting.delete(id);
    if (error) call.reject(new Error(error.message));
    else call.resolve(result);
  });
  return (method, params) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
}
