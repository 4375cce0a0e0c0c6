// Is this the machine we mean? The question of an unknown key, the silence of a known one, the stop at a changed one.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { expect, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { freePort } from "../fixtures/child.ts";
import type { KeyType } from "../fixtures/keys.ts";
import { startSshd } from "../fixtures/sshd.ts";
import { ed25519HostKey } from "../scripted/exchange.ts";
import { DEFAULT_HOST_KEY } from "../scripted/server.ts";
import { serveScripted } from "../scripted/tcp.ts";
import {
  armed,
  button,
  connect,
  connectButton,
  decide,
  expectFailure,
  expectForm,
  expectOnScreen,
  expectShell,
  fillDestination,
  givePassword,
  logInWithPassword,
  loginDialog,
  openApp,
  terminal,
  trustAndSave,
  trustDialog,
  trustOnce,
  typeLine,
} from "./support.ts";
import {
  changedHeading,
  digits,
  expectedFingerprint,
  expectNoLogin,
  expectNoLoginLogged,
  fingerprintOf,
  keyOf,
  newFingerprint,
  SERVICE_REQUEST,
  TELLING,
  trustButtons,
  USERAUTH_REQUEST,
  within,
} from "./support-trust.ts";

const REPLACED_HOST_KEY = ed25519HostKey(new Uint8Array(32).fill(9));

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
    await expectedFingerprint(page).fill(digits(fingerprintOf(DEFAULT_HOST_KEY)));
    await expect(trustDialog(page)).toContainText("It matches");
    await armed(button(trustDialog(page), "Trust once"));
    await page.keyboard.press("Escape");
    await expectFailure(page, "Host trusted", "You did not trust the key");
    expectNoLogin(refused);

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
  const trust = trustButtons(page);

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
  await armed(button(dialog, "Trust and save"));
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

