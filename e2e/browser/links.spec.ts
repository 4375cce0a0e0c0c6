// Links to a host, and the fingerprints that they expect of it.

import { expect, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { serveScripted } from "../scripted/tcp.ts";
import {
  button,
  connectButton,
  expectFailure,
  expectForm,
  expectShell,
  field,
  givePassword,
  openApp,
  trustAndSave,
  trustDialog,
} from "./support.ts";
import {
  alias,
  expectedKey,
  expectNoViolations,
  follow,
  hostKeyOf,
  linkTo,
  NOBODYS,
  options,
  status,
} from "./support-choices.ts";

/** RFC 4250 4.1.2 */
const SERVICE_REQUEST = 5;
const USERAUTH_REQUEST = 50;
/** As eyes compare it: without the blanks between the groups. */
const digits = async (page: Page): Promise<string> => (await expectedKey(page).innerText()).replace(/\s+/g, "");

test("a link that expects the right key: it is shown, and the person is asked with the match in view", async ({
  page,
  relay,
  sshd,
}) => {
  const { fingerprint } = hostKeyOf(sshd);
  await openApp(page, relay);
  await follow(page, linkTo(sshd, NOBODYS, fingerprint));
  await expectForm(page, sshd);
  expect(await digits(page)).toContain(fingerprint.replace("SHA256:", ""));
  await expectNoViolations(page);
  await connectButton(page).click();
  await expect(trustDialog(page)).toContainText("matches the fingerprint in the link");
  await trustAndSave(page);
  await givePassword(page, sshd.password);
  await expectShell(page);
  await expect(status(page)).toContainText("key saved");
});

test("a link that expects another key: refused, with nothing sent, until the person drops what it expects", async ({
  page,
  relay,
}) => {
  const server = await serveScripted({ login: { password: "right" } });
  try {
    const place = { host: "127.0.0.1", port: server.port, user: "ada" };
    const arriving = server.connection();
    await openApp(page, relay);
    await follow(page, `ssh://ada;fingerprint=${NOBODYS.replace(":", "-")}@127.0.0.1:${server.port}`);
    await expectForm(page, place);
    await connectButton(page).click();
    await expectFailure(page, "Host trusted", "another one than the link told you to expect");
    const refused = await arriving;
    const numbers = (): readonly number[] => refused.received.map(({ number }) => number);
    expect(numbers()).not.toContain(SERVICE_REQUEST);
    expect(numbers()).not.toContain(USERAUTH_REQUEST);

    // Once more is as little.
    await button(page, "Try again").click();
    await expectFailure(page, "Host trusted", "another one than the link told you to expect");
    await button(page, "Change host").click();
    await expectForm(page, place);
    await button(expectedKey(page), "Do not expect it").click();
    await expect(expectedKey(page)).toHaveCount(0);
    await expect(connectButton(page)).toBeFocused();
    await connectButton(page).click();
    await expect(trustDialog(page)).toBeVisible();
    await expect(trustDialog(page)).not.toContainText("fingerprint in the link");
  } finally {
    await server.close();
  }
});

test("what a link expects belongs to the host that it named, and a pasted link is one", async ({
  page,
  relay,
  sshd,
}) => {
  await openApp(page, relay);
  await follow(page, linkTo(sshd, NOBODYS));
  await expect(expectedKey(page)).toBeVisible();
  await field(page, "Port").fill(String(sshd.port + 1));
  await expect(expectedKey(page)).toHaveCount(0);
  await field(page, "Port").fill(String(sshd.port));
  await field(page, "Host").fill("127.0.0.2");
  await expect(expectedKey(page)).toHaveCount(0);

  await field(page, "Host").fill(linkTo(sshd, NOBODYS));
  await field(page, "User name").focus();
  await expectForm(page, sshd);
  await expect(expectedKey(page)).toBeVisible();
  await connectButton(page).click();
  await expectFailure(page, "Host trusted", "another one than the link told you to expect");
});

test("a pasted link counts also when it is sent off at once", async ({ page, relay, sshd }) => {
  await openApp(page, relay);
  await field(page, "Host").fill(linkTo(sshd, NOBODYS));
  await page.keyboard.press("Enter");
  await expectFailure(page, "Host trusted", "another one than the link told you to expect");
});

test("a link with a fingerprint that nobody should rely on, or with more than a link may ask, is refused", async ({
  page,
  relay,
}) => {
  await openApp(page, relay);
  for (const [link, sentence] of [
    ["ssh://ada;fingerprint=ssh-rsa-c1-b1-30-29-d7-b8-de-6c-97-77-10-d7-46-41-63-87@db1", "MD5"],
    ["ssh://ada;fingerprint=SHA256-abc@db1", "fingerprint that is none"],
    ["ssh://ada;-nassh-args=--proxy-host%3Devil.example@db1", "choose a relay"],
  ] as const) {
    await follow(page, link);
    await expect(page.getByRole("alert")).toContainText(sentence);
    await expect(field(page, "Host")).toHaveValue("");
    expect(new URL(page.url()).hash).toBe("");
  }
});

test("a link from elsewhere in the browser arrives with its fingerprint", async ({ page, relay, sshd }) => {
  await openApp(page, relay);
  // As the URL standard writes it, and as the HTML standard puts it into the address.
  const link = encodeURIComponent(new URL(linkTo(sshd, NOBODYS)).href);
  expect(link).toContain("%253B");
  await page.goto(`${relay.origin}/#${link}`);
  await expectForm(page, sshd);
  expect(await digits(page)).toContain("A".repeat(43));
  await page.reload();
  await expectForm(page, sshd);
  await expect(expectedKey(page)).toBeVisible();
});

test("ssh: links are offered to the browser, in the form that this page understands", async ({ page, relay }) => {
  await page.addInitScript(() => {
    navigator.registerProtocolHandler = (...args: string[]) => {
      document.documentElement.dataset.registered = args.join(" ");
    };
  });
  await openApp(page, relay);
  await options(page).click();
  await button(page, "Open ssh: links with Periwinkle").click();
  await expect(page.getByRole("status")).toContainText("The browser was asked");
  await expect(page.locator("html")).toHaveAttribute("data-registered", `ssh ${relay.origin}/#%s`);
});

test("ssh: links that the browser refuses are said so, and without the means there is no button", async ({
  page,
  relay,
  browser,
}) => {
  await page.addInitScript(() => {
    navigator.registerProtocolHandler = () => {
      throw new DOMException("no", "SecurityError");
    };
  });
  await openApp(page, relay);
  await options(page).click();
  await button(page, "Open ssh: links with Periwinkle").click();
  await expect(page.getByRole("status")).toContainText("does not let a page open ssh: links");

  const without = await browser.newPage();
  await without.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "registerProtocolHandler", { value: undefined });
  });
  await openApp(without, relay);
  await options(without).click();
  await expect(alias(without)).toBeVisible();
  await expect(button(without, "Open ssh: links with Periwinkle")).toHaveCount(0);
  await without.close();
});
