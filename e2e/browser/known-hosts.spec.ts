// The list of known hosts: in from other machines and out to them, searched, revoked, removed, and long.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { makeKeyPair } from "../fixtures/keys.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { button, connect, connectButton, loginDialog, openApp, trustAndSave, trustDialog } from "./support.ts";
import {
  addHostKey,
  dialog,
  downloaded,
  lookAtImport,
  openKnownHosts,
  rows,
  searchField,
} from "./support-known-hosts.ts";

const folder = mkdtempSync(join(tmpdir(), "periwinkle-known-hosts-"));
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nameOf = ({ host, port }: Sshd): string => `[${host}]:${port}`;

/** As ssh-keyscan prints them. */
const linesOf = (sshd: Sshd): string =>
  [...sshd.hostKeys.values()].map(({ publicLine }) => `${nameOf(sshd)} ${publicLine}\n`).join("");

let files = 0;
const fresh = (name: string): string => join(folder, `${files++}-${name}`);
const strangersLine = (): string => makeKeyPair(fresh("key"), "ed25519").publicLine;

/** What ssh-keygen -H makes of these lines. */
function hashedByOpenSsh(lines: string): string {
  const file = fresh("known_hosts");
  writeFileSync(file, lines);
  execFileSync("ssh-keygen", ["-H", "-f", file], { stdio: "ignore" });
  return readFileSync(file, "utf8");
}

/** Logs in with native ssh, which knows no host but those in this file. */
function nativeSsh(sshd: Sshd, knownHosts: Buffer): { status: number | null; stderr: string } {
  const file = fresh("known_hosts");
  writeFileSync(file, knownHosts);
  const options = [
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${file}`,
    "GlobalKnownHostsFile=none",
    "BatchMode=yes",
  ];
  const given = [
    ...options.flatMap((option) => ["-o", option]),
    "-i",
    sshd.keyFile("ed25519"),
    "-p",
    String(sshd.port),
  ];
  return spawnSync("ssh", ["-F", "none", ...given, `${sshd.user}@${sshd.host}`, "true"], { encoding: "utf8" });
}

test("known hosts that OpenSSH has hashed are imported, found by name, and connect without a question", async ({
  page,
  relay,
  sshd,
}) => {
  await openApp(page, relay);
  await openKnownHosts(page);
  const text = `# of another machine\r\n${hashedByOpenSsh(linesOf(sshd))}@trusted nonsense\r\n`;
  const preview = await lookAtImport(page, text, "file");
  await expect(preview).toContainText("3 new");
  await expect(preview).toContainText("1 left out, because the line cannot be read");
  await button(preview, "Import 3 lines").click();
  await expect(rows(page).first()).toContainText("hidden name");
  await searchField(page).fill(`${sshd.host}:${sshd.port + 1}`);
  await expect(rows(page)).toHaveCount(0);
  // Each line goes to both scopes: nobody can see to which its name belongs.
  await searchField(page).fill(`${sshd.host}:${sshd.port}`);
  await expect(rows(page)).toHaveCount(6);
  await button(page, "Back").click();
  await connect(page, sshd);
  // Should a question come after all, nobody is there to answer it, and no log-in dialog opens.
  await expect(loginDialog(page)).toBeVisible();
  await button(loginDialog(page), "Cancel").click();

  await openKnownHosts(page);
  const again = await lookAtImport(page, text);
  await expect(again).toContainText("3 there already");
  await expect(button(again, "Import 0 lines")).toBeDisabled();
});

test("what is exported, in the clear or hashed, is known to native ssh", async ({ page, relay, sshd }) => {
  await openApp(page, relay);
  await openKnownHosts(page);
  await addHostKey(page, "", linesOf(sshd));
  await expect(rows(page)).toHaveCount(3);
  await addHostKey(page, "db1.example.net", strangersLine());
  await expect(rows(page)).toHaveCount(4);
  for (const hashed of [false, true]) {
    await button(page, "Export").click();
    const exporting = dialog(page, "Export known hosts");
    await exporting.getByRole("combobox", { name: "Which" }).selectOption({ label: "All of them" });
    await exporting.getByRole("checkbox", { name: "Hide the names behind hashes" }).setChecked(hashed);
    const { name, bytes } = await downloaded(page, () => button(exporting, "Download").click());
    expect(name).toBe("known_hosts");
    expect(bytes.toString().includes("db1.example.net")).toBe(!hashed);
    expect(nativeSsh(sshd, bytes)).toMatchObject({ status: 0 });
  }
  // The proof can fail: without the lines native ssh does not log in.
  expect(nativeSsh(sshd, Buffer.from(""))).toMatchObject({ status: 255 });

  await button(page, "Export").click();
  const exporting = dialog(page, "Export known hosts");
  await exporting.getByRole("combobox", { name: "Which" }).selectOption({ label: "Names that count everywhere" });
  const { bytes } = await downloaded(page, () => button(exporting, "Download").click());
  expect(bytes.toString()).not.toContain(sshd.host);
});

