// Clickjacking: a page around the frame that covers, fades, shrinks, distorts or moves it. While it does, there is nothing to
// press and nowhere to type, and the server is told nothing; when it stops, the same dialog works.

import { expect, type FrameLocator, type Locator, type Page } from "@playwright/test";
import { startSshd } from "../fixtures/sshd.ts";
import { armed, button } from "./support.ts";
import {
  agree,
  expectHeard,
  expectInFrame,
  expectNotHeard,
  frameOf,
  frameText,
  givePasswordIn,
  inFrame,
  plainFrame,
  press,
  suggestion,
  test,
  typePasswordIn,
} from "./support-embed.ts";
import { expectNoLoginLogged, TELLING } from "./support-trust.ts";

/** Styles of the iframe. */
const STYLES: Readonly<Record<string, string>> = {
  "1 % opacity": "opacity: 0.01",
  "almost no opacity lost": "opacity: 0.98",
  "a filter": "filter: contrast(10%)",
  "a blend": "mix-blend-mode: multiply",
  "a smaller scale": "transform: scale(0.3)",
  "a rotation": "transform: rotate(3deg)",
  "a clip": "clip-path: inset(0 0 60% 0)",
  "50 x 50": "width: 50px; height: 50px",
  "a height for the buttons alone": "height: 250px",
  "half out of the window": "margin-left: 60%",
  "scrolled out at the top": "margin-top: -400px",
};

/** Something that lies over it, and lets every click through. */
const COVERS: Readonly<Record<string, string>> = {
  "a picture over all of it": "inset: 0; background: white",
  "a line over the fingerprint": "left: 0; right: 0; top: 45%; height: 4px; background: white",
  glass: "inset: 0; backdrop-filter: blur(8px)",
  "almost nothing over all of it": "inset: 0; background: rgb(255 255 255 / 1%)",
};

/** From the host page: `undo` is called with what was before. */
async function during(page: Page, [style, cover]: readonly [string, string], check: () => Promise<void>) {
  await page.evaluate(
    ([own, over]) => {
      document.querySelector("iframe")?.setAttribute("style", own);
      if (over === "") return;
      const div = document.createElement("div");
      div.id = "cover";
      div.setAttribute("style", `position: fixed; z-index: 9; pointer-events: none; ${over}`);
      document.body.append(div);
    },
    [style, cover] as const,
  );
  await check();
  await page.evaluate(() => {
    document.querySelector("iframe")?.removeAttribute("style");
    document.getElementById("cover")?.remove();
    scrollTo(0, 0);
  });
}

const ATTACKS = [
  ...Object.entries(STYLES).map(([name, style]) => ({ name, how: [style, ""] as const })),
  ...Object.entries(COVERS).map(([name, cover]) => ({ name, how: ["", cover] as const })),
];

/** The dialog's own contents, as long as they can be used. */
const usable = (frame: FrameLocator): Locator => frame.locator("dialog[open] .sighted:not([inert], .away)");

