// What the browser lets a frame keep (shared, partitioned, denied): the frame finds out, and what the app trusts is never used in
// somebody else's page silently.

import { expect, type FrameLocator, type Page } from "@playwright/test";
import { connect, loginDialog, openApp, trustAndSave } from "./support.ts";
import {
  agree,
  continueInWindow,
  expectHeard,
  frameOf,
  heard,
  logInHere,
  logInThere,
  plainFrame,
  type Stage,
  suggestion,
  test,
} from "./support-embed.ts";
import { inProfile } from "./support-profile.ts";

type Storage = "shared" | "denied";

/** What a person can have set, and what comes of it. What Firefox does unless told otherwise, embed.spec.ts sees: partitioned. */
const SETTINGS: Readonly<Record<string, readonly { readonly says: object; readonly storage: Storage }[]>> = {
  chromium: [
    { says: { profile: { cookie_controls_mode: 0 } }, storage: "shared" },
    { says: { profile: { cookie_controls_mode: 1, block_third_party_cookies: true } }, storage: "denied" },
  ],
  firefox: [
    { says: { "network.cookie.cookieBehavior": 0 }, storage: "shared" },
    { says: { "network.cookie.cookieBehavior": 1 }, storage: "denied" },
  ],
};

async function trustInApp(page: Page, { sshd, relay }: Stage): Promise<void> {
  await openApp(page, relay);
  await connect(page, sshd);
  await trustAndSave(page);
  await expect(loginDialog(page)).toBeVisible();
}

/** Connections that hold a Web Lock. */
const locksIn = (frame: FrameLocator): Promise<number> =>
  frame
    .locator("body")
    .evaluate(
      async () =>
        ((await navigator.locks.query()).held ?? []).filter(({ name }) => name?.startsWith("periwinkle-")).length,
    );

test("a frame finds out what it may keep, and asks about a key whatever the app knows of it", async ({
  browserName,
  playwright,
  stage,
  launchOptions,
}) => {
  test.setTimeout(120_000);
  const { sshd, course } = stage;
  for (const { says, storage } of SETTINGS[browserName] ?? [])
    await test.step(storage, () =>
      inProfile({ browserName, says, playwright, launchOptions }, async (page) => {
        await trustInApp(page, stage);
        await page.goto(course.serve(plainFrame(stage, [suggestion(sshd)])));
        await expectHeard(page, { type: "ready", version: 1 });
        expect((await heard(page))[0]).toMatchObject({ storage });
        const frame = frameOf(page);
        await agree(frame);
        await expectHeard(page, { type: "needsAttention", what: "hostkey" });
        if (browserName === "chromium") await logInHere(page, sshd);
        // The window is of our own site: there it is known.
        else await logInThere(await continueInWindow(page, frame), sshd, false);
        await expectHeard(page, { type: "connected" });
        // Where storage is denied, so are locks; and the connection has worked all the same.
        if (storage === "shared") {
          await expect.poll(() => locksIn(frame)).toBe(1);
          await page.evaluate(() => window.say({ type: "disconnect" }));
          await expect.poll(() => locksIn(frame)).toBe(0);
        }
      }),
    );
});
