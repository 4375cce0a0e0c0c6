// While a person looks at an unknown key: what may not decide for them, and a server or a relay that does not wait.

import { expect } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { startRelay } from "../fixtures/relay.ts";
import { startSshd } from "../fixtures/sshd.ts";
import { ed25519HostKey } from "../scripted/exchange.ts";
import { ignore } from "../scripted/payloads.ts";
import { DEFAULT_HOST_KEY } from "../scripted/server.ts";
import { serveScripted } from "../scripted/tcp.ts";
import {
  button,
  connect,
  connectButton,
  expectFailure,
  loginDialog,
  openApp,
  trustAndSave,
  trustDialog,
  trustOnce,
} from "./support.ts";
import {
  digits,
  expectedFingerprint,
  expectNoLogin,
  expectNoLoginLogged,
  fingerprintOf,
  SERVICE_REQUEST,
  TELLING,
  within,
} from "./support-trust.ts";

const OTHER_HOST_KEY = ed25519HostKey(new Uint8Array(32).fill(9));

const at = (port: number) => ({ host: "127.0.0.1", port, user: "ada" });

test("nothing decides in the first second, while the page is hidden, or right after the window came to the front", async ({
  page,
  relay,
}) => {
  const server = await serveScripted();
  try {
    const arriving = server.connection();
    // The page's own clock stands still but where the test lets it go on.
    await page.clock.install();
    await openApp(page, relay);
    await connect(page, at(server.port));
    const save = button(trustDialog(page), "Trust and save");
    await expect(save).toBeVisible();
    await page.clock.pauseAt(new Date(Date.now() + 3_600_000));
    await expect(save).toBeEnabled();
    const off = () => expect(save).toHaveAttribute("aria-disabled", "true");
    const tell = (hidden: boolean) =>
      page.evaluate((now) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => now });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    const happens = (name: "focus" | "blur") => page.evaluate((type) => dispatchEvent(new Event(type)), name);
    const press = async () => {
      await save.click({ force: true });
      await save.press("Enter");
      await save.press("Space");
    };

    await tell(true);
    await off();
    await page.clock.runFor(5000);
    await off();
    await press();
    await tell(false);
    await page.clock.runFor(900);
    await off();
    await press();

    // Pressed before the second is over, and let go after it.
    await save.hover();
    await page.mouse.down();
    await page.clock.runFor(200);
    await expect(save).toBeEnabled();
    await page.mouse.up();
    await expect(trustDialog(page)).toBeVisible();

    await happens("blur");
    await off();
    await page.clock.runFor(5000);
    await press();
    await happens("focus");
    await page.clock.runFor(900);
    await off();
    await press();
    await expect(trustDialog(page)).toBeVisible();
    expectNoLogin(await arriving);

    await page.clock.runFor(200);
    await save.click();
    await (await arriving).until(SERVICE_REQUEST);
  } finally {
    await server.close();
  }
});

test("a server that hangs up leaves its question, and the answer is good for the same key @one-browser", async ({
  page,
  relay,
}) => {
  const sshd = await startSshd({ ...TELLING, config: [...(TELLING.config ?? []), "LoginGraceTime 3"] });
  try {
    await openApp(page, relay);
    await connect(page, sshd);
    const dialog = trustDialog(page);
    await expect(dialog.getByRole("alert")).toContainText("The connection ended while you were deciding");
    await expect(dialog.getByRole("alert")).toContainText("nothing was sent");
    await expect(button(dialog, "Cancel")).toBeFocused();
    await expectNoLoginLogged(sshd);
    await trustAndSave(page);
    await expectFailure(page, "Host trusted", "ended before you answered");
    await expect(button(page, "Reconnect")).toBeFocused();
    await expectNoLoginLogged(sshd);
    // A key that is pressed without a pause is one that was meant for the dialog: see typing-pause.ts.
    await button(page, "Reconnect").click();
    await expect(loginDialog(page)).toBeVisible();
    await button(loginDialog(page), "Cancel").click();
    await connectButton(page).click();
    await expect(loginDialog(page)).toBeVisible();
  } finally {
    await sshd.stop();
  }
});

