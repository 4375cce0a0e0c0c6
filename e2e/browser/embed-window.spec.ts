// The window of our own that answers for a frame: everywhere in Firefox, and in Chromium where the frame is too small to show a
// dialog. What it trusts is what this browser trusts on our own pages.

import { expect, type FrameLocator, type Page } from "@playwright/test";
import { startSshd } from "../fixtures/sshd.ts";
import { button } from "./support.ts";
import {
  agree,
  continueInWindow,
  expectHeard,
  expectInFrame,
  expectNotHeard,
  frameOf,
  givePasswordIn,
  inFrame,
  logInThere,
  plainFrame,
  press,
  type Stage,
  suggestion,
  test,
  typeInFrame,
} from "./support-embed.ts";
import { expectNoLoginLogged, keyOf, TELLING } from "./support-trust.ts";

const TINY = { attributes: `style="width: 300px; height: 220px"` };

async function open(page: Page, stage: Stage, to: object, headers?: Record<string, string>): Promise<FrameLocator> {
  await page.goto(stage.course.serve({ ...plainFrame(stage, [to], TINY), ...(headers ? { headers } : {}) }));
  return frameOf(page);
}

/** Up to the card that leads to the window; no other way to say yes is in the frame. */
async function toCard(page: Page, stage: Stage, to: object, headers?: Record<string, string>): Promise<FrameLocator> {
  const frame = await open(page, stage, to, headers);
  await agree(frame);
  await expect(inFrame.window(frame)).toBeVisible();
  await expect(inFrame.trustButtons(frame)).toHaveCount(0);
  await expect(inFrame.password(frame)).toHaveCount(0);
  return frame;
}

test("trust and password go through the window, the shell is in the frame; the next time the key is known there", async ({
  page,
  stage,
}) => {
  const { sshd, course } = stage;
  const frame = await toCard(page, stage, suggestion(sshd, { pins: [keyOf(sshd).fingerprint] }));
  const window = await continueInWindow(page, frame);
  await expect(inFrame.trust(window)).toContainText("the page around this one gave along");
  await expect(window.getByText(`For the terminal in ${course.origin}`)).toBeVisible();
  expect(window.url()).toBe(
    `${stage.relay.origin}/trust.html#ssh://${sshd.user};fingerprint=${encodeURIComponent(keyOf(sshd).fingerprint)}@${sshd.host}:${sshd.port}`,
  );
  await logInThere(window, sshd);
  await expectHeard(page, { type: "connected", hostKeyFingerprint: keyOf(sshd).fingerprint });
  await typeInFrame(page, "echo answer $((6 * 7))");
  await expectInFrame(frame, "answer 42");

  const again = await continueInWindow(page, await toCard(page, stage, suggestion(sshd)));
  await expect(inFrame.login(again)).toBeVisible();
  await expectHeard(page, { type: "needsAttention", what: "password" });
  await logInThere(again, sshd, false);
  await expectHeard(page, { type: "connected" });
});

test("another key than the one that this browser knows is refused in the window @one-browser", async ({
  page,
  stage,
}) => {
  const before = await startSshd({ hostKeys: ["ed25519"] });
  const window = await continueInWindow(page, await toCard(page, stage, suggestion(before)));
  await press(button(inFrame.trust(window), "Trust and save"));
  await expect(inFrame.login(window)).toBeVisible();
  await window.close();
  await before.stop();
  const after = await startSshd({ ...TELLING, port: before.port });
  try {
    const changed = await continueInWindow(page, await toCard(page, stage, suggestion(after)));
    await expect(changed.getByRole("heading", { name: /^The key of .* changed$/ })).toBeVisible();
    await expect(changed.getByRole("button", { name: /trust|replace/i })).toHaveCount(0);
    // The page around does not learn what this browser knows.
    await expectHeard(page, { type: "closed", code: "host-key-rejected" });
    await expectNoLoginLogged(after);
  } finally {
    await after.stop();
  }
});

test("a window that is closed leaves the question where it was", async ({ page, stage }) => {
  const { sshd } = stage;
  const frame = await toCard(page, stage, suggestion(sshd));
  const first = await continueInWindow(page, frame);
  await expect(inFrame.trust(first)).toBeVisible();
  await expect(frame.getByText("Answer in the window that opened.")).toBeVisible();
  await first.close();
  const second = await continueInWindow(page, frame);
  await press(button(inFrame.trust(second), "Trust and save"));
  await expect(inFrame.login(second)).toBeVisible();
  // The window may be gone before the click is reported back.
  await button(inFrame.login(second), "Cancel")
    .click()
    .catch(() => undefined);
  await expectHeard(page, { type: "closed" });
});

