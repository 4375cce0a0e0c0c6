// What only a browser shows of the terminal: its paste path, its keys, its size, its colours.

import { fileURLToPath } from "node:url";
import { expect, type Page, test } from "@playwright/test";
import { createServer, type ViteDevServer } from "vite";
import type { Harness } from "../harness/terminal.ts";

declare global {
  interface Window {
    harness: Harness;
  }
}

let server: ViteDevServer;
let address: string;

test.beforeAll(async () => {
  server = await createServer({
    configFile: false,
    root: fileURLToPath(new URL("../..", import.meta.url)),
    logLevel: "error",
    cacheDir: fileURLToPath(new URL("../../node_modules/.vite-harness", import.meta.url)),
    server: { host: "127.0.0.1", port: 0, hmr: false, watch: null },
    optimizeDeps: { include: ["@xterm/xterm", "@xterm/addon-fit", "@xterm/addon-webgl"], entries: [] },
  });
  await server.listen();
  address = new URL("e2e/harness/terminal.html", server.resolvedUrls?.local[0]).href;
});

test.afterAll(() => server.close());

test.beforeEach(async ({ page }) => {
  await page.goto(address);
  await page.waitForFunction(() => "harness" in window);
  await page.evaluate(() => window.harness.view.focus());
});

const write = (page: Page, text: string) => page.evaluate((output) => window.harness.write(output), text);
const sent = (page: Page) => page.evaluate(() => window.harness.takeInput());
const events = (page: Page) => page.evaluate(() => window.harness.events);

/** By the clipboard and the keyboard, as a person pastes. */
async function paste(page: Page, text: string, keys = "Control+Shift+V") {
  await page.getByLabel("Clipboard").fill(text);
  await page.getByLabel("Clipboard").press("Control+a");
  await page.getByLabel("Clipboard").press("Control+c");
  await page.evaluate(() => window.harness.view.focus());
  await page.keyboard.press(keys);
}

test("keys reach the shell, Tab among them, and Control Shift Enter leaves", async ({ page }) => {
  await page.keyboard.type("ls");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Control+c");
  expect(await sent(page)).toBe("ls\t\x1b[Z\x03");
  await page.keyboard.press("Control+Shift+Enter");
  await expect(page.getByRole("button", { name: "After" })).toBeFocused();
  expect(await sent(page)).toBe("");
});

test("a paste is cleaned, and its end mark cannot be forged", async ({ page }) => {
  await write(page, "\x1b[?2004h");
  await paste(page, "a\x1b[201~b\nc");
  await expect.poll(() => sent(page)).toBe("\x1b[200~a[201~b\rc\x1b[201~");
  await paste(page, "\x1b[201~\u009b201~", "Shift+Insert");
  await expect.poll(() => sent(page)).toBe("\x1b[200~[201~201~\x1b[201~");
});

test("several lines are asked about when the program takes each as it comes", async ({ page }) => {
  await paste(page, "one\ntwo");
  await expect.poll(() => sent(page)).toBe("one\rtwo");
  expect(await events(page)).toContain("confirm one\ntwo");
  await page.evaluate(() => {
    window.harness.confirm = false;
  });
  await paste(page, "three\nfour");
  await paste(page, "plain");
  await expect.poll(() => sent(page)).toBe("plain");
});

test("a paste of 100 KB arrives whole", async ({ page }) => {
  const text = Array.from({ length: 12_500 }, (_, i) => String(i).padStart(8, ".")).join("");
  await paste(page, text);
  await expect.poll(async () => (await sent(page)) === text).toBe(true);
});

test("the size follows the window, and is said once per change", async ({ page }) => {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
    window.harness.events.length = 0;
  });
  const before = await page.evaluate(() => window.harness.view.size);
  expect(before.columns).toBeGreaterThan(80);
  expect(before.widthPixels).toBeGreaterThan(600);
  await page.evaluate(() => {
    const place = document.querySelector<HTMLElement>("#terminal");
    if (place) place.style.width = "400px";
  });
  await expect.poll(async () => (await events(page)).length).toBe(1);
  const after = await page.evaluate(() => window.harness.view.size);
  expect(after.columns).toBeLessThan(before.columns / 1.8);
  await page.evaluate(async () => {
    const place = document.querySelector<HTMLElement>("#terminal");
    if (place) place.style.width = "401px";
    for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
    if (place) place.style.display = "none";
    for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
  });
  expect(await events(page)).toEqual([`resize ${after.columns}x${after.rows}`]);
});

