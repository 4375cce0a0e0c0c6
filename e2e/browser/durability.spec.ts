// What the browser keeps: what it loses is said, two tabs at once lose nothing, and a backup carries all of it elsewhere.

import { type BrowserContext, expect, type Locator, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import {
  button,
  connect,
  connectButton,
  expectShell,
  givePassword,
  logInWithPassword,
  loginDialog,
  openApp,
  trustAndSave,
  trustDialog,
} from "./support.ts";
import { dialog, downloaded, openKnownHosts, rows } from "./support-known-hosts.ts";

/** With one key each: what a server tells of others after the log-in is not the matter here. */
let sshd: Sshd;
let other: Sshd;
test.beforeAll(async () => {
  [sshd, other] = [await startSshd({ hostKeys: ["ed25519"] }), await startSshd({ hostKeys: ["ed25519"] })];
});
test.afterAll(async () => {
  await Promise.all([sshd.stop(), other.stop()]);
});

const PASSPHRASE = "correct horse battery staple";

const lossNotice = (page: Page): Locator => page.getByRole("region", { name: "Known hosts lost" });

async function disconnect(page: Page): Promise<void> {
  await button(page, "Disconnect").click();
  await expect(button(page, "Disconnect")).toBeHidden();
}

/** As a browser does that runs short of room: the database goes, and localStorage stays. */
async function loseDatabase(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const deletion = indexedDB.deleteDatabase("periwinkle");
        deletion.onsuccess = () => resolve();
        deletion.onerror = () => reject(deletion.error);
      }),
  );
}

/** The page has noted that there are known hosts: it hears of what its worker saved. */
const noted = (page: Page): Promise<void> =>
  expect.poll(() => page.evaluate(() => localStorage.getItem("periwinkle.known-hosts"))).not.toBeNull();

/** The next visit: a new page, in the same browser. */
async function visitAgain(page: Page): Promise<void> {
  await page.reload();
  await expect(connectButton(page)).toBeVisible();
}

test("known hosts that the browser has lost are no first contacts: the form says so, and the dialog", async ({
  page,
  relay,
}) => {
  await openApp(page, relay);
  await expect(lossNotice(page)).toBeHidden();
  await logInWithPassword(page, sshd);
  await noted(page);
  await disconnect(page);
  await loseDatabase(page);

  await visitAgain(page);
  await expect(lossNotice(page)).toContainText("has lost its known hosts");
  await connect(page, sshd);
  await expect(trustDialog(page)).toContainText("lost its known hosts");
  // What is saved now is another list than the one that was lost.
  await trustAndSave(page);
  await givePassword(page, sshd.password);
  await expectShell(page);
  await disconnect(page);

  await visitAgain(page);
  await expect(lossNotice(page)).toContainText("has lost its known hosts");
  await button(lossNotice(page), "Start anew").click();
  await expect(lossNotice(page)).toBeHidden();
  await visitAgain(page);
  await expect(lossNotice(page)).toBeHidden();
  await logInWithPassword(page, sshd, "known");
});

test("a list that the person emptied was not lost @one-browser", async ({ page, relay }) => {
  await openApp(page, relay);
  await logInWithPassword(page, sshd);
  await noted(page);
  await disconnect(page);
  await visitAgain(page);
  await openKnownHosts(page);
  await rows(page).first().click();
  await button(page, "Remove").click();
  await expect(rows(page)).toHaveCount(0);
  await visitAgain(page);
  await expect(lossNotice(page)).toBeHidden();
  await connect(page, sshd);
  await expect(trustDialog(page)).not.toContainText("lost");
});

test("two tabs that trust different hosts at the same time keep both", async ({ context, relay }) => {
  const servers = [sshd, other];
  const pages = await Promise.all(servers.map(() => context.newPage()));
  const each = <T>(work: (page: Page, server: Sshd) => Promise<T>): Promise<T[]> =>
    Promise.all(pages.map((page, i) => work(page, servers[i] as Sshd)));
  await each((page) => openApp(page, relay));
  await each(connect);
  await each((page) => expect(trustDialog(page)).toBeVisible());
  await each(trustAndSave);
  await each((page, { password }) => givePassword(page, password));
  await each((page) => expect(button(page, "Disconnect")).toBeVisible());
  // Each tab knows what the other one saved.
  for (const [i, page] of pages.entries()) {
    await page.bringToFront();
    await disconnect(page);
    await visitAgain(page);
    await logInWithPassword(page, servers[1 - i] as Sshd, "known");
    await disconnect(page);
    await visitAgain(page);
    await openKnownHosts(page);
    await expect(rows(page)).toHaveCount(2);
  }
});

test("a backup that was made in one browser is restored in another, which then connects without a question", async ({
  page,
  browser,
  relay,
}) => {
  await openApp(page, relay);
  await logInWithPassword(page, sshd);
  await disconnect(page);
  await visitAgain(page);
  await openKnownHosts(page);
  await button(page, "Back up").click();
  await dialog(page, "Back up").getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await dialog(page, "Back up").getByLabel("The same once more", { exact: true }).fill(PASSPHRASE);
  const { name, bytes } = await downloaded(page, () => button(dialog(page, "Back up"), "Download backup").click());
  expect(name).toMatch(/^periwinkle-backup-/);
  expect(bytes.includes(sshd.host)).toBe(false);

  const elsewhere: BrowserContext = await browser.newContext();
  try {
    const fresh = await elsewhere.newPage();
    await openApp(fresh, relay);
    await openKnownHosts(fresh);
    await expect(rows(fresh)).toHaveCount(0);
    await button(fresh, "Restore").click();
    const restoring = dialog(fresh, "Restore a backup");
    const damaged = Buffer.from(bytes);
    damaged[60] = (damaged[60] ?? 0) ^ 1;
    const look = async (buffer: Buffer, passphrase: string): Promise<void> => {
      const file = { name, mimeType: "application/octet-stream", buffer };
      await restoring.getByLabel("Choose the backup file").setInputFiles(file);
      await restoring.getByLabel("Passphrase", { exact: true }).fill(passphrase);
      await button(restoring, "Look at it").click();
    };
    await look(Buffer.from("not ours"), PASSPHRASE);
    await expect(restoring.getByRole("alert")).toContainText("not a backup that Periwinkle made");
    await look(damaged, PASSPHRASE);
    await expect(restoring.getByRole("alert")).toContainText("The passphrase is wrong, or the file was changed");
    await look(bytes, "another passphrase");
    await expect(restoring.getByRole("alert")).toContainText("The passphrase is wrong");
    await look(bytes, PASSPHRASE);
    await button(restoring, "Restore 1 line").click();
    await expect(rows(fresh)).toHaveCount(1);
    await visitAgain(fresh);
    await connect(fresh, sshd);
    // No question about the key: the log-in comes at once.
    await expect(loginDialog(fresh)).toBeVisible();
    await expect(trustDialog(fresh)).toBeHidden();
    await givePassword(fresh, sshd.password);
    await expectShell(fresh);
  } finally {
    await elsewhere.close();
  }
});
