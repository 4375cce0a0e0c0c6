// Every screen, wide and narrow, light and dark: pictures for a person to look at (test-results/looks), an axe run without a
// violation, and nothing that must be scrolled sideways. Pixels are not compared.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { startScriptedTcp } from "../fixtures/scripted-tcp.ts";
import { startSsh2Server } from "../fixtures/ssh2-server.ts";
import { startSshd } from "../fixtures/sshd.ts";
import { serveScripted } from "../scripted/tcp.ts";
import {
  armed,
  button,
  connect,
  connectButton,
  exitBar,
  expectFailure,
  expectOnScreen,
  expectShell,
  fillDestination,
  givePassword,
  loginDialog,
  openApp,
  trustAndSave,
  trustDialog,
  typeLine,
} from "./support.ts";
import { allowAndTryAgain, allowOldBox, OLD_SERVER, openPanel } from "./support-connection.ts";
import { addHostKey, dialog, lookAtImport, openKnownHosts, rows, searchField } from "./support-known-hosts.ts";
import { keyOf, newFingerprint } from "./support-trust.ts";

const FOLDER = fileURLToPath(new URL("../../test-results/looks/", import.meta.url));
const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

/** All four pictures of what the page shows now, each checked. */
async function look(page: Page, browserName: string, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      // The same document and the same sheet: for pictures and axe one browser is enough. Firefox, which takes its time and stays
      // light, lays out by itself and is asked about that.
      if (browserName !== "chromium") break;
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${FOLDER}${name}-${size}-${colorScheme}.png`, animations: "disabled" });
      // What axe finds depends on the colours or on the width, and on both together nowhere: two pictures have both of each.
      if ((size === "wide") === (colorScheme === "dark")) continue;
      // Legacy mode sees no other origin's frames, of which there are none, and needs no page of its own each time.
      const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
      expect
        .soft(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`),
          `${name}, ${size}, ${colorScheme}`,
        )
        .toEqual([]);
    }
    expect.soft(await sideways(page), `${name}, ${size}`).toBe(0);
  }
  // 200 % of 640 pixels is what 320 pixels show.
  await page.setViewportSize({ width: 640 / 2, height: 400 });
  expect.soft(await sideways(page), `${name}, 200 %`).toBe(0);
  await page.setViewportSize(SIZES.wide);
}

/** How far the page, or the dialog in front of it, could be scrolled sideways. */
const sideways = (page: Page): Promise<number> =>
  page.evaluate(() =>
    Math.max(
      ...[document.documentElement, ...document.querySelectorAll("dialog[open]")].map(
        (element) => element.scrollWidth - element.clientWidth,
      ),
    ),
  );

test("the way in, from the form to the shell and its end", async ({ browserName, page, relay }) => {
  test.setTimeout(120_000);
  const sshd = await startSshd({ hostKeys: ["ed25519"] });
  const shot = (name: string) => look(page, browserName, name);
  try {
    await openApp(page, relay);
    await fillDestination(page, sshd);
    await shot("form");
    await connectButton(page).click();
    const trust = trustDialog(page);
    await armed(button(trust, "Trust once"));
    await shot("trust");
    const expected = trust.getByRole("textbox", { name: "Expected fingerprint" });
    const fingerprint = sshd.hostKeys.get("ed25519")?.fingerprint ?? "";
    await expected.fill(`${fingerprint.slice(0, -2)}${fingerprint.endsWith("AA") ? "BB" : "AA"}`);
    await expect(trust.getByRole("status")).toContainText("does not match");
    await shot("trust-mismatch");
    await expected.fill(fingerprint);
    await expect(trust.getByRole("status")).toContainText("It matches");
    await shot("trust-match");
    await trustAndSave(page);
    await shot("password");
    await button(loginDialog(page), "Use a key").click();
    await shot("key");
    await button(loginDialog(page), "Use a password").click();
    await givePassword(page, sshd.password);
    await expectShell(page);
    await typeLine(
      page,
      "clear; for c in 31 32 33 34 35 36 1 7 '38;2;120;40;200' 42; do printf '\\033[%sm colour %s \\033[0m\\n' $c $c; done; ls -la --color=always",
    );
    await expectOnScreen(page, ".bash_profile");
    await shot("terminal");
    await typeLine(page, "exit 3");
    await expect(exitBar(page)).toBeVisible();
    await shot("exit");
  } finally {
    await sshd.stop();
  }
});

test("what goes wrong on the way in", async ({ browserName, page, relay }) => {
  test.setTimeout(120_000);
  const shot = (name: string) => look(page, browserName, name);
  const first = await startSshd({ hostKeys: ["ed25519"] });
  await openApp(page, relay);
  await connect(page, first);
  await trustAndSave(page);
  await expect(loginDialog(page)).toBeVisible();
  await button(loginDialog(page), "Cancel").click();
  await first.stop();
  await connectButton(page).click();
  await expectFailure(page, "Server answered", "Nothing listens");
  await shot("ladder-failed");

  const second = await startSshd({ hostKeys: ["ed25519"], port: first.port });
  try {
    await button(page, "Try again").click();
    await expect(page.getByRole("heading", { name: /^The key of .* changed$/ })).toBeVisible();
    await shot("changed-key");
    await newFingerprint(page).fill(keyOf(second).fingerprint);
    await armed(button(page, "Replace the saved key"));
    await shot("changed-key-match");
  } finally {
    await second.stop();
  }
});

