// What must stay where it is: secrets out of the wire, the storage and the logs; foreign code and foreign addresses out of the
// page and its worker. Each absence is proved by something of the same kind that is found.

import { createServer, request, type Server } from "node:http";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { expect, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { recordTcp, recordWebSocket } from "../fixtures/recorder.ts";
import { startSshd } from "../fixtures/sshd.ts";
import {
  button,
  connect,
  exitBar,
  expectShell,
  givePassword,
  logInWithPassword,
  loginDialog,
  openApp,
  trustAndSave,
  typeLine,
} from "./support.ts";
import { run } from "./support-terminal.ts";

const COMMAND = "echo out-$((1234567 * 8))-put";
const OUTPUT = "out-9876536-put";

test("neither the relay nor the wire sees a password, a command or its output", async ({ page, relay, sshd }) => {
  const tcp = await recordTcp(sshd);
  const sockets = await recordWebSocket(relay.origin);
  try {
    await page.goto(`${sockets.origin}/#token=${relay.token}`);
    await logInWithPassword(page, { ...sshd, port: tcp.port });
    await run(page, COMMAND, OUTPUT);
    await button(page, "Disconnect").click();
    await expect(exitBar(page)).toBeVisible();
    // What goes the same way in the clear is found: the marker of another connection, and what SSH itself says openly.
    await new Promise<void>((resolve, reject) => {
      const plain = connectTcp(tcp.port, tcp.host, () => plain.end("plain-marker\r\n"));
      plain
        .on("error", reject)
        .on("close", () => resolve())
        .resume();
    });
    const toServer = tcp.fromClient().toString("latin1");
    const toClient = tcp.fromServer().toString("latin1");
    const messages = (binary: boolean) =>
      Buffer.concat(sockets.messages.filter((message) => message.binary === binary).map(({ data }) => data));
    const [data, control] = [messages(true).toString("latin1"), messages(false).toString()];
    expect(toServer).toContain("plain-marker");
    expect(toServer).toMatch(/^SSH-2\.0-/);
    expect(toClient).toContain("SSH-2.0-OpenSSH");
    expect(data).toContain("SSH-2.0-OpenSSH");
    expect(control).toContain('"type":"open"');
    const all = [toServer, toClient, data, control, relay.log()].join("\n");
    for (const secret of [sshd.password, sshd.user, COMMAND, "1234567", OUTPUT, "9876536"])
      expect(all).not.toContain(secret);
  } finally {
    await sockets.stop();
    await tcp.stop();
  }
});

interface Attempts {
  readonly evaluated: string;
  readonly constructed: string;
  readonly fetched: string;
  readonly socket: string;
  readonly violations: readonly string[];
}

/** What foreign code inside a page or a worker would try; a function without surroundings, since its text is sent there. */
async function attempts(foreign: string): Promise<Attempts> {
  const violations: string[] = [];
  addEventListener("securitypolicyviolation", (event) =>
    violations.push((event as SecurityPolicyViolationEvent).effectiveDirective),
  );
  const tried = (attempt: () => unknown): string => {
    try {
      return `worked: ${attempt()}`;
    } catch (error) {
      return (error as Error).name;
    }
  };
  const evaluated = tried(() => Reflect.get(globalThis, "eval")("1 + 1"));
  const constructed = tried(() => new Function("return 1 + 1")());
  const fetched = await fetch(`http://${foreign}/fetch`, { mode: "no-cors" }).then(
    () => "worked",
    (error: Error) => error.name,
  );
  const socket = await new Promise<string>((resolve) => {
    try {
      const opened = new WebSocket(`ws://${foreign}/socket`);
      opened.onopen = () => resolve("worked");
      opened.onerror = () => resolve("error");
    } catch (error) {
      resolve((error as Error).name);
    }
  });
  // The reports of what was refused come later than the refusals, and from a worker later still.
  await new Promise<void>((resolve) => {
    const reported = () => violations.filter((directive) => directive === "connect-src").length >= 2 && resolve();
    addEventListener("securitypolicyviolation", reported);
    setTimeout(resolve, 5000);
    reported();
  });
  return { evaluated, constructed, fetched, socket, violations };
}

/** A stranger on another port, who counts who came. */
async function stranger(): Promise<{ readonly server: Server; readonly address: string; readonly visits: string[] }> {
  const visits: string[] = [];
  const server = createServer((incoming, outgoing) => {
    visits.push(incoming.url ?? "");
    outgoing.end();
  });
  server.on("upgrade", (incoming, socket) => {
    visits.push(incoming.url ?? "");
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}`, visits };
}

/** Passes the relay's pages on as they are, headers and all, with foreign code at the end of both scripts. */
async function tamperWithScripts(
  origin: string,
  code: string,
): Promise<{ readonly server: Server; readonly origin: string }> {
  const { hostname, port, host } = new URL(origin);
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, host, "accept-encoding": "identity" };
    request({ hostname, port, path: incoming.url, headers }, (answer) => {
      const { "content-length": _, ...kept } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, kept);
      answer.pipe(outgoing, { end: false });
      answer.on("end", () => outgoing.end(incoming.url?.endsWith(".js") ? `\n${code}` : ""));
    }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

declare global {
  interface Window {
    seen: Map<string, Attempts>;
  }
}

test("foreign code in the page or in its worker can neither evaluate text nor reach a stranger", async ({
  page,
  relay,
  sshd,
}) => {
  const other = await stranger();
  // Within the scripts themselves, since a browser lets through what its driver evaluates.
  const code = `(${attempts})(${JSON.stringify(other.address)}).then((seen) => new BroadcastChannel("seen").postMessage([globalThis.document ? "page" : "worker", seen]));`;
  const tampered = await tamperWithScripts(relay.origin, code);
  try {
    // The stranger is there, for whoever may.
    await fetch(`http://${other.address}/allowed`);
    await page.addInitScript(() => {
      window.seen = new Map();
      new BroadcastChannel("seen").onmessage = ({ data: [where, seen] }) => window.seen.set(where, seen);
    });
    await page.goto(`${tampered.origin}/#token=${relay.token}`);
    await connect(page, sshd);
    for (const where of ["page", "worker"]) {
      const found = () => page.evaluate((place) => window.seen.get(place), where);
      await expect.poll(found, { message: where }).toBeDefined();
      const seen = await found();
      expect(seen).toMatchObject({ evaluated: "EvalError", constructed: "EvalError", fetched: "TypeError" });
      expect(seen?.socket).not.toBe("worked");
      expect(seen?.violations.filter((directive) => directive === "connect-src").length).toBeGreaterThanOrEqual(2);
    }
    expect(other.visits).toEqual(["/allowed"]);
  } finally {
    other.server.close();
    tampered.server.close();
  }
});