test("a window that the page opens, and one that guesses the nonce, gets no port @one-browser", async ({
  page,
  stage,
}) => {
  const { sshd, relay } = stage;
  const frame = await toCard(page, stage, suggestion(sshd));
  const real = await continueInWindow(page, frame);
  await expect(inFrame.trust(real)).toBeVisible();

  // Of the page's own making: its opener is a page of another origin, which is told nothing and believed nothing.
  const opening = page.waitForEvent("popup");
  await page.evaluate((address) => {
    const nonce = "0123456789abcdef0123456789abcdef";
    Object.assign(window, { forged: window.open(`${address}/trust.html#${nonce}&ssh://root@victim.example:22`) });
    addEventListener("message", ({ data }) => window.heard.push({ type: "overheard", data }));
    const tick = () => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => window.heard.push({ type: "overheard", data });
      const forged = Reflect.get(window, "forged") as Window;
      forged.postMessage({ periwinkle: "connection", nonce }, "*", [port2]);
      port1.postMessage({ type: "attached", connection: "1", destination: { host: "a", port: 1, user: "b" } });
    };
    setInterval(tick, 100);
    // And to the frame, as if from a window.
    frames[0]?.postMessage({ periwinkle: "window", nonce }, "*");
    frames[0]?.postMessage({ periwinkle: "window-gone", nonce }, "*");
  }, relay.origin);
  const forged = await opening;
  await forged.waitForLoadState();
  await expect(forged.getByRole("heading")).toHaveText("The terminal does not answer", { timeout: 20_000 });
  await expectNotHeard(page, "overheard");
  await expect(inFrame.trust(real)).toBeVisible();
  await logInThere(real, sshd);
  await expectHeard(page, { type: "connected" });
});

test("a page that keeps its windows apart gets none that answers: the whole session goes on in the window", async ({
  page,
  stage,
}) => {
  const { sshd } = stage;
  const pins = [keyOf(sshd).fingerprint];
  const frame = await toCard(page, stage, suggestion(sshd, { pins }), { "cross-origin-opener-policy": "same-origin" });
  const opening = page.context().waitForEvent("page");
  await inFrame.window(frame).click();
  const app = await opening;
  await expect(frame.getByRole("heading", { name: "The terminal goes on in the window that opened." })).toBeVisible();
  await expectHeard(page, { type: "closed", code: "moved-to-window" });
  await expect(app.getByRole("textbox", { name: "Host", exact: true })).toHaveValue(sshd.host);
  await expect(app.getByRole("textbox", { name: "User name", exact: true })).toHaveValue(sshd.user);
  await expect(app.getByRole("region", { name: "Expected key" })).toBeVisible();
});

test("a page that keeps apart only windows which it did not open gets its answer", async ({ page, stage }) => {
  const { sshd } = stage;
  const headers = { "cross-origin-opener-policy": "same-origin-allow-popups" };
  const window = await continueInWindow(page, await toCard(page, stage, suggestion(sshd), headers));
  await logInThere(window, sshd);
  await expectHeard(page, { type: "connected" });
});

test("a consent to typing that cannot be shown in the frame is given in the window", async ({ page, stage }) => {
  const { sshd, course } = stage;
  const frame = await toCard(page, stage, suggestion(sshd));
  const there = await continueInWindow(page, frame);
  await press(button(inFrame.trust(there), "Trust and save"));
  const closed = there.waitForEvent("close");
  await givePasswordIn(there, sshd.password);
  await closed;
  await expectHeard(page, { type: "connected" });
  await page.evaluate(() => window.say({ type: "sendText", text: "echo typed $((6 * 7))" }));
  const consent = await continueInWindow(page, frame);
  const dialog = consent.getByRole("dialog", { name: "May this page type into the terminal?" });
  await expect(dialog).toContainText(course.origin);
  const done = consent.waitForEvent("close");
  await press(button(dialog, "Let it type")).catch(() => undefined);
  await done;
  await expectInFrame(frame, "echo typed");
});