test("an import overwrites nothing, unless the person chooses so for that host @one-browser", async ({
  page,
  relay,
  sshd,
}) => {
  await openApp(page, relay);
  await openKnownHosts(page);
  await addHostKey(page, `${sshd.host}:${sshd.port}`, strangersLine());
  await expect(rows(page)).toHaveCount(1);
  const real = `${nameOf(sshd)} ${sshd.hostKeys.get("ed25519")?.publicLine ?? ""}\n`;
  const first = await lookAtImport(page, real);
  await expect(first).toContainText("1 contradicts what you know");
  await expect(button(first, "Import 0 lines")).toBeDisabled();
  await button(first, "Cancel").click();
  await button(page, "Back").click();
  await connect(page, sshd);
  await expect(page.getByRole("heading", { name: /^The key of .* changed$/ })).toBeVisible();
  await button(page, "Go back").click();

  await openKnownHosts(page);
  const second = await lookAtImport(page, real);
  await second.getByRole("checkbox", { name: `Replace the key of ${nameOf(sshd)}` }).check();
  await button(second, "Import 1 line").click();
  await expect(rows(page)).toHaveCount(1);
  await button(page, "Back").click();
  await connectButton(page).click();
  await expect(loginDialog(page)).toBeVisible();
});

test("a revoked key is refused, a removed one is asked about, and both can be undone @one-browser", async ({
  page,
  relay,
}) => {
  const sshd = await startSshd({ hostKeys: ["ed25519"] });
  try {
    await openApp(page, relay);
    await connect(page, sshd);
    await trustAndSave(page);
    await button(loginDialog(page), "Cancel").click();

    await openKnownHosts(page);
    await rows(page).first().click();
    const details = dialog(page, "Known host");
    await expect(details).toContainText("You were asked, and trusted it");
    await button(details, "Remove").click();
    await expect(rows(page)).toHaveCount(0);
    await button(page, "Undo").click();
    await expect(rows(page)).toHaveCount(1);
    await rows(page).first().click();
    await button(details, "Remove").click();
    await expect(rows(page)).toHaveCount(0);
    await button(page, "Back").click();
    await connectButton(page).click();
    await expect(trustDialog(page)).toBeVisible();
    await trustAndSave(page);
    await button(loginDialog(page), "Cancel").click();

    await openKnownHosts(page);
    await rows(page).first().click();
    await button(details, "Revoke…").click();
    await button(details, "Revoke this key").click();
    await expect(rows(page)).toHaveCount(1);
    await expect(rows(page).first()).toContainText("revoked");
    await button(page, "Back").click();
    await connectButton(page).click();
    await expect(page.getByRole("main")).toContainText("has been revoked");
    await expect(page.getByRole("button", { name: /^Trust/ })).toHaveCount(0);
  } finally {
    await sshd.stop();
  }
});

test("100,000 known hosts are imported, scrolled and searched, and few of them are drawn", async ({ page, relay }) => {
  test.setTimeout(180_000);
  const key = strangersLine().split(" ").slice(0, 2).join(" ");
  const many = Array.from({ length: 100_000 }, (_, i) => `host${i}.example.net ${key}\n`).join("");
  await openApp(page, relay);
  await openKnownHosts(page);
  const preview = await lookAtImport(page, many, "file");
  await button(preview, "Import 100,000 lines").click();
  await expect(page.getByRole("main")).toContainText("Imported 100,000 lines.", { timeout: 60_000 });
  await expect(preview).toHaveCount(0);
  await expect(rows(page).first()).toContainText("host0.example.net");

  await rows(page).first().focus();
  for (const [key, text] of [
    ["End", "host99999.example.net"],
    ["Home", "host0.example.net"],
    ["PageDown", /host\d\.example\.net/],
  ] as const) {
    await page.keyboard.press(key);
    await expect(page.locator(":focus")).toContainText(text);
  }
  const frames = await page.evaluate(async () => {
    const list = document.querySelector(".rows");
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    const times: number[] = [];
    let most = 0;
    let last = await frame();
    for (let i = 0; i < 60; i++) {
      list?.scrollBy(0, i * 1000);
      const now = await frame();
      times.push(now - last);
      last = now;
      most = Math.max(most, document.querySelectorAll(".rows li").length);
    }
    times.sort((a, b) => a - b);
    return { median: times[30] ?? 0, most };
  });
  expect(frames.most).toBeLessThan(60);
  expect(frames.median).toBeLessThan(50);

  await searchField(page).fill("host4242.");
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByRole("main")).toContainText("1 of 100,000");
});