test("a server that did not wait for the answer about its key", async ({ browserName, page, relay }) => {
  test.setTimeout(120_000);
  const server = await serveScripted();
  try {
    await openApp(page, relay);
    await connect(page, { host: "127.0.0.1", port: server.port, user: "alice" });
    await expect(trustDialog(page)).toBeVisible();
    await (await server.connection(0)).hangUp();
    await expect(trustDialog(page).getByRole("alert")).toBeVisible();
    await armed(button(trustDialog(page), "Trust once"));
    await look(page, browserName, "trust-late");
  } finally {
    await server.close();
  }
});

test("an old server: what cannot be agreed on, the options, and what the connection says of itself", async ({
  browserName,
  page,
  relay,
}) => {
  test.setTimeout(120_000);
  const old = await startSshd(OLD_SERVER);
  try {
    await openApp(page, relay);
    await connect(page, old);
    await expect(allowAndTryAgain(page, `${old.host}:${old.port}`)).toBeVisible();
    await look(page, browserName, "disagreement");
    await allowAndTryAgain(page, `${old.host}:${old.port}`).click();
    await trustAndSave(page);
    await button(loginDialog(page), "Cancel").click();
    await expect(allowOldBox(page)).toBeChecked();
    await look(page, browserName, "options");
    await connectButton(page).click();
    await givePassword(page, old.password);
    await expectShell(page);
    await look(page, browserName, "terminal-old");
    await openPanel(page);
    await look(page, browserName, "panel");
  } finally {
    await old.stop();
  }
});

test("a ladder that is climbed, and the questions of a server", async ({ browserName, page, relay }) => {
  test.setTimeout(120_000);
  const silent = await startScriptedTcp({ kind: "silent" });
  const round = {
    name: "Second factor",
    instruction: "Type the code that your token shows.",
    prompts: [
      { prompt: "Code: ", echo: true },
      { prompt: "PIN: ", echo: false },
    ],
    answers: ["1", "2"],
  };
  const asking = await startSsh2Server({
    user: "alice",
    login: [{ method: "keyboard-interactive", rounds: [round] }],
    banner: "Authorised staff only.",
  });
  try {
    await openApp(page, relay);
    await connect(page, { ...silent, user: "alice" });
    await expect(page.getByRole("listitem").filter({ hasText: "SSH spoken: under way" })).toBeVisible();
    await look(page, browserName, "ladder");
    await button(page, "Cancel").click();
    await connect(page, asking);
    await trustAndSave(page);
    await expect(page.getByText("Type the code that your token shows.")).toBeVisible();
    await look(page, browserName, "challenge");
  } finally {
    await silent.stop();
    await asking.stop();
  }
});

test("the known hosts, one of them, and what an import would do", async ({ browserName, page, relay }) => {
  test.setTimeout(180_000);
  const blob = (fill: number): string => {
    const type = Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0 ", "latin1");
    return `ssh-ed25519 ${Buffer.concat([type, Buffer.alloc(32, fill)]).toString("base64")}`;
  };
  const text = [
    ...Array.from({ length: 30 }, (_, i) => `web${i}.example.net,192.0.2.${i} ${blob(1)}`),
    `[db1]:2222 ${blob(1)} root@db1`,
    `|1|bPBnKWBU24Y8lGq5dB6tuVqxjuo=|0gLBVfBA3kOyqkEn2PTHFUw5ms4= ${blob(1)}`,
    `@revoked * ${blob(9)}`,
    `@cert-authority *.example.org ${blob(4)}`,
  ];
  await openApp(page, relay);
  await openKnownHosts(page);
  await look(page, browserName, "known-hosts-none");
  await addHostKey(page, "web1.example.net", blob(2));
  await expect(rows(page)).toHaveCount(1);
  // The list is there before the dialog has gone.
  await expect(dialog(page, "Add a host key")).toHaveCount(0);
  await button(page, "Add").click();
  await look(page, browserName, "known-hosts-add");
  await button(dialog(page, "Add a host key"), "Cancel").click();
  const preview = await lookAtImport(page, [...text, "@trusted nobody", `web2.example.net ${blob(9)}`].join("\n"));
  await look(page, browserName, "known-hosts-preview");
  await button(preview, "Import 33 lines").click();
  await expect(page.getByRole("main")).toContainText("Imported 33 lines.");
  await look(page, browserName, "known-hosts");
  await searchField(page).fill("web7");
  await rows(page).first().click();
  await look(page, browserName, "known-hosts-details");
});
