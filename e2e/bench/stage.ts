// Everything that a measurement needs, started and stopped together: sshd, the product's relay, the raw relay with its
// target, the page's server, and the browser.

import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { loadFiles } from "../../proxy/static-files.ts";
import { findBrowser } from "../fixtures/browsers.ts";
import { type DelayProxy, startDelayProxy } from "../fixtures/delay-proxy.ts";
import { startRelay } from "../fixtures/relay.ts";
import { startSshd } from "../fixtures/sshd.ts";
import { type BarePage, openBarePage } from "./chromium.ts";
import type { ConnectJob, Job } from "./messages.ts";
import type { NativeTarget } from "./native.ts";
import type { ClientName } from "./page.ts";
import { startRawRelay } from "./raw-relay.ts";
import { startRawTarget } from "./raw-target.ts";
import { usageOf } from "./usage.ts";

/** One way, half of the round trip over a continent and an ocean. */
const DELAY_MS = 50;

export interface Stage {
  readonly page: BarePage;
  readonly login: ConnectJob;
  readonly native: NativeTarget;
  readonly rawUrl: string;
  /** The way to the same sshd, 100 ms long. */
  readonly long: DelayProxy;
  perform<T>(client: ClientName, work: Job): Promise<T>;
  raw<T>(verb: "rawDownload" | "rawUpload" | "rawEcho", job: object): Promise<T>;
  relayCpu(): number;
  stop(): Promise<void>;
}

export async function setUp(): Promise<Stage> {
  const site = await servePage();
  // PAM would add its own time to every login, ours and the others' alike, and blur the rest.
  const sshd = await startSshd({ pam: false });
  const relay = await startRelay({ flags: ["--origin", site.origin] });
  const long = await startDelayProxy(sshd.port, DELAY_MS);
  const target = await startRawTarget();
  const raw = await startRawRelay(target.port);
  const page = await openBarePage(
    findBrowser("chromium"),
    `${site.origin}/index.html`,
    "document.readyState === 'complete' && 'bench' in window",
  );
  return {
    page,
    login: {
      url: `${relay.origin.replace(/^http/, "ws")}/relay`,
      token: relay.token,
      port: sshd.port,
      user: sshd.user,
      password: sshd.password,
    },
    native: { port: sshd.port, user: sshd.user, keyFile: sshd.keyFile("ed25519") },
    rawUrl: raw.url,
    long,
    perform: (client, work) => page.evaluate(`window.bench.perform(${JSON.stringify({ client, work })})`),
    raw: (verb, job) => page.evaluate(`window.bench.${verb}(${JSON.stringify({ url: raw.url, ...job })})`),
    relayCpu: () => usageOf([relay.pid]).cpuSeconds,
    async stop() {
      await page.close();
      await long.stop();
      await relay.stop();
      await sshd.stop();
      raw.close();
      target.close();
      site.close();
    },
  };
}

/** The bench page, built beside this file, on a port of its own. Isolated, which gives it a clock of 5 us instead of 100. */
function servePage(): Promise<{ origin: string; close(): void }> {
  const files = loadFiles(fileURLToPath(new URL("./page", import.meta.url)));
  return new Promise((resolve) => {
    const server = createServer(({ url = "/" }, response) => {
      const file = files.get(url);
      const headers = {
        "Content-Type": file?.type ?? "text/plain",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      };
      response.writeHead(file ? 200 : 404, headers).end(file?.body);
    });
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address)
        resolve({ origin: `http://127.0.0.1:${address.port}`, close: () => server.close() });
    });
  });
}