test("another tab's change is seen, and none is lost", async ({ page, relay, context }) => {
  await openApp(page, relay);
  await openKnownHosts(page);
  const second = await context.newPage();
  await openApp(second, relay);
  await openKnownHosts(second);
  await addHostKey(page, "one.example.net", strangersLine());
  await expect(rows(second)).toHaveCount(1);
  await addHostKey(second, "two.example.net", strangersLine());
  await expect(rows(page)).toHaveCount(2);
  await button(page, "Undo").click();
  await expect(rows(second)).toHaveCount(1);
  await expect(rows(second).first()).toContainText("two.example.net");
  await second.close();
});

test("a backup brings everything back @one-browser", async ({ page, relay }) => {
  await openApp(page, relay);
  await openKnownHosts(page);
  await addHostKey(page, "one.example.net", strangersLine());
  await button(page, "Back up").click();
  const making = dialog(page, "Back up");
  await making.getByLabel("Passphrase", { exact: true }).fill("correct horse battery");
  await making.getByLabel("The same once more", { exact: true }).fill("correct horse");
  await button(making, "Download backup").click();
  await expect(making).toContainText("The two are not the same.");
  await making.getByLabel("The same once more", { exact: true }).fill("correct horse battery");
  const { name, bytes } = await downloaded(page, () => button(making, "Download backup").click());
  expect(name).toMatch(/^periwinkle-backup-/);
  expect(bytes.includes("one.example.net")).toBe(false);

  await rows(page).first().click();
  await button(dialog(page, "Known host"), "Remove").click();
  await expect(rows(page)).toHaveCount(0);

  await button(page, "Restore").click();
  const restoring = dialog(page, "Restore a backup");
  const file = { name, mimeType: "application/octet-stream", buffer: bytes };
  await restoring.getByLabel("Choose the backup file").setInputFiles(file);
  await restoring.getByLabel("Passphrase", { exact: true }).fill("correct horse");
  await button(restoring, "Look at it").click();
  await expect(restoring.getByRole("alert")).toContainText("The passphrase is wrong");
  await restoring.getByLabel("Passphrase", { exact: true }).fill("correct horse battery");
  await button(restoring, "Look at it").click();
  await expect(restoring).toContainText("1 new");
  await button(restoring, "Restore 1 line").click();
  await expect(rows(page)).toHaveCount(1);
});

test("by keyboard alone: in, search, look, remove, undo, back", async ({ page, relay }) => {
  await openApp(page, relay);
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const tabTo = async (name: string, key = "Tab"): Promise<void> => {
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    for (let i = 0; i < 40 && (await focused()) !== name; i++) await press(key);
    await expect(page.locator(":focus")).toHaveText(name);
  };
  await tabTo("Known hosts");
  await press("Enter");
  await expect(searchField(page)).toBeFocused();
  await press("Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab");
  await expect(button(page, "Add")).toBeFocused();
  await press("Enter");
  await page.keyboard.type("one.example.net");
  await press("Tab");
  await page.keyboard.insertText(strangersLine());
  await tabTo("Add");
  await press("Enter");
  await expect(rows(page)).toHaveCount(1);
  await searchField(page).focus();
  await page.keyboard.type("one");
  await press("Tab", "Tab", "Tab");
  await expect(page.locator(":focus")).toContainText("one.example.net");
  await press("Enter");
  await expect(button(dialog(page, "Known host"), "Close")).toBeFocused();
  await press("Escape");
  await expect(page.locator(":focus")).toContainText("one.example.net");
  await press("Enter");
  await tabTo("Remove");
  await press("Enter");
  await expect(rows(page)).toHaveCount(0);
  await tabTo("Undo");
  await press("Enter");
  await expect(rows(page)).toHaveCount(1);
  await tabTo("Back", "Shift+Tab");
  await press("Enter");
  await expect(connectButton(page)).toBeVisible();
});
