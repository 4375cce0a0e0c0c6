// Known hosts that the operator of the page vouches for.

import { expect } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { freePort } from "../fixtures/child.ts";
import { startSshd } from "../fixtures/sshd.ts";
import {
  button,
  connect,
  connectButton,
  expectFailure,
  expectShell,
  givePassword,
  loginDialog,
  openApp,
  trustAndSave,
  trustDialog,
} from "./support.ts";
import { expectNoViolations, hostKeyOf, status, vouchFor, vouchingRelay } from "./support-choices.ts";
import { fact, openPanel } from "./support-connection.ts";

test("a host that the operator vouches for needs no question, and is not saved @one-browser", async ({
  page,
  sshd,
}) => {
  const operator = await vouchingRelay();
  try {
    const relay = await operator.start("# ours", vouchFor(sshd, hostKeyOf(sshd)));
    await openApp(page, relay);
    await connect(page, sshd);
    await givePassword(page, sshd.password);
    await expectShell(page);
    await expect(status(page)).toContainText(`vouched for by ${relay.origin}`);
    const panel = await openPanel(page);
    await expect(fact(page, "Trusted because")).toContainText(`Vouched for by ${relay.origin}`);
    await expectNoViolations(page);
    await button(panel, "Close").click();
    await page.setViewportSize({ width: 390, height: 844 });
    await expect(status(page).getByText(`vouched for by ${relay.origin}`)).toBeVisible();
    await button(page, "Disconnect").click();

    // The same relay a day later, which vouches for nobody.
    await page.goto("about:blank");
    await openApp(page, await operator.start());
    await connect(page, sshd);
    await expect(trustDialog(page)).toBeVisible();
  } finally {
    await operator.stop();
  }
});

test("a host with another key than the operator vouches for is refused @one-browser", async ({ page, sshd }) => {
  const operator = await vouchingRelay();
  const server = await startSshd({ hostKeys: ["ed25519"] });
  try {
    await openApp(page, await operator.start(vouchFor(server, hostKeyOf(sshd))));
    await connect(page, server);
    await expectFailure(page, "Host trusted", "another one than");
    await expect(trustDialog(page)).toHaveCount(0);
    // As sshd calls somebody whose user name has arrived.
    expect(server.log()).not.toMatch(/authenticating user|Accepted|Failed/);
  } finally {
    await server.stop();
    await operator.stop();
  }
});

test("the operator's word never stands over a key that was saved @one-browser", async ({ page }) => {
  const operator = await vouchingRelay();
  const port = await freePort();
  try {
    const first = await startSshd({ port, hostKeys: ["ed25519"] });
    await openApp(page, await operator.start());
    await connect(page, first);
    await trustAndSave(page);
    await expect(loginDialog(page)).toBeVisible();
    await first.stop();

    const second = await startSshd({ port, hostKeys: ["ed25519"] });
    try {
      await page.goto("about:blank");
      await openApp(page, await operator.start(vouchFor(second, hostKeyOf(second))));
      await connect(page, second);
      await expect(page.getByRole("heading", { name: `The key of ${second.host}:${port} changed` })).toBeVisible();
    } finally {
      await second.stop();
    }
  } finally {
    await operator.stop();
  }
});

test("without the operator's known hosts the page does not start", async ({ page, sshd }) => {
  const operator = await vouchingRelay();
  try {
    const relay = await operator.start(vouchFor(sshd, hostKeyOf(sshd)));
    await page.route("**/known-hosts", (route) => route.abort());
    await page.goto(relay.address);
    await expect(page.getByRole("heading", { name: "The relay's known hosts did not load" })).toBeFocused();
    await expect(connectButton(page)).toHaveCount(0);
    await expectNoViolations(page);
    await page.unroute("**/known-hosts");
    await button(page, "Reload").click();
    await expect(connectButton(page)).toBeVisible();
  } finally {
    await operator.stop();
  }
});
