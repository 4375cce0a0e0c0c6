// The widget in a page, in each of its states, wide and narrow, light and dark: pictures for a person to look at
// (test-results/looks), and an axe run through the frame without a violation. Pixels are not compared.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import type { HostPage } from "../fixtures/host-pages.ts";
import { button, loginDialog } from "./support.ts";
import {
  agree,
  continueInWindow,
  element,
  expectHeard,
  expectInFrame,
  frameOf,
  givePasswordIn,
  inFrame,
  press,
  test,
  typeInFrame,
} from "./support-embed.ts";

const FOLDER = fileURLToPath(new URL("../../test-results/looks/", import.meta.url));
const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

/** Named, since the frame has a main part of its own. */
const lesson = (page: HostPage): HostPage => ({
  ...page,
  body: page.body
    .replace("height: 700px", "height: 480px")
    .replace(
      /<label>Notes.*?<\/label>/,
      '<main aria-label="Lesson"><h1>Lesson 3: a shell of your own</h1><p>Log in, and look around.</p>',
    )
    .replace(/<label>Answers.*?<\/label>/, "</main>"),
});

async function look(page: Page, name: string, framed = true): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${FOLDER}embed-${name}-${size}-${colorScheme}.png`, animations: "disabled" });
      // As in looks.spec.ts: two pictures have both widths and both schemes.
      if ((size === "wide") === (colorScheme === "dark")) continue;
      // Without the legacy mode it looks into frames of other origins, too.
      const { violations } = await new AxeBuilder({ page }).setLegacyMode(!framed).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
      expect.soft(found, `${name}, ${size}, ${colorScheme}`).toEqual([]);
    }
  }
  await page.setViewportSize(SIZES.wide);
  await page.emulateMedia({ colorScheme: "light" });
}

test("a terminal in a lesson, from the suggestion to its end", async ({ page, stage }) => {
  test.setTimeout(120_000);
  const { sshd, course } = stage;
  await page.goto(course.serve(lesson(element(stage, `host="${sshd.host}" port="${sshd.port}" user="${sshd.user}"`))));
  const frame = frameOf(page);
  await expect(inFrame.connect(frame)).toBeVisible();
  await look(page, "suggestion");
  await agree(frame);
  await expect(inFrame.trustButtons(frame)).toBeVisible();
  await look(page, "trust");
  // A phone's frame is too narrow for the whole of it; what was asked here before has gone back to the wide one.
  await page.setViewportSize({ width: 640, height: 800 });
  await page.setViewportSize(SIZES.wide);
  await press(button(inFrame.trust(frame), "Trust for this session"));
  await expect(inFrame.login(frame)).toBeVisible();
  await look(page, "password");
  await givePasswordIn(frame, sshd.password);
  await expectHeard(page, { type: "connected" });
  await typeInFrame(page, "clear; ls -la --color=always /");
  await expectInFrame(frame, "etc");
  await look(page, "terminal");
  await typeInFrame(page, "exit");
  await expectHeard(page, { type: "closed" });
  await look(page, "ended");
});

test("a question that cannot be shown in the frame, and the window that asks it", async ({ page, stage }) => {
  test.setTimeout(120_000);
  const { sshd, console: site } = stage;
  await page.goto(site.serve(lesson(element(stage, `host="${sshd.host}" port="${sshd.port}" user="${sshd.user}"`))));
  const frame = frameOf(page);
  // It connects by itself, and nobody is in the frame.
  await expect(inFrame.window(frame)).toBeVisible();
  await look(page, "card");
  const window = await continueInWindow(page, frame);
  await expect(inFrame.trustButtons(window)).toHaveCount(2);
  await look(window, "window-trust", false);
  await look(page, "card-elsewhere");
  await press(button(inFrame.trust(window), "Trust and save"));
  await expect(loginDialog(window)).toBeVisible();
  await look(window, "window-password", false);
  await button(loginDialog(window), "Cancel")
    .click()
    .catch(() => undefined);
  await expectHeard(page, { type: "closed" });
});
