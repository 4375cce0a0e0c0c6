// What goes wrong, and what the page says about it: each failure has a sentence of its own on the rung where it happened,
// and the form keeps what was typed.

import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { expect, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { freePort, startChild } from "../fixtures/child.ts";
import { type RelayUnderTest, startRelay } from "../fixtures/relay.ts";
import { type Behaviour, startScriptedTcp } from "../fixtures/scripted-tcp.ts";
import { startSsh2Server } from "../fixtures/ssh2-server.ts";
import { startSshd } from "../fixtures/sshd.ts";
import {
  button,
  connect,
  connectButton,
  type Destination,
  exitBar,
  expectFailure,
  expectForm,
  expectOnScreen,
  expectWorkingShell,
  field,
  givePassword,
  logInWithPassword,
  loginDialog,
  openApp,
  type Rung,
  screenText,
  trustAndSave,
  trustDialog,
} from "./support.ts";

const TOKEN = "a-token-that-outlives-one-relay-0123456789";

const at = (port: number): Destination => ({ host: "127.0.0.1", port, user: "ada" });

/** Connects, is told why it did not work, and finds the form as it was. */
async function expectRefusal(page: Page, destination: Destination, rung: Rung, sentence: string): Promise<void> {
  await connect(page, destination);
  await expectFailure(page, rung, sentence);
  await expect(button(page, "Try again")).toBeFocused();
  await button(page, "Change host").click();
  await expectForm(page, destination);
}

/** The clipboard's text as it arrives in a field of one line: reading it directly needs a permission in Firefox. */
async function pasted(page: Page): Promise<string> {
  await field(page, "Host").fill("");
  await field(page, "Host").press("Control+v");
  await expect(field(page, "Host")).not.toHaveValue("");
  return field(page, "Host").inputValue();
}

/** Below everything else: a listener that is stopped and whose queue is full, so that nobody gets an answer. */
async function startMuteHost() {
  const listen = `const s = require("node:net").createServer();
s.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => console.log("port " + s.address().port));`;
  const child = startChild(process.execPath, ["-e", listen]);
  const port = Number((await child.says(/port (\d+)/))[1]);
  process.kill(child.pid, "SIGSTOP");
  const queued: Socket[] = [];
  for (let i = 0; i < 4; i++) queued.push(connectTcp(port, "127.0.0.1").on("error", () => {}));
  await Promise.all(queued.slice(0, 2).map((socket) => once(socket, "connect")));
  return {
    port,
    async stop() {
      for (const socket of queued) socket.destroy();
      process.kill(child.pid, "SIGCONT");
      await child.stop();
    },
  };
}

test("a host name that nobody knows @one-browser", async ({ page, relay }) => {
  await openApp(page, relay);
  const destination = { ...at(22), host: "no-such-host.invalid" };
  await expectRefusal(
    page,
    destination,
    // The relay looks a name up to see whether it may dial what stands behind it.
    "Relay allows this target",
    "The relay could not find a host named no-such-host.invalid.",
  );
});

test("a port that nothing listens on, and Try again once something does @one-browser", async ({ page, relay }) => {
  const port = await freePort();
  await openApp(page, relay);
  await connect(page, at(port));
  await expectFailure(page, "Server answered", `Nothing listens on port ${port} of 127.0.0.1.`);
  const sshd = await startSshd({ port, hostKeys: ["ed25519"] });
  try {
    await button(page, "Try again").click();
    await expect(trustDialog(page)).toBeVisible();
  } finally {
    await sshd.stop();
  }
});

test("a target that the relay may not dial, a host that never answers, and one that answers and says nothing @one-browser", async ({
  page,
}) => {
  const mute = await startMuteHost();
  const silent = await startScriptedTcp({ kind: "silent" });
  const relay = await startRelay({ flags: ["--dial-timeout", "1", "--idle-timeout", "1", "--deny", "127.0.0.1:24"] });
  try {
    await openApp(page, relay);
    await expectRefusal(page, at(24), "Relay allows this target", "This relay does not connect to 127.0.0.1:24.");
    await expectRefusal(page, at(mute.port), "Server answered", `127.0.0.1 did not answer on port ${mute.port}.`);
    await expectRefusal(page, at(silent.port), "SSH spoken", "Nothing moved for so long");
  } finally {
    await relay.stop();
    await silent.stop();
    await mute.stop();
  }
});

const says = (text: string, next: "close" | "wait"): Behaviour => ({ kind: "say", bytes: Buffer.from(text), next });

const SPEAKERS: readonly { name: string; behaviour: Behaviour; rung: Rung; sentence: string; quoted?: string }[] = [
  {
    name: "a web server",
    behaviour: says("HTTP/1.1 400 Bad Request\r\nServer: \u202eevil\u001b[2J\r\n\r\n", "close"),
    rung: "SSH spoken",
    sentence: "is no SSH server.",
    quoted: "HTTP/1.1 400 Bad Request",
  },
  {
    name: "SSH 1.5",
    behaviour: says("SSH-1.5-older than most\r\n", "wait"),
    rung: "SSH spoken",
    sentence: "speaks a version of SSH that is no longer safe.",
    quoted: "SSH-1.5-older than most",
  },
  {
    name: "a server that closes at once",
    behaviour: { kind: "close" },
    rung: "SSH spoken",
    sentence: "is no SSH server.",
  },
  {
    name: "a server that talks nonsense",
    behaviour: says(`SSH-2.0-x\r\n${"\xff".repeat(64)}`, "wait"),
    rung: "Keys exchanged",
    sentence: "broke the rules of SSH.",
  },
];

test("whatever answers and is no SSH server has its own sentence, and its words are a quotation @one-browser", async ({
  page,
  relay,
}) => {
  const server = await startScriptedTcp({ kind: "silent" });
  try {
    await openApp(page, relay);
    for (const { name, behaviour, rung, sentence, quoted } of SPEAKERS)
      await test.step(name, async () => {
        server.behave(behaviour);
        await connect(page, at(server.port));
        await expectFailure(page, rung, sentence);
        const quotation = page.getByRole("blockquote");
        await expect(quotation).toHaveCount(quoted === undefined ? 0 : 1);
        if (quoted !== undefined) {
          await expect(quotation).toContainText(quoted);
          expect(await quotation.innerText()).not.toMatch(/[\u202e\u001b]/);
        }
        await button(page, "Change host").click();
        await expectForm(page, at(server.port));
      });
  } finally {
    await server.stop();
  }
});

test("a server that cuts the connection @one-browser", async ({ page, relay }) => {
  const server = await startScriptedTcp({ kind: "reset" });
  try {
    await openApp(page, relay);
    await connect(page, at(server.port));
    // On which rung depends on whether the relay had told of the connection before it was gone.
    await expect(page.getByRole("alert")).toContainText(`The connection to 127.0.0.1:${server.port} was cut.`);
  } finally {
    await server.stop();
  }
});

test("a server that takes no more passwords is quoted, and the copied details hold no secret @one-browser", async ({
  page,
}) => {
  const relay = await startRelay();
  // PAM waits two seconds over a wrong password.
  const sshd = await startSshd({ config: ["MaxAuthTries 1"], hostKeys: ["ed25519"], pam: false });
  try {
    await openApp(page, relay);
    await connect(page, sshd);
    await trustAndSave(page);
    await givePassword(page, "Tr0ub4dor&3");
    await expectFailure(page, "You are logged in", `${sshd.host}:${sshd.port} ended the connection.`);
    await expect(page.getByRole("blockquote")).toContainText("Too many authentication failures");
    await button(page, "Copy details").click();
    await expect(page.getByText("Copied", { exact: true })).toBeVisible();
    await button(page, "Change host").click();
    await expectForm(page, sshd);
    const details = await pasted(page);
    expect(details).toContain(`Target: ${sshd.host}:${sshd.port}`);
    expect(details).toContain("Too many authentication failures");
    for (const secret of ["Tr0ub4dor", Buffer.from("Tr0ub4dor&3").toString("base64"), relay.token])
      expect(details).not.toContain(secret);
  } finally {
    await sshd.stop();
    await relay.stop();
  }
});

test("a server that refuses every way to log in @one-browser", async ({ page, relay }) => {
  const server = await startSsh2Server({ user: "ada", login: [] });
  try {
    await openApp(page, relay);
    await connect(page, server);
    await trustAndSave(page);
    await expectFailure(page, "You are logged in", `${server.host}:${server.port} did not let ada in.`);
  } finally {
    await server.stop();
  }
});

test("a session that is killed keeps its scrollback, and Reconnect leads to a working shell @one-browser", async ({
  page,
  relay,
  sshd,
}) => {
  await openApp(page, relay);
  await logInWithPassword(page, sshd);
  await page.keyboard.type("echo kept $((6 * 7))\n");
  await expectOnScreen(page, "kept 42");
  sshd.killSessions();
  await expect(exitBar(page)).toContainText(`${sshd.host}:${sshd.port}`);
  await expect(button(exitBar(page), "Reconnect")).toBeFocused();
  expect(await screenText(page)).toContain("kept 42");
  await button(exitBar(page), "Reconnect").click();
  await givePassword(page, sshd.password);
  await expectWorkingShell(page);
  await button(page, "Disconnect").click();
  await button(exitBar(page), "Close").click();
  await expectForm(page, sshd);
});

test("a relay that stops ends the session, is said to be away, and is used again once it is back", async ({
  page,
  sshd,
}) => {
  const port = await freePort();
  const start = (): Promise<RelayUnderTest> => startRelay({ port, flags: ["--token", TOKEN] });
  let relay = await start();
  try {
    await page.goto(`${relay.origin}/#token=${TOKEN}`);
    await logInWithPassword(page, sshd);
    await page.keyboard.type("echo kept $((6 * 7))\n");
    await expectOnScreen(page, "kept 42");
    await relay.stop();
    await expect(exitBar(page)).toContainText("The relay is shutting down.");
    expect(await screenText(page)).toContain("kept 42");
    await button(exitBar(page), "Reconnect").click();
    await expectFailure(page, "Relay reached", "The relay could not be reached.");
    relay = await start();
    await button(page, "Try again").click();
    await expect(loginDialog(page)).toBeVisible();
  } finally {
    await relay.stop();
  }
});

test("a token of yesterday is told from none, and the printed address mends both", async ({ page, relay, sshd }) => {
  await page.goto(relay.origin);
  await expect(page.getByRole("heading", { name: "Open the address the relay printed" })).toBeVisible();
  await page.goto(`${relay.origin}/#token=${"x".repeat(43)}`);
  await connect(page, sshd);
  await expectFailure(page, "Relay allows this target", "Open the address the relay printed");
  await page.goto(relay.address);
  await expectFailure(page, "Relay allows this target", "Open the address the relay printed");
  await button(page, "Try again").click();
  await expect(trustDialog(page)).toBeVisible();
});

test("the token leaves the address at once, and a reload goes on working", async ({ page, relay, sshd }) => {
  await openApp(page, relay);
  expect(page.url()).not.toContain("token");
  expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
  await page.reload();
  await connect(page, sshd);
  await expect(trustDialog(page)).toBeVisible();
});

test("an address with a destination fills the form and never submits it", async ({ page, relay }) => {
  const server = await startScriptedTcp({ kind: "silent" });
  try {
    await page.goto(`${relay.address}&ssh://ada%2Btest@127.0.0.1:${server.port}`);
    await expectForm(page, { ...at(server.port), user: "ada+test" });
    expect(page.url()).not.toContain(relay.token);
    await page.goto(`${relay.origin}/#ssh://grace@127.0.0.1:${server.port}`);
    await expectForm(page, { ...at(server.port), user: "grace" });
    await page.reload();
    await expectForm(page, { ...at(server.port), user: "grace" });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    expect(server.connections).toBe(0);
    await connectButton(page).click();
    await expect.poll(() => server.connections).toBe(1);
  } finally {
    await server.stop();
  }
});

test("an address that was made to deceive is refused with a reason, and leaves nothing behind", async ({
  page,
  relay,
}) => {
  const links: readonly [link: string, sentence: string][] = [
    ["ssh://root:hunter2@db.example", "The link held a password."],
    ["ssh://ro%3Aot@db%00.example", "The link held no usable host name."],
    ["ssh://<img src=x onerror=alert(1)>", "The link"],
    ["ssh://db.example:99999", "The link held a port that is not a number from 1 to 65535."],
    ["ssh://-oProxyCommand=x@db.example", "The link held a user name"],
    ["ssh://ro%E2%80%AEot@db.example", "The link held a user name"],
    [`ssh://${"a".repeat(3000)}`, "The link could not be understood."],
  ];
  await openApp(page, relay);
  for (const [link, sentence] of links) {
    await page.goto(`${relay.origin}/#${link}`);
    await expect(page.getByRole("alert")).toContainText(sentence);
    await expectForm(page, { host: "", port: 22, user: "" });
    expect(page.url()).toBe(`${relay.origin}/`);
  }
  await page.goto(`${relay.origin}/#ssh://ada@db.example`);
  await expectForm(page, { host: "db.example", port: 22, user: "ada" });
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a page that is not secure says so and offers no form", async ({ page, relay }) => {
  // The name stands for any that a browser reaches by plain HTTP; what it serves is the relay's own page.
  await page.route("http://periwinkle.example/**", async (route) => {
    const { pathname } = new URL(route.request().url());
    const response = await fetch(`${relay.origin}${pathname}`);
    await route.fulfill({
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      body: Buffer.from(await response.arrayBuffer()),
    });
  });
  await page.goto(`http://periwinkle.example/#token=${relay.token}`);
  await expect(page.getByRole("heading", { name: "This page is not secure" })).toBeVisible();
  await expect(page.getByRole("main")).toContainText("https://");
  await expect(connectButton(page)).toHaveCount(0);
  expect(page.url()).not.toContain("token");
});

test("a relay of another version: a reload is offered, and is enough or is said not to be", async ({ page, relay }) => {
  let version = "0.0.1\u202e<b>";
  const config = await (await fetch(`${relay.origin}/config.json`)).json();
  await page.route("**/config.json", (route) => route.fulfill({ json: { ...config, version } }));
  const heading = page.getByRole("heading", { name: "Page and relay are of different versions" });
  await page.goto(relay.address);
  await expect(heading).toBeVisible();
  await expect(page.getByRole("main")).toContainText("the relay is version 0.0.1");
  await expect(page.getByRole("main")).not.toContainText("\u202e");
  await button(page, "Reload").click();
  await expect(page.getByRole("main")).toContainText("reloading did not help");
  version = config.version;
  await button(page, "Reload").click();
  await expect(connectButton(page)).toBeVisible();
});

test("a relay that no longer serves its settings is said to be away", async ({ page, relay }) => {
  await page.route("**/config.json", (route) => route.fulfill({ status: 200, body: "<html>a captive portal" }));
  await page.goto(relay.address);
  await expect(page.getByRole("heading", { name: "The relay does not answer" })).toBeVisible();
  await page.unroute("**/config.json");
  await button(page, "Reload").click();
  await expect(connectButton(page)).toBeVisible();
});