test("only colours are answered beyond what the unopened terminal answers, in digits alone", async ({ page }) => {
  await write(page, "\x1b]10;?\x07\x1b]11;?\x1b\\\x1b]12;?\x07\x1b]4;1;?\x07");
  const answers = await sent(page);
  expect(answers).toMatch(/^(\x1b\](1[012]|4;1);rgb:[0-9a-f]{4}\/[0-9a-f]{4}\/[0-9a-f]{4}\x1b\\){4}$/);
  await write(page, "\x1b]11;EVIL\x07\x1b]4;1;EVIL\x07\x1b]52;c;?\x07\x1b]0;EVIL\x07\x1b[21t\x1b[14t\x1b[18t");
  expect(await sent(page)).toBe("");
});

test("colours follow the system while it is open", async ({ page, browserName }) => {
  const background = () =>
    page.locator(".xterm-scrollable-element").evaluate((e) => getComputedStyle(e).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(background).toBe("rgb(251, 251, 254)");
  await page.emulateMedia({ colorScheme: "dark" });
  // Playwright cannot change the scheme of a stock Firefox, which then stays light.
  const dark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  expect(dark || browserName === "firefox").toBe(true);
  await expect.poll(background).toBe(dark ? "rgb(11, 13, 19)" : "rgb(251, 251, 254)");
});

test("what is written is painted and counted, and a notice stands last even after a full-screen program", async ({
  page,
}) => {
  await page.evaluate(() => {
    window.harness.view.screenReader = true;
  });
  const output = "héllo\r\n\x1b[?1049h\x1b[2J\x1b[5;10Hfull screen\x1b]0;unfinished";
  expect(await write(page, output)).toBe(Buffer.byteLength(output));
  await page.evaluate(() => window.harness.view.notice("Session\x1b[31m ended"));
  const text = page.locator(".xterm-accessibility-tree");
  await expect(text).toContainText("Session");
  await expect(text).toContainText("héllo");
  await expect(text).not.toContainText("full screen");
});

test("a frozen terminal sends nothing and still lets itself be read", async ({ page }) => {
  await write(page, "\x1b[?1000h\x1b[?1004hkept");
  await sent(page);
  await page.evaluate(() => window.harness.view.freeze());
  await page.keyboard.type("ls");
  await paste(page, "pasted");
  await write(page, "\x1b[c");
  await page.mouse.click(100, 100);
  expect(await sent(page)).toBe("");
});

test("what is selected is copied, and Control C alone stays the shell's", async ({ page }) => {
  await write(page, "copied and more");
  const box = await page.locator(".xterm-screen").boundingBox();
  const at = { x: box?.x ?? 0, y: (box?.y ?? 0) + 10 };
  await page.mouse.move(at.x + 1, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x + 51, at.y, { steps: 5 });
  await page.mouse.up();
  await page.keyboard.press("Control+Shift+C");
  await page.keyboard.press("Control+c");
  expect(await sent(page)).toBe("\x03");
  await page.getByLabel("Clipboard").press("Control+v");
  await expect(page.getByLabel("Clipboard")).toHaveValue(/^copied?/);
});

test("a link is offered on Control click, in full, and only to the web", async ({ page }) => {
  const links = async () => (await events(page)).filter((event) => event.startsWith("link"));
  await write(page, "\x1b]8;;https://EXAMPLE.net/a?b\x07web link\x1b]8;;\x07\r\n");
  await write(page, "\x1b]8;;javascript:alert(1)\x07script link\x1b]8;;\x07");
  const screen = page.locator(".xterm-screen");
  await screen.click({ position: { x: 20, y: 10 } });
  await screen.click({ position: { x: 20, y: 30 }, modifiers: ["Control"] });
  expect(await links()).toEqual([]);
  await screen.click({ position: { x: 20, y: 10 }, modifiers: ["Control"] });
  await expect.poll(links).toEqual(["link https://example.net/a?b"]);
});
