// What embedding is measured with: an sshd that lets in without a question, a relay whose operator vouches for its key, and
// pages of another site with widgets in them.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRelay } from "../fixtures/relay.ts";
import { startSshd } from "../fixtures/sshd.ts";

/** Idle: the person has not been asked to connect yet. */
export type WidgetState = "idle" | "shell";

export interface EmbedStage {
  /** A page of another site, with so many widgets. `window.shells` counts the prompts that they have shown. */
  hostPage(widgets: number, state: WidgetState): string;
  /** The app's own page, and what goes into its form, by the names of its fields. */
  readonly app: { readonly address: string; readonly form: Readonly<Record<string, string>> };
  stop(): Promise<void>;
}

/** What the prompt calls the window: the terminal has read the prompt when the title is told. */
export const PROMPT_TITLE = "prompt";

/** For the end of a run: the throw-away user has no password any more when this has begun. */
export async function setUpEmbedding(): Promise<EmbedStage> {
  const sshd = await startSshd({
    pam: false,
    hostKeys: ["ed25519"],
    // Ten at once are more than it would let wait by itself.
    config: ["PermitEmptyPasswords yes", "MaxStartups 100"],
  });
  execFileSync("passwd", ["-d", sshd.user], { stdio: "ignore" });
  writeFileSync(
    join(sshd.home, ".bash_profile"),
    `PS1='\\[\\e]0;${PROMPT_TITLE}\\a\\]$ '\nunset PROMPT_COMMAND HISTFILE\n`,
  );

  const site = await serveHostPages((search) => {
    const widget = `<periwinkle-terminal host="${sshd.host}" port="${sshd.port}"${
      search.get("state") === "shell" ? ` user="${sshd.user}"` : ""
    }></periwinkle-terminal>`;
    return hostPage(`${relay.origin}/embed.js`, widget.repeat(Number(search.get("widgets"))));
  });
  const target = `${sshd.host}:${sshd.port}`;
  const folder = mkdtempSync(join(tmpdir(), "periwinkle-embed-"));
  const knownHosts = join(folder, "known_hosts");
  writeFileSync(knownHosts, `[${sshd.host}]:${sshd.port} ${sshd.hostKeys.get("ed25519")?.publicLine}\n`);
  const relay = await startRelay({
    flags: ["--known-hosts", knownHosts],
    config: { embed: [{ origin: site.origin, open: [target], autoConnect: [target], tellTitle: true }] },
  });
  return {
    hostPage: (widgets, state) => `${site.origin}/?widgets=${widgets}&state=${state}`,
    app: { address: relay.address, form: { host: sshd.host, port: String(sshd.port), username: sshd.user } },
    async stop() {
      await relay.stop();
      await sshd.stop();
      site.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The ten lines of the documentation, with a watch around them. */
const hostPage = (script: string, widgets: string): string => `<!doctype html><title>Host</title>
<script>
  window.shells = 0;
  addEventListener("ready", () => { window.greeted = performance.now(); });
  addEventListener("title", ({ detail }) => {
    if (detail.title !== "${PROMPT_TITLE}") return;
    window.shells++;
    window.prompted = performance.now();
  });
  addEventListener("problem", ({ detail }) => { window.problem = detail.sentence; });
  addEventListener("closed", ({ detail }) => { window.problem = detail.sentence; });
  window.begun = performance.now();
</script>
<script type="module" src="${script}"></script>
${widgets}`;

/** By the name "localhost", which is another site than the relay's 127.0.0.1. */
function serveHostPages(page: (search: URLSearchParams) => string): Promise<{ origin: string; close(): void }> {
  return new Promise((resolve) => {
    const server = createServer(({ url = "/" }, response) => {
      const headers = { "Content-Type": "text/html; charset=utf-8" };
      response.writeHead(200, headers).end(page(new URL(url, "http://localhost").searchParams));
    });
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address)
        resolve({ origin: `http://localhost:${address.port}`, close: () => server.close() });
    });
  });
}
