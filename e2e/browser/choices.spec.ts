// What is chosen for a host before connecting: what to do about unknown keys, and the name it is known as.

import { expect, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { startSshd } from "../fixtures/sshd.ts";
import {
  button,
  connect,
  connectButton,
  expectFailure,
  expectShell,
  field,
  fillDestination,
  givePassword,
  loginDialog,
  openApp,
  trustAndSave,
  trustDialog,
} from "./support.ts";
import {
  alias,
  expectNoViolations,
  follow,
  hostKeyOf,
  linkTo,
  mode,
  NOBODYS,
  options,
  status,
} from "./support-choices.ts";
import { allowOldBox } from "./support-connection.ts";

/** Leaves the log-in dialog, or the shell, for the form. */
async function backToForm(page: Page): Promise<void> {
  await button(loginDialog(page), "Cancel").click();
  await expect(connectButton(page)).toBeVisible();
}

test("new hosts are accepted unasked where the person wants it, saved, and said @one-browser", async ({
  page,
  relay,
  sshd,
}) => {
  await openApp(page, relay);
  await fillDestination(page, sshd);
  await options(page).click();
  await mode(page, "Accept new hosts").check();
  await connectButton(page).click();
  await givePassword(page, sshd.password);
  await expectShell(page);
  await expect(page.getByText(`${sshd.host}:${sshd.port} was not known`)).toContainText("was saved");
  await expect(status(page)).toContainText("new host, saved");
  await button(page, "Disconnect").click();
  await page.reload();

  await fillDestination(page, sshd);
  await expect(mode(page, "Accept new hosts")).toBeChecked();
  await mode(page, "Ask me").check();
  await connectButton(page).click();
  await givePassword(page, sshd.password);
  await expectShell(page);
  await expect(status(page)).toContainText("known host");
});

test("unknown keys are refused where the person wants it @one-browser", async ({ page, relay, sshd }) => {
  await openApp(page, relay);
  await fillDestination(page, sshd);
  await options(page).click();
  await mode(page, "Refuse").check();
  await connectButton(page).click();
  await expectFailure(page, "Host trusted", "you connect to known hosts only");
  await expect(trustDialog(page)).toHaveCount(0);
});

test("two ports that are known as one name have one key, and one question @one-browser", async ({
  page,
  relay,
  sshd,
}) => {
  const other = await startSshd({ config: [`HostKey ${hostKeyOf(sshd).file}`], hostKeys: [] });
  try {
    await openApp(page, relay);
    await fillDestination(page, sshd);
    await options(page).click();
    await alias(page).fill("a b");
    await connectButton(page).click();
    await expect(alias(page)).toBeFocused();
    await expect(alias(page)).toHaveAccessibleDescription(/not a host name/);
    await alias(page).fill("Cluster.example");
    await connectButton(page).click();
    await expect(trustDialog(page)).toContainText("cluster.example");
    await trustAndSave(page);
    await backToForm(page);

    await fillDestination(page, other);
    await expect(alias(page)).toHaveValue("");
    await alias(page).fill("cluster.example");
    await connectButton(page).click();
    await expect(loginDialog(page)).toBeVisible();
  } finally {
    await other.stop();
  }
});

test("the options of a host are remembered, and always in view", async ({ page, relay, sshd }) => {
  await openApp(page, relay);
  await fillDestination(page, sshd);
  await options(page).click();
  await allowOldBox(page).check();
  await mode(page, "Accept new hosts").check();
  await alias(page).fill("rack-7");
  await expectNoViolations(page);
  await connectButton(page).click();
  await expect(loginDialog(page)).toBeVisible();
  await page.reload();

  await expect(connectButton(page)).toBeVisible();
  await expect(alias(page)).toBeHidden();
  await fillDestination(page, sshd);
  await expect(alias(page)).toHaveValue("rack-7");
  await expect(allowOldBox(page)).toBeChecked();
  await expect(mode(page, "Accept new hosts")).toBeChecked();
  await options(page).click();
  await expect(alias(page)).toBeHidden();
  await expect(options(page)).toContainText("old algorithms allowed, new hosts accepted, known as rack-7");
  // A link brings its host, and that host's own options.
  await follow(page, "ssh://mallory@evil.example");
  await expect(options(page)).toHaveText("Options");
});

test("all of it by keyboard alone", async ({ page, relay, sshd }) => {
  await openApp(page, relay);
  await field(page, "Host").focus();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(linkTo(sshd, NOBODYS));
  const tabTo = async (name: RegExp): Promise<void> => {
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(() => {
        const at = document.activeElement;
        const label = at instanceof HTMLInputElement ? at.labels?.[0]?.innerText : undefined;
        return label ?? at?.textContent ?? "";
      });
      if (name.test(focused)) return;
    }
    throw new Error(`no way to ${name} by Tab`);
  };
  await tabTo(/^Do not expect it$/);
  await page.keyboard.press("Enter");
  await expect(connectButton(page)).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(options(page)).toBeFocused();
  await page.keyboard.press("Enter");
  await tabTo(/^Ask me$/);
  await page.keyboard.press("ArrowDown");
  await expect(mode(page, "Accept new hosts")).toBeChecked();
  await tabTo(/^Known as$/);
  await page.keyboard.type("rack-7");
  await tabTo(/^Open ssh: links/);
  await tabTo(/^Connect$/);
  await page.keyboard.press("Enter");
  await expect(loginDialog(page)).toBeVisible();
});

test("known hosts that the browser has lost are said to be lost, until the person starts anew @one-browser", async ({
  page,
  relay,
  sshd,
}) => {
  await openApp(page, relay);
  await connect(page, sshd);
  await trustAndSave(page);
  await backToForm(page);
  const lost = page.getByRole("region", { name: "Known hosts lost" });
  await page.reload();
  await expect(connectButton(page)).toBeVisible();
  await expect(lost).toHaveCount(0);

  // At a place of the same origin where no page holds the database open.
  await page.goto(`${relay.origin}/healthz`);
  await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const gone = indexedDB.deleteDatabase("periwinkle");
        gone.onsuccess = resolve;
        gone.onerror = reject;
      }),
  );
  await openApp(page, relay);
  await expect(lost.getByRole("alert")).toContainText("This browser has lost its known hosts (last seen on");
  await expectNoViolations(page);
  await connect(page, sshd);
  await expect(trustDialog(page)).toContainText("lost its known hosts");
  await button(trustDialog(page), "Cancel").click();
  await button(page, "Change host").click();
  await button(lost, "Restore").click();
  await expect(page.getByRole("heading", { name: "Known hosts" })).toBeVisible();
  await page.reload();
  await button(lost, "Start anew").click();
  await expect(lost).toHaveCount(0);
  await page.reload();
  await expect(connectButton(page)).toBeVisible();
  await expect(lost).toHaveCount(0);
});
