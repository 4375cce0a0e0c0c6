// Keys that were trusted inside a frame: without the operator's leave they are forgotten with the frame, with it they are known
// inside the same page, and in no other. Chromium, where dialogs open in frames.

import { expect, type Page } from "@playwright/test";
import type { HostPages } from "../fixtures/host-pages.ts";
import { button } from "./support.ts";
import { agree, expectHeard, frameOf, heard, inFrame, plainFrame, press, suggestion, test } from "./support-embed.ts";
import { inProfile } from "./support-profile.ts";

test("what is trusted in a frame is remembered where the operator says so, for the page around, and nowhere else", async ({
  browserName,
  playwright,
  stage,
  launchOptions,
}) => {
  const { sshd, course, console: site } = stage;
  const at = async (page: Page, where: HostPages) => {
    await page.goto(where.serve(plainFrame(stage, [suggestion(sshd)])));
    await expectHeard(page, { type: "ready" });
  };
  // Not a private window, in which nothing is kept.
  const says = { profile: { cookie_controls_mode: 0 } };
  await inProfile({ browserName, says, playwright, launchOptions }, async (page) => {
    const frame = frameOf(page);
    // Without the right: for as long as the frame lives.
    await at(page, course);
    await agree(frame);
    await expect(inFrame.trustButtons(frame)).toHaveText(["Trust for this session"]);
    await press(inFrame.trustButtons(frame));
    await expect(inFrame.login(frame)).toBeVisible();
    await page.evaluate(() => window.say({ type: "disconnect" }));
    await agree(frame);
    await expect(inFrame.login(frame)).toBeVisible();
    await at(page, course);
    await agree(frame);
    await expect(inFrame.trust(frame)).toBeVisible();

    // With it, and without a click: this page may connect by itself.
    await at(page, site);
    await expectHeard(page, { type: "needsAttention", what: "hostkey" });
    await frame.getByRole("button", { name: "Answer here" }).click();
    await press(button(inFrame.trust(frame), "Trust and save"));
    await expectHeard(page, { type: "needsAttention", what: "password" });
    await at(page, site);
    await expectHeard(page, { type: "needsAttention", what: "password" });
    expect(await heard(page)).not.toContainEqual(expect.objectContaining({ what: "hostkey" }));
    // And no other page profits.
    await at(page, course);
    await agree(frame);
    await expect(inFrame.trust(frame)).toBeVisible();
  });
});