test("every answer of the relay carries the security headers", async ({ page, relay }) => {
  const seen = new Map<string, Record<string, string>>();
  page.on("response", async (response) => seen.set(new URL(response.url()).pathname, await response.allHeaders()));
  await openApp(page, relay);
  const worker = await page.evaluate(async () => {
    const scripts = [...document.scripts].map((script) => script.src);
    const sources = await Promise.all(scripts.map(async (src) => (await fetch(src)).text()));
    return /[\w-]*worker-[\w-]+\.js/.exec(sources.join())?.[0];
  });
  expect(worker).toBeDefined();
  for (const path of [
    "/",
    "/config.json",
    `/assets/${worker}`,
    "/favicon.svg",
    "/nothing",
    "/relay",
    "/../x",
    "/.vite/client.json",
  ]) {
    const answer = await fetch(relay.origin + path);
    await answer.body?.cancel();
    seen.set(`${path} ${answer.status}`, Object.fromEntries(answer.headers));
  }
  const posted = await fetch(relay.origin, { method: "POST" });
  seen.set(`POST ${posted.status}`, Object.fromEntries(posted.headers));
  const kinds = [...seen.values()].map((headers) => headers["content-type"]?.split(";")[0]);
  expect(kinds).toEqual(
    expect.arrayContaining(["text/html", "text/javascript", "text/css", "application/json", "image/svg+xml"]),
  );
  for (const [path, headers] of seen) {
    const policy = headers["content-security-policy"] ?? "";
    expect.soft(policy, path).toContain("default-src 'none'; script-src 'self'; worker-src 'self'");
    expect.soft(policy, path).toContain("require-trusted-types-for 'script'; trusted-types periwinkle");
    expect.soft(policy, path).toContain("frame-ancestors 'none'");
    expect.soft(headers["cross-origin-opener-policy"], path).toBe("same-origin");
    expect.soft(headers["x-content-type-options"], path).toBe("nosniff");
    expect.soft(headers["referrer-policy"], path).toBe("no-referrer");
    expect.soft(headers["x-frame-options"], path).toBe("DENY");
  }
});

/** All that the page could keep: its address, both storages and every database, as one text. */
const keptBy = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const kept: unknown[] = [location.href, { ...localStorage }, { ...sessionStorage }, document.cookie];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name ?? "");
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(opening.error);
      });
      for (const store of database.objectStoreNames) {
        const all = database.transaction(store).objectStore(store).getAll();
        await new Promise((resolve, reject) => {
          all.onsuccess = resolve;
          all.onerror = reject;
        });
        kept.push(store, all.result);
      }
      database.close();
    }
    return JSON.stringify(kept);
  });

test("a whole session breaks no rule of the policy and leaves no secret behind", async ({ page, relay }) => {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      console.error(`policy: ${event.effectiveDirective} ${event.sample}`),
    );
  });
  // PAM waits two seconds over a wrong password.
  const sshd = await startSshd({ pam: false });
  try {
    await openApp(page, relay);
    await connect(page, sshd);
    await trustAndSave(page);
    await givePassword(page, `wrong-${sshd.password}`);
    await expect(loginDialog(page).getByRole("alert")).toBeVisible();
    await givePassword(page, sshd.password);
    await expectShell(page);
    // 24-bit colours, and colours that must be changed to be legible: what once broke the policy.
    await typeLine(page, "clear; printf '\\033[38;2;0;120;60mtrue\\033[0m \\033[48;5;15;38;5;231mpale\\033[0m\\n'");
    await expect(page.getByText("true", { exact: true })).toHaveCSS("color", "rgb(0, 120, 60)");
    await run(page, COMMAND, OUTPUT);

    const kept = await keptBy(page);
    expect(kept).toContain(sshd.hostKeys.get("ed25519")?.publicLine.split(" ")[1]);
    expect(page.url()).not.toContain(relay.token);
    expect(kept.split(relay.token)).toHaveLength(2);
    expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual(["periwinkle.token"]);
    for (const secret of [sshd.password, COMMAND, OUTPUT]) expect(kept).not.toContain(secret);

    sshd.killSessions();
    await expect(exitBar(page)).toBeVisible();
    await page.evaluate(() => {
      navigator.clipboard.writeText = async (text) => {
        document.title = text;
      };
    });
    await button(exitBar(page), "Copy details").click();
    await expect(page).toHaveTitle(/Target: 127\.0\.0\.1/);
    const details = await page.title();
    for (const secret of [sshd.password, relay.token, COMMAND, OUTPUT]) {
      expect(details).not.toContain(secret);
      if (secret !== relay.token) expect(relay.log()).not.toContain(secret);
    }
    expect(complaints).toEqual([]);
  } finally {
    await sshd.stop();
  }
});
