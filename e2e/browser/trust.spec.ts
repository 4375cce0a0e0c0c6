// Is this the machine we mean? The question of an unknown key, the silence of a known one, the stop at a changed one.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { expect, type Locator, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { freePort } from "../fixtures/child.ts";
import type { KeyPair, KeyType } from "../fixtures/keys.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { DEFAULT_HOST_KEY } from "../scripted/server.ts";
import { serveScripted } from "../scripted/tcp.ts";
import {
  button,
  connect,
  connectButton,
  expectFailure,
  expectForm,
  expectShell,
  givePassword,
  loginDialog,
  openApp,
  trustAndSave,
  trustDialog,
  trustOnce,
} from "./support.ts";

/** RFC 4250 4.1.2 */
const SERVICE_REQUEST = 5;
const USERAUTH_REQUEST = 50;

const TRUST_BUTTONS = /^Trust/;

/** The key that our page asks for first of those that sshd has. */
function keyOf(sshd: Sshd, type: KeyType = "ed25519"): KeyPair {
  const key = sshd.hostKeys.get(type);
  if (!key) throw new Error(`this sshd has no ${type} key`);
  return key;
}

const expectedFingerprint = (page: Page): Locator =>
  trustDialog(page).getByRole("textbox", { name: "Expected fingerprint", exact: true });

/** As eyes compare it: without the blanks between the groups, and without the prefix that all have. */
const digits = (fingerprint: string): string => fingerprint.replace("SHA256:", "");
const within = async (place: Locator): Promise<string> => (await place.innerText()).replace(/\s+/g, "");

test("an unknown key is shown as ssh-keygen shows it, and nothing nudges towards trust", async ({
  page,
  relay,
  sshd,
}) => {
  const key = keyOf(sshd);
  const listed = execFileSync("ssh-keygen", ["-lv", "-f", `${key.file}.pub`], { encoding: "utf8" });
  const randomart = listed.slice(listed.indexOf("\n") + 1).trimEnd();
  await openApp(page, relay);
  await connect(page, sshd);
  const dialog = trustDialog(page);
  await expect(dialog).toBeVisible();
  // Before the second is over: see armed.ts.
  await expect(button(dialog, "Trust once")).toHaveAttribute("aria-disabled", "true");
  await expect(button(dialog, "Trust and save")).toHaveAttribute("aria-disabled", "true");
  await expect(button(dialog, "Cancel")).toBeFocused();
  await expect(dialog).toContainText(`${sshd.host}:${sshd.port}`);
  await expect(dialog).toContainText("ED25519");
  expect(await within(dialog)).toContain(digits(key.fingerprint));
  expect((await dialog.getByRole("img", { name: /picture of the key/i }).innerText()).trimEnd()).toBe(randomart);
  await button(dialog, "Cancel").click();
  await expectFailure(page, "Host trusted", `You did not trust the key of ${sshd.host}:${sshd.port}.`);
  await button(page, "Change host").click();
  await expectForm(page, sshd);
});

test("nothing of the login leaves while the question is open, nor after Escape", async ({ page, relay }) => {
  const server = await serveScripted({ login: { password: "right" } });
  try {
    const arriving = server.connection();
    await openApp(page, relay);
    await connect(page, { host: "127.0.0.1", port: server.port, user: "ada" });
    const refused = await arriving;
    const fingerprint = createHash("sha256").update(DEFAULT_HOST_KEY.blob).digest("base64").replace(/=+$/, "");
    await expectedFingerprint(page).fill(fingerprint);
    await expect(trustDialog(page)).toContainText("It matches");
    await expect(button(trustDialog(page), "Trust once")).toBeEnabled();
    await page.keyboard.press("Escape");
    await expectFailure(page, "Host trusted", "You did not trust the key");
    const numbers = refused.received.map(({ number }) => number);
    expect(numbers).not.toContain(SERVICE_REQUEST);
    expect(numbers).not.toContain(USERAUTH_REQUEST);

    const next = server.connection();
    await button(page, "Try again").click();
    await trustOnce(page);
    await (await next).until(SERVICE_REQUEST);
    await (await next).until(USERAUTH_REQUEST);
  } finally {
    await server.close();
  }
});

test("a key that was trusted once is asked about again, one that was saved never is", async ({
  page,
  relay,
  sshd,
  context,
}) => {
  await openApp(page, relay);
  await connect(page, sshd);
  await trustOnce(page);
  await givePassword(page, sshd.password);
  await expectShell(page);
  await button(page, "Disconnect").click();
  await page.reload();
  await connect(page, sshd);
  await trustAndSave(page);
  await expect(loginDialog(page)).toBeVisible();

  // Should a question come after all, nobody is there to answer it, and no log-in dialog opens.
  await page.reload();
  await connect(page, sshd);
  await expect(loginDialog(page)).toBeVisible();

  const second = await context.newPage();
  await openApp(second, relay);
  await connect(second, sshd);
  await expect(loginDialog(second)).toBeVisible();
  await second.close();
});