test("an answer that came too late is not used for another key, is used once, and is forgotten by Cancel @one-browser", async ({
  page,
  relay,
}) => {
  const server = await serveScripted((index) => ({
    login: { password: "right" },
    hostKey: () => (index === 1 ? OTHER_HOST_KEY : DEFAULT_HOST_KEY),
  }));
  const dialog = trustDialog(page);
  const warning = dialog.getByText("This is not the key that you answered for a moment ago.");
  const tooLate = dialog.getByRole("alert");
  /** The next connection has asked, and then hung up. */
  const asked = async (index: number) => {
    const connection = await server.connection(index);
    await expect(dialog).toBeVisible();
    await connection.hangUp();
    await expect(tooLate).toBeVisible();
    expectNoLogin(connection);
  };
  try {
    await openApp(page, relay);
    await connect(page, at(server.port));
    await asked(0);
    await expect(warning).toHaveCount(0);
    await trustOnce(page);
    await button(page, "Reconnect").click();

    await expect(warning).toBeVisible();
    expect(await within(dialog)).toContain(digits(fingerprintOf(OTHER_HOST_KEY)));
    await asked(1);
    await page.keyboard.press("Escape");
    await expectFailure(page, "Host trusted", "ended while it waited for you");
    await expect(button(page, "Reconnect")).toHaveCount(0);
    await button(page, "Try again").click();

    await asked(2);
    await expect(warning).toHaveCount(0);
    await trustOnce(page);
    await button(page, "Reconnect").click();
    await expect(loginDialog(page)).toBeVisible();
    await button(loginDialog(page), "Cancel").click();
    // Once is once.
    await connectButton(page).click();
    await expect(dialog).toBeVisible();
  } finally {
    await server.close();
  }
});

test("a page that is left and a relay that will not wait say no for nobody", async ({ page }) => {
  const server = await serveScripted();
  const relay = await startRelay({ flags: ["--idle-timeout", "2"] });
  try {
    await openApp(page, relay);
    await connect(page, at(server.port));
    await expect(trustDialog(page)).toBeVisible();
    const left = await server.connection(0);
    await page.reload();
    await left.ended;
    expectNoLogin(left);

    await connect(page, at(server.port));
    const alert = trustDialog(page).getByRole("alert");
    await expect(alert).toContainText("the relay closed the connection");
    await expect(alert).not.toContainText("two minutes");
    expectNoLogin(await server.connection(1));
    await trustAndSave(page);
    await button(page, "Reconnect").click();
    await (await server.connection(2)).until(SERVICE_REQUEST);
  } finally {
    await relay.stop();
    await server.close();
  }
});

test("a server that floods while the question is open is cut off, and the question stays", async ({ page, relay }) => {
  const server = await serveScripted({ login: { password: "right" } });
  try {
    await openApp(page, relay);
    await connect(page, at(server.port));
    const dialog = trustDialog(page);
    await expect(dialog).toBeVisible();
    const flooding = await server.connection(0);
    const payload = ignore(200_000);
    let gone = false;
    void flooding.ended.then(() => {
      gone = true;
    });
    while (!gone) {
      await flooding.sendNow(payload);
      // What is written to a socket that has gone is done at once: others must get their turn to hear of it.
      await new Promise(setImmediate);
    }
    expectNoLogin(flooding);
    await expect(dialog.getByRole("alert")).toBeVisible();
    await expectedFingerprint(page).fill(fingerprintOf(DEFAULT_HOST_KEY));
    await expect(dialog).toContainText("It matches");
    await trustOnce(page);
    await expect(page.getByRole("listitem").filter({ hasText: ": failed" })).toHaveCount(1);
    await expect(loginDialog(page)).toHaveCount(0);
    expectNoLogin(flooding);
  } finally {
    await server.close();
  }
});
