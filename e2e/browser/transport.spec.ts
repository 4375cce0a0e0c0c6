// What protects a connection, as a person sees it: what was agreed on, what could not be, and the one switch there is.

import { expect, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { startSshd } from "../fixtures/sshd.ts";
import {
  button,
  connect,
  connectButton,
  expectFailure,
  expectShell,
  expectWorkingShell,
  field,
  fillDestination,
  givePassword,
  logInWithPassword,
  loginDialog,
  openApp,
  terminal,
  trustAndSave,
} from "./support.ts";
import { allowAndTryAgain, allowOldBox, fact, OLD_SERVER, openPanel, panel } from "./support-connection.ts";

/** The clipboard's text as it arrives in a field of one line: reading it directly needs a permission in Firefox. */
async function pasted(page: Page): Promise<string> {
  await field(page, "Host").fill("");
  await field(page, "Host").press("Control+v");
  await expect(field(page, "Host")).not.toHaveValue("");
  return field(page, "Host").inputValue();
}

const status = (page: Page) => page.getByRole("region", { name: "Status", exact: true });

test("an old server: both lists, what would help, and a switch for this host alone that is never silently on @one-browser", async ({
  page,
  relay,
  sshd,
}) => {
  const old = await startSshd(OLD_SERVER);
  const target = `${old.host}:${old.port}`;
  try {
    await openApp(page, relay);
    await connect(page, old);
    await expectFailure(page, "Keys exchanged", `${target} and Periwinkle have no key exchange in common.`);
    await expect(page.getByRole("figure", { name: "Periwinkle accepts" })).toContainText("curve25519-sha256");
    await expect(page.getByRole("figure", { name: `${old.host} offers` })).toContainText("diffie-hellman-group14-sha1");
    await expect(button(page, "Try again")).toBeFocused();
    await button(page, "Copy details").click();
    await expect(page.getByText("Copied", { exact: true })).toBeVisible();
    await button(page, "Change host").click();
    const details = await pasted(page);
    expect(details).toContain("Periwinkle accepts:");
    expect(details).toContain("> diffie-hellman-group14-sha1");

    await connect(page, old);
    await allowAndTryAgain(page, target).click();
    await trustAndSave(page);
    await givePassword(page, old.password);
    await expectWorkingShell(page);
    await expect(status(page)).toContainText("old algorithms");
    await expect(status(page)).toContainText("aes128-cbc, hmac-sha1");
    await openPanel(page);
    await expect(panel(page)).toContainText(
      "Old algorithms are in use: diffie-hellman-group14-sha1, ssh-rsa, aes128-cbc, hmac-sha1.",
    );
    await expect(fact(page, "Strict key exchange")).toContainText("Yes");
    await expect(fact(page, "Key exchange")).toContainText("Not post-quantum");
    await page.keyboard.press("Escape");
    await expect(terminal(page)).toBeFocused();
    await page.keyboard.type("exit\n");
    await button(page, "Reconnect").click();
    await givePassword(page, old.password);
    await expectShell(page);

    // A reload asks first while a connection is open, and a person says yes.
    page.once("dialog", (dialog) => void dialog.accept());
    await page.reload();
    await expect(connectButton(page)).toBeVisible();
    await expect(allowOldBox(page)).toBeHidden();
    await fillDestination(page, old);
    await expect(allowOldBox(page)).toBeVisible();
    await expect(allowOldBox(page)).toBeChecked();
    await fillDestination(page, sshd);
    await expect(allowOldBox(page)).not.toBeChecked();
    await fillDestination(page, old);
    await allowOldBox(page).uncheck();
    await connectButton(page).click();
    await expectFailure(page, "Keys exchanged", "have no key exchange in common.");
  } finally {
    await old.stop();
  }
});

test("the box in Options is enough, also where nothing may be stored", async ({ page, relay }) => {
  await page.addInitScript(() => Object.defineProperty(window, "indexedDB", { value: undefined }));
  const old = await startSshd(OLD_SERVER);
  try {
    await openApp(page, relay);
    await fillDestination(page, old);
    await page.getByText("Options", { exact: true }).click();
    await allowOldBox(page).check();
    await page.getByText("Options", { exact: true }).click();
    await expect(page.getByText("old algorithms allowed", { exact: true })).toBeVisible();
    await connectButton(page).click();
    await trustAndSave(page);
    await expect(loginDialog(page)).toBeVisible();
    await button(loginDialog(page), "Cancel").click();
    await expect(allowOldBox(page)).toBeChecked();
  } finally {
    await old.stop();
  }
});

test("a server that has nothing for us: what its operator can do, and no switch @one-browser", async ({
  page,
  relay,
}) => {
  const odd = await startSshd({ hostKeys: ["ed25519"], config: ["MACs umac-64@openssh.com", "Ciphers aes128-ctr"] });
  try {
    await openApp(page, relay);
    await connect(page, odd);
    await expectFailure(page, "Keys exchanged", "have no MAC (to the server) in common.");
    await expect(page.getByRole("alert")).toContainText("The server's operator has to update it");
    await expect(page.getByRole("figure", { name: `${odd.host} offers` })).toContainText("umac-64@openssh.com");
    await expect(page.getByRole("button", { name: /^Allow old/ })).toHaveCount(0);
  } finally {
    await odd.stop();
  }
});

test("the panel of a modern connection, by keyboard", async ({ page, relay, sshd }) => {
  await openApp(page, relay);
  await logInWithPassword(page, sshd);
  await expect(status(page)).toContainText("post-quantum");
  await expect(status(page)).not.toContainText("old algorithms");
  await expect(status(page)).toContainText(/Round trip (<1|\d+) ms/);
  await button(page, "Connection").focus();
  await page.keyboard.press("Enter");
  await expect(button(panel(page), "Close")).toBeFocused();
  await expect(fact(page, "Calls itself")).toContainText("SSH-2.0-OpenSSH");
  await expect(fact(page, "Key exchange")).toContainText(/^(mlkem768|sntrup761)x25519-sha/);
  await expect(fact(page, "Key exchange")).toContainText("Post-quantum");
  await expect(fact(page, "Host key")).toHaveText("ssh-ed25519");
  const fingerprint = sshd.hostKeys.get("ed25519")?.fingerprint ?? "";
  expect(((await fact(page, "SHA256 fingerprint").textContent()) ?? "").replaceAll(" ", "")).toBe(fingerprint.slice(7));
  await expect(fact(page, "Strict key exchange")).toHaveText("Yes");
  await expect(fact(page, "MAC")).toHaveText("part of the cipher");
  await expect(fact(page, "User")).toHaveText(`${sshd.user}, by password`);
  await expect(fact(page, "Connected")).toContainText("since");
  await expect(fact(page, "Round trip")).toHaveText(/^(<1|\d+) ms$/);
  await expect(fact(page, "Relay")).toContainText(new URL(relay.origin).host);
  await button(panel(page), "Copy").click();
  await expect(panel(page).getByText("Copied", { exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(panel(page)).toHaveCount(0);
  await expect(terminal(page)).toBeFocused();
  await page.keyboard.type("exit\n");
  await button(page, "Close").click();
  const copied = await pasted(page);
  expect(copied).toContain(`Connection to ${sshd.host}:${sshd.port}`);
  expect(copied).toContain(fingerprint);
});
