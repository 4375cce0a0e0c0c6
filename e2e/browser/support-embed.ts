// A terminal in a page of somebody else's: what the page does, what the person does inside the frame, and what can be heard.

import { expect, type FrameLocator, type Locator, type Page } from "@playwright/test";
import { test as base } from "../fixtures/browser-test.ts";
import { makePlatform, type Platform } from "../fixtures/grants.ts";
import { type HostPage, type HostPages, startHostPages } from "../fixtures/host-pages.ts";
import { type RelayUnderTest, startRelay } from "../fixtures/relay.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { armed, button } from "./support.ts";
import { TELLING } from "./support-trust.ts";

/** A relay that lists two sites, and the sites. */
export interface Stage {
  /** Open to all; logs every packet. */
  readonly sshd: Sshd;
  readonly relay: RelayUnderTest;
  /** Listed, without any right. */
  readonly course: HostPages;
  /** Listed, and may connect by itself, keep keys, and hear the title. */
  readonly console: HostPages;
  /** Not listed. */
  readonly stranger: HostPages;
  /** Its grants are taken. */
  readonly platform: Platform;
}

async function startStage(): Promise<Stage & { stop(): Promise<void> }> {
  // All come from one address, and most of them leave before they have logged in.
  const sshd = await startSshd({ ...TELLING, config: [...(TELLING.config ?? []), "MaxStartups 1000"] });
  const [course, console, stranger] = [await startHostPages(), await startHostPages(), await startHostPages()];
  const platform = makePlatform();
  const target = `${sshd.host}:${sshd.port}`;
  const open = [`${sshd.host}:*`];
  const relay = await startRelay({
    config: {
      embed: [
        { origin: course.origin, open },
        { origin: console.origin, open, autoConnect: [target], keepTrust: true, tellTitle: true },
      ],
    },
    grantKeys: [platform.publicKey],
  });
  const stop = async () => {
    for (const each of [relay, sshd, course, console, stranger]) await each.stop();
  };
  return { sshd, relay, course, console, stranger, platform, stop };
}

export const test = base.extend<object, { readonly stage: Stage }>({
  viewport: { width: 1280, height: 800 },
  stage: [
    async ({ playwright: _ }, use) => {
      const { stop, ...stage } = await startStage();
      await use(stage);
      await stop();
    },
    { scope: "worker" },
  ],
});

/** What a widget may say, as it arrives; all of it is text and numbers. */
export type Heard = Readonly<Record<string, unknown>> & { readonly type: string };

declare global {
  interface Window {
    /** What came over the port since the page was loaded. */
    heard: Heard[];
    /** Says something over the port. */
    say(message: unknown): void;
  }
}

/** The iframe of the documented handshake; `says` are messages that follow the widget's `ready`. */
export const plainFrame = (
  { relay }: Pick<Stage, "relay">,
  says: readonly unknown[] = [],
  { attributes = "" } = {},
): HostPage => ({
  body: `<label>Notes <input id="notes"></label>
<iframe title="Terminal" src="${relay.origin}/widget.html" ${attributes}
  allow="clipboard-read; clipboard-write; publickey-credentials-get; storage-access; loopback-network"></iframe>
<label>Answers <input id="answers"></label>`,
  script: `
    window.heard = [];
    const { port1, port2 } = new MessageChannel();
    window.say = (message) => port1.postMessage(message);
    port1.onmessage = ({ data }) => {
      heard.push(data);
      if (data.type === "ready") for (const message of ${JSON.stringify(says)}) say(message);
    };
    const frame = document.querySelector("iframe");
    const greet = () => frame.contentWindow.postMessage({ periwinkle: [1] }, "${relay.origin}", [port2]);
    frame.addEventListener("load", greet, { once: true });`,
});

/** The ten lines of the page on embedding. */
export const element = ({ relay }: Pick<Stage, "relay">, attributes: string): HostPage => ({
  body: `<label>Notes <input id="notes"></label>
<script type="module" src="${relay.origin}/embed.js"></script>
<periwinkle-terminal ${attributes} style="height: 700px"></periwinkle-terminal>
<label>Answers <input id="answers"></label>`,
  script: `
    window.heard = [];
    const terminal = document.querySelector("periwinkle-terminal");
    const types = ["ready", "state", "needsAttention", "needsGrant", "connected", "bell", "size", "exit", "closed", "title", "problem"];
    for (const type of types)
      terminal.addEventListener(type.toLowerCase(), ({ detail }) => heard.push({ type, ...detail }));`,
});

