// What is decided before connecting: fingerprints in links, the operator's known hosts, and the options of a host.

import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { freePort } from "../fixtures/child.ts";
import { startSshd } from "../fixtures/sshd.ts";
import { serveScripted } from "../scripted/tcp.ts";
import {
  button,
  connect,
  connectButton,
  expectFailure,
  expectForm,
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
  expectedKey,
  hostKeyOf,
  linkTo,
  mode,
  options,
  status,
  vouchFor,
  vouchingRelay,
} from "./support-choices.ts";
import { allowOldBox, fact, openPanel } from "./support-connection.ts";

/** RFC 4250 4.1.2 */
const SERVICE_REQUEST = 5;
const USERAUTH_REQUEST = 50;
const NOBODYS = `SHA256:${"A".repeat(43)}`;

/** As eyes compare it: without the blanks between the groups. */
const digits = async (page: Page): Promise<string> => (await expectedKey(page).innerText()).replace(/\s+/g, "");

/** Follows a link in the page that is open. */
const follow = (page: Page, link: string): Promise<void> =>
  page.evaluate((hash) => {
    location.hash = hash;
  }, link);

/** Leaves the log-in dialog, or the shell, for the form. */
async function backToForm(page: Page): Promise<void> {
  await button(loginDialog(page), "Cancel").click();
  await expect(connectButton(page)).toBeVisible();
}

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
}

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

test("a host that the operator vouches for needs no question, and is not saved", async ({ page, sshd }) => {
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

test("a host with another key than the operator vouches for is refused", async ({ page, sshd }) => {
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

test("the operator's word never stands over a key that was saved", async ({ page }) => {
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

test("new hosts are accepted unasked where the person wants it, saved, and said", async ({ page, relay, sshd }) => {
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

test("unknown keys are refused where the person wants it", async ({ page, relay, sshd }) => {
  await openApp(page, relay);
  await fillDestination(page, sshd);
  await options(page).click();
  await mode(page, "Refuse").check();
  await connectButton(page).click();
  await expectFailure(page, "Host trusted", "you connect to known hosts only");
  await expect(trustDialog(page)).toHaveCount(0);
});

test("two ports that are known as one name have one key, and one question", async ({ page, relay, sshd }) => {
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

test("known hosts that the browser has lost are said to be lost, until the person starts anew", async ({
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