async function centre(control: Locator): Promise<readonly [x: number, y: number]> {
  const { x, y, width, height } = (await control.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  return [x + width / 2, y + height / 2];
}

/** Clicks where the control is said to be. Keys would press what stands there instead: Cancel. */
async function assail(page: Page, control: Locator): Promise<void> {
  await page.mouse.click(...(await centre(control)));
}

/** Takes the frame back from whoever has the focus now. */
async function backInSight(frame: FrameLocator, control: Locator): Promise<void> {
  await frame.locator("dialog[open] h2:visible").click();
  await control.hover();
  await expect(frame.locator("dialog[open] .sighted:not([inert], .away, .unready)")).toHaveCount(1);
  await armed(control);
}

test("a covered, faded, distorted, tiny or moving dialog about a key cannot be used, and one in plain sight can", async ({
  page,
  stage,
}) => {
  test.setTimeout(120_000);
  const sshd = await startSshd(TELLING);
  const frame = frameOf(page);
  try {
    await page.goto(stage.course.serve(plainFrame(stage, [suggestion(sshd)])));
    await agree(frame);
    const trust = button(inFrame.trust(frame), "Trust for this session");
    await backInSight(frame, trust);
    const before = await centre(trust);
    for (const { name, how } of ATTACKS) {
      await test.step(name, async () => {
        await during(page, how, async () => {
          await expect(usable(frame), name).toHaveCount(0);
          await page.mouse.click(...before);
          await assail(page, frame.locator("dialog[open] button", { hasText: "Trust for this session" }));
          await expect(frame.locator("dialog[open]"), name).toHaveCount(1);
        });
        await backInSight(frame, trust);
        await expectNoLoginLogged(sshd);
      });
    }
    // What stays hidden leads on by a key, and has nothing to click for as long as it is hidden.
    await during(page, ["opacity: 0.01", ""], async () => {
      await expect(frame.getByText("Press Enter to continue in a new window, or Escape to cancel.")).toBeVisible();
      await expect(frame.locator("dialog[open] button:visible")).toHaveCount(0);
    });
    await backInSight(frame, trust);
    // Moved under a pointer that stands still, or to it.
    for (const move of [
      "margin-left: -60px; width: calc(100% + 60px)",
      "margin-top: 60px",
      "position: relative; top: 9px",
    ]) {
      await page.evaluate((style) => document.querySelector("iframe")?.setAttribute("style", style), move);
      await page.mouse.click(...(await centre(trust)));
      await expect(inFrame.trust(frame), move).toBeVisible();
      await page.evaluate(() => document.querySelector("iframe")?.removeAttribute("style"));
      await backInSight(frame, trust);
    }
    // The keyboard is somewhere else.
    await page.locator("#notes").focus();
    await expect(usable(frame)).toHaveCount(0);
    await page.keyboard.press("Enter");
    await expect(inFrame.trustButtons(frame)).toHaveCount(0);
    await expectNoLoginLogged(sshd);

    await frame.getByText(/page around has the keyboard/i).click();
    await press(trust);
    await expect(inFrame.login(frame)).toBeVisible();
  } finally {
    await sshd.stop();
  }
});

test("a password is not typed into a dialog that is out of sight, and is not lost by it", async ({ page, stage }) => {
  test.setTimeout(90_000);
  const { sshd, course } = stage;
  const frame = frameOf(page);
  await page.goto(course.serve(plainFrame(stage, [suggestion(sshd)])));
  await agree(frame);
  await press(button(inFrame.trust(frame), "Trust for this session"));
  const field = inFrame.login(frame).getByLabel("Password", { exact: true });
  await typePasswordIn(frame, sshd.password);
  const logIn = button(inFrame.login(frame), "Log in");
  for (const { name, how } of ATTACKS.filter(({ name }) => /opacity|picture|50|glass/.test(name))) {
    await test.step(name, async () => {
      await backInSight(frame, logIn);
      await during(page, how, async () => {
        await expect(usable(frame), name).toHaveCount(0);
        await page.keyboard.type("stray");
      });
      await expect(field).toHaveValue(sshd.password);
    });
  }
  await expectNotHeard(page, "connected");
  await press(logIn);
  await expectHeard(page, { type: "connected" });
});

test("a text of the page is typed only after a consent that was seen, once for each connection", async ({
  page,
  stage,
}) => {
  test.setTimeout(90_000);
  const { sshd, course } = stage;
  const frame = frameOf(page);
  await page.goto(course.serve(plainFrame(stage, [suggestion(sshd)])));
  await agree(frame);
  await press(button(inFrame.trust(frame), "Trust for this session"));
  await givePasswordIn(frame, sshd.password);
  await expectHeard(page, { type: "connected" });

  const send = (text: string) => page.evaluate((typed) => window.say({ type: "sendText", text: typed }), text);
  await send("echo before\u001b]0;x\u0007");
  await expectHeard(page, { type: "problem", about: "sendText" });
  await send("echo typed $((6 * 7))\n");
  const dialog = frame.getByRole("dialog", { name: "May this page type into the terminal?" });
  await expect(dialog).toContainText(course.origin);
  await expect(dialog.getByRole("textbox")).toHaveValue(/echo typed/);
  const allow = button(dialog, "Let it type");
  for (const { name, how } of ATTACKS.filter(({ name }) => /opacity|picture|50|scale/.test(name))) {
    await test.step(name, async () => {
      await backInSight(frame, allow);
      await during(page, how, async () => {
        await expect(usable(frame), name).toHaveCount(0);
        await assail(page, frame.locator("dialog[open] button", { hasText: "Let it type" }));
      });
      expect(await frameText(frame)).not.toContain("typed");
    });
  }
  await press(allow);
  // Pasted in brackets: the shell runs it when the person says so.
  await expectInFrame(frame, "echo typed $((6 * 7))");
  expect(await frameText(frame)).not.toContain("typed 42");
  await inFrame.terminal(frame).focus();
  await page.keyboard.press("Enter");
  await expectInFrame(frame, "typed 42");
  await send("echo again $((6 * 7))");
  await expectInFrame(frame, "echo again");

  // The next connection is asked about anew.
  await page.evaluate(() => window.say({ type: "disconnect" }));
  await expectHeard(page, { type: "closed", code: "disconnected" });
});