export const suggestion = (to: { host: string; port: number; user: string }, more: object = {}): object => ({
  type: "connect",
  host: to.host,
  port: to.port,
  user: to.user,
  ...more,
});

export const frameOf = (page: Page): FrameLocator => page.frameLocator("iframe");

type Place = Page | FrameLocator;

export const inFrame = {
  connect: (frame: Place): Locator => frame.getByRole("button", { name: "Connect", exact: true }),
  trust: (place: Place): Locator => place.getByRole("alertdialog", { name: "Unknown host key", exact: true }),
  login: (place: Place): Locator => place.getByRole("dialog", { name: "Log in", exact: true }),
  window: (frame: Place): Locator => frame.getByRole("button", { name: "Continue in a new window", exact: true }),
  /** Whatever could say yes to a key. */
  trustButtons: (place: Place): Locator => place.getByRole("button", { name: /^Trust/ }),
  password: (place: Place): Locator => place.getByLabel("Password", { exact: true }),
  terminal: (frame: Place): Locator => frame.getByRole("textbox", { name: /^Terminal/ }),
};

/**
 * As a person does: a pointer that has only just come into the frame is not believed, since the page around may have moved the
 * frame to it.
 */
export async function press(decision: Locator): Promise<void> {
  await decision.hover();
  await expect(decision.locator("xpath=ancestor::*[@inert or contains(@class, 'unready')]")).toHaveCount(0);
  await armed(decision);
  await decision.click();
}

/** The suggestion is on the screen: agrees to it. */
export async function agree(frame: FrameLocator): Promise<void> {
  await press(inFrame.connect(frame));
}

export const heard = (page: Page): Promise<readonly Heard[]> => page.evaluate(() => window.heard);

export async function expectHeard(page: Page, message: Readonly<Record<string, unknown>>, timeout = 10_000) {
  await expect.poll(() => heard(page), { timeout }).toContainEqual(expect.objectContaining(message));
}

export async function expectNotHeard(page: Page, type: string): Promise<void> {
  expect((await heard(page)).map((message) => message.type)).not.toContain(type);
}

/** What stands on the frame's screen. */
export async function frameText(frame: Place): Promise<string> {
  const rows = await frame.locator(".xterm-rows > div").allTextContents();
  return rows.map((row) => row.replaceAll("\u00a0", " ").trimEnd()).join("\n");
}

export async function expectInFrame(frame: Place, text: string, timeout = 10_000): Promise<void> {
  await expect.poll(() => frameText(frame), { timeout }).toContain(text);
}

/** Types into the frame's terminal. */
export async function typeInFrame(page: Page, line: string, frame: Place = frameOf(page)): Promise<void> {
  await inFrame.terminal(frame).focus();
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
}

/** As soon as the dialog lets anything be typed: in a frame it is looked at for a second. */
export async function typePasswordIn(place: Place, password: string): Promise<void> {
  const login = inFrame.login(place);
  await expect(login).toBeVisible();
  await expect(login.locator("[inert]")).toHaveCount(0);
  await login.getByLabel("Password", { exact: true }).fill(password);
}

export async function givePasswordIn(place: Place, password: string): Promise<void> {
  const login = inFrame.login(place);
  await typePasswordIn(place, password);
  await press(button(login, "Log in"));
}

/** The window that opens at the click. */
export async function continueInWindow(page: Page, frame: FrameLocator): Promise<Page> {
  const opening = page.waitForEvent("popup");
  await inFrame.window(frame).click();
  return opening;
}

/** Trust and password in the frame itself, where the browser can prove that they are seen; ends with a shell. */
export async function logInHere(page: Page, { password }: { readonly password: string }): Promise<void> {
  const frame = frameOf(page);
  await press(button(inFrame.trust(frame), "Trust for this session"));
  await givePasswordIn(frame, password);
  await expectHeard(page, { type: "connected" });
}

/** The same in the window. */
export async function logInThere(window: Page, { password }: { readonly password: string }, trust = true) {
  if (trust) await press(button(inFrame.trust(window), "Trust and save"));
  const closed = window.waitForEvent("close");
  await givePasswordIn(window, password);
  await closed;
}