test("the expected fingerprint is compared: it fits, it does not, or it is none", async ({ page, relay, sshd }) => {
  const { fingerprint } = keyOf(sshd);
  const stranger = `SHA256:${createHash("sha256").update("another key").digest("base64").replace(/=+$/, "")}`;
  await openApp(page, relay);
  await connect(page, sshd);
  const dialog = trustDialog(page);
  const trust = dialog.getByRole("button", { name: TRUST_BUTTONS });

  await expectedFingerprint(page).fill(stranger);
  await expect(dialog).toContainText("It does not match");
  await expect(trust).toHaveCount(0);
  await expectedFingerprint(page).press("Enter");
  await expect(dialog).toBeVisible();

  for (const unreadable of [fingerprint.slice(0, -1), "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48", "yes"]) {
    await expectedFingerprint(page).fill(unreadable);
    await expect(dialog).toContainText("This is no SHA256 fingerprint");
    await expect(trust).toHaveCount(2);
  }

  await expectedFingerprint(page).fill(`256 ${fingerprint} root@host (ED25519)`);
  await expect(dialog).toContainText("It matches");
  // Enter leads to the button and does not press it.
  await expectedFingerprint(page).press("Enter");
  await expect(button(dialog, "Trust and save")).toBeFocused();
  await expect(dialog).toBeVisible();
  await expect(button(dialog, "Trust and save")).toBeEnabled();
  await page.keyboard.press("Enter");
  await expect(loginDialog(page)).toBeVisible();
});

test("a copied fingerprint is one word, as every other program writes it", async ({ page, relay, sshd }) => {
  const { fingerprint } = keyOf(sshd);
  await openApp(page, relay);
  await connect(page, sshd);
  const shown = trustDialog(page).getByText(digits(fingerprint).slice(0, 4));
  await expect(shown).toBeVisible();
  const box = await shown.boundingBox();
  if (!box) throw new Error("the fingerprint has no place on the screen");
  await page.mouse.move(box.x + 1, box.y + 4);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 2, box.y + box.height - 4, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.press("Control+c");
  await expectedFingerprint(page).press("Control+v");
  await expect(expectedFingerprint(page)).toHaveValue(fingerprint);
  await expect(trustDialog(page)).toContainText("It matches");
});

/** Trusts and saves the key of an sshd, which is then another one on the same port. */
async function exchangeServer(page: Page, before: readonly KeyType[], after: readonly KeyType[]) {
  const port = await freePort();
  const first = await startSshd({ port, hostKeys: before });
  try {
    await connect(page, first);
    await trustAndSave(page);
    await button(loginDialog(page), "Cancel").click();
    await expect(connectButton(page)).toBeVisible();
  } finally {
    await first.stop();
  }
  return { first, second: await startSshd({ port, hostKeys: after }) };
}

test("a changed key stops the connection, and only forgetting the host by name leads on", async ({ page, relay }) => {
  await openApp(page, relay);
  const { first, second } = await exchangeServer(page, ["ed25519"], ["ed25519"]);
  try {
    const place = `${second.host}:${second.port}`;
    await connectButton(page).click();
    await expect(page.getByRole("heading", { name: `The key of ${place} changed`, level: 1 })).toBeVisible();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    const shown = await within(page.getByRole("main"));
    expect(shown).toContain(digits(keyOf(first).fingerprint));
    expect(shown).toContain(digits(keyOf(second).fingerprint));
    await expect(page.getByRole("button", { name: /trust|accept|continue|connect|try again/i })).toHaveCount(0);

    const forget = button(page, "Forget this host");
    const name = page.getByRole("textbox", { name: "Type the host name to forget it" });
    await expect(forget).toBeDisabled();
    await name.fill("127.0.0.2");
    await expect(forget).toBeDisabled();
    await name.fill(second.host);
    await forget.click();
    await expectForm(page, second);

    await connectButton(page).click();
    await expect(trustDialog(page)).toBeVisible();
    expect(await within(trustDialog(page))).toContain(digits(keyOf(second).fingerprint));
  } finally {
    await second.stop();
  }
});

test("a key of another type than the known one is as serious, and going back forgets nothing", async ({
  page,
  relay,
}) => {
  await openApp(page, relay);
  const { first, second } = await exchangeServer(page, ["ed25519"], ["ecdsa"]);
  try {
    const heading = page.getByRole("heading", { name: `The key of ${second.host}:${second.port} changed` });
    await connectButton(page).click();
    await expect(heading).toBeVisible();
    const shown = await within(page.getByRole("main"));
    expect(shown).toContain(digits(keyOf(first).fingerprint));
    expect(shown).toContain(digits(keyOf(second, "ecdsa").fingerprint));
    await button(page, "Go back").click();
    await expectForm(page, second);
    await connectButton(page).click();
    await expect(heading).toBeVisible();
  } finally {
    await second.stop();
  }
});

test("a server that hangs up takes its question along, and that is said", async ({ page, relay }) => {
  const sshd = await startSshd({ config: ["LoginGraceTime 3"], hostKeys: ["ed25519"] });
  try {
    await openApp(page, relay);
    await connect(page, sshd);
    await expect(trustDialog(page)).toBeVisible();
    await expectFailure(page, "Host trusted", "ended while it waited for you");
    await expect(trustDialog(page)).toHaveCount(0);
  } finally {
    await sshd.stop();
  }
});