test("two ports of one host are two hosts with a key each @one-browser", async ({ page, relay, sshd }) => {
  const server = await serveScripted({ login: { password: "right" } });
  const other = { host: sshd.host, port: server.port, user: "ada" };
  try {
    await openApp(page, relay);
    await connect(page, sshd);
    await trustAndSave(page);
    await button(loginDialog(page), "Cancel").click();
    await connect(page, other);
    await expect(trustDialog(page)).toContainText(`${other.host}:${other.port}`);
    expect(await within(trustDialog(page))).toContain(digits(fingerprintOf(DEFAULT_HOST_KEY)));
    await trustAndSave(page);
    for (const known of [sshd, other]) {
      await button(loginDialog(page), "Cancel").click();
      await connect(page, known);
      await expect(loginDialog(page)).toBeVisible();
    }
  } finally {
    await server.close();
  }
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
  return { first, second: await startSshd({ ...TELLING, port, hostKeys: after }) };
}

test("a changed key stops the connection, and only forgetting the host by name or the right fingerprint leads on", async ({
  page,
  relay,
}) => {
  await openApp(page, relay);
  const { first, second } = await exchangeServer(page, ["ed25519"], ["ed25519"]);
  const replace = button(page, "Replace the saved key");
  const forget = button(page, "Forget this host");
  const name = page.getByRole("textbox", { name: `Type ${second.host} to forget it`, exact: true });
  try {
    await connectButton(page).click();
    await expect(changedHeading(page, second)).toBeFocused();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    const shown = await within(page.getByRole("main"));
    expect(shown).toContain(digits(keyOf(first).fingerprint));
    expect(shown).toContain(digits(keyOf(second).fingerprint));
    expect(shown).toContain("youwereasked");
    await expect(page.getByRole("button", { name: /trust|accept|continue|connect|try again|replace/i })).toHaveCount(0);

    // What was told is the old key: that is no reason to trust the new one.
    await newFingerprint(page).fill(keyOf(first).fingerprint);
    await expect(page.getByText("It does not match")).toBeVisible();
    await expect(replace).toHaveCount(0);
    await expect(forget).toBeDisabled();
    await name.fill("127.0.0.2");
    await expect(forget).toBeDisabled();
    await expectNoLoginLogged(second);

    await newFingerprint(page).fill(keyOf(second).fingerprint);
    await expect(replace).toHaveAttribute("aria-disabled", "true");
    await decide(replace);
    await expect(loginDialog(page)).toBeVisible();
    await button(loginDialog(page), "Cancel").click();
    // Silent from now on, and the old key is the changed one.
    await connectButton(page).click();
    await expect(loginDialog(page)).toBeVisible();
    await button(loginDialog(page), "Cancel").click();
  } finally {
    await second.stop();
  }
  const third = await startSshd({ ...TELLING, port: second.port });
  try {
    await connectButton(page).click();
    await expect(changedHeading(page, third)).toBeVisible();
    expect(await within(page.getByRole("main"))).not.toContain(digits(keyOf(first).fingerprint));
    await name.fill(third.host);
    await forget.click();
    await expectForm(page, third);
    await connectButton(page).click();
    await expect(trustDialog(page)).toBeVisible();
    expect(await within(trustDialog(page))).toContain(digits(keyOf(third).fingerprint));
    await expectNoLoginLogged(third);
  } finally {
    await third.stop();
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

test("a revoked key has a page without a way on", async ({ page, relay }) => {
  const server = await serveScripted();
  const target = { host: "127.0.0.1", port: server.port, user: "ada" };
  try {
    await openApp(page, relay);
    await connect(page, target);
    await trustAndSave(page);
    await (await server.connection(0)).until(SERVICE_REQUEST);
    await page.reload();
    await expect(connectButton(page)).toBeVisible();
    await revokeEverything(page);
    await connect(page, target);
    const place = `${target.host}:${target.port}`;
    await expect(page.getByRole("heading", { name: `The key of ${place} was revoked`, level: 1 })).toBeFocused();
    await expect(page.getByRole("button")).toHaveText(["Known hosts", "Go back"]);
    await expect(page.getByRole("textbox")).toHaveCount(0);
    expectNoLogin(await server.connection(1));
    await button(page, "Go back").click();
    await expectForm(page, target);
  } finally {
    await server.close();
  }
});

/** As an import of such lines would leave the known hosts. */
async function revokeEverything(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open("periwinkle");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction("known-hosts", "readwrite");
          const cursor = transaction.objectStore("known-hosts").openCursor();
          cursor.onsuccess = () => {
            cursor.result?.update(String(cursor.result.value).replace(/^(?=.)/gm, "@revoked "));
            cursor.result?.continue();
          };
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
  );
}

test("the whole way by keyboard alone: a first contact, a changed key, and the login", async ({ page, relay }) => {
  let hostKey = DEFAULT_HOST_KEY;
  const server = await serveScripted({ login: { password: "right" }, hostKey: () => hostKey });
  /** To what has this label or text, without leaving the page. */
  const tabTo = async (name: string, key: "Tab" | "Shift+Tab") => {
    for (let tabs = 0; tabs < 5; tabs++) {
      const reached = await page.evaluate(() => {
        const { activeElement: element } = document;
        return (element instanceof HTMLInputElement ? element.labels?.[0] : element)?.textContent?.trim();
      });
      if (reached === name) return;
      await page.keyboard.press(key);
    }
    throw new Error(`no Tab leads to ${name}`);
  };
  try {
    await openApp(page, relay);
    await fillDestination(page, { host: "127.0.0.1", port: server.port, user: "ada" });
    await page.keyboard.press("Enter");
    await expect(button(trustDialog(page), "Cancel")).toBeFocused();
    await tabTo("Expected fingerprint", "Shift+Tab");
    await page.keyboard.insertText(fingerprintOf(hostKey));
    await tabTo("Trust once", "Tab");
    await tabTo("Trust and save", "Tab");
    await tabTo("Expected fingerprint", "Shift+Tab");
    await page.keyboard.press("Enter");
    await expect(button(trustDialog(page), "Trust and save")).toBeFocused();
    await armed(button(trustDialog(page), "Trust and save"));
    await page.keyboard.press("Enter");
    await expect(loginDialog(page)).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(connectButton(page)).toBeFocused();

    hostKey = REPLACED_HOST_KEY;
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { name: /changed$/ })).toBeFocused();
    await tabTo("New fingerprint, from the server's owner", "Tab");
    await page.keyboard.insertText(fingerprintOf(hostKey));
    await page.keyboard.press("Enter");
    await expect(button(page, "Replace the saved key")).toBeFocused();
    await page.keyboard.press("Enter");
    await armed(button(page, "Replace the saved key"));
    expectNoLogin(await server.connection(1));
    await page.keyboard.press("Space");
    await expect(loginDialog(page)).toBeVisible();
  } finally {
    await server.close();
  }
});

test("a program in the terminal can draw no dialog, whatever it prints", async ({ page, relay, sshd }) => {
  await openApp(page, relay);
  await logInWithPassword(page, sshd);
  const forged =
    "\\033[2J\\033[H\\033]0;Unknown host key\\007Unknown host key  [Cancel] [Trust and save] <dialog open>\\n";
  await typeLine(page, `for i in $(seq 300); do printf '${forged}'; done; echo drawn $((40 + 2))`);
  await expectOnScreen(page, "drawn 42");
  await expect(page.locator("dialog")).toHaveCount(0);
  await expect(page.getByRole("dialog").or(page.getByRole("alertdialog"))).toHaveCount(0);
  await expect(page.getByRole("button", { name: /trust/i })).toHaveCount(0);
  await expect(terminal(page)).toBeFocused();
});
