// How a widget behaves in a page: it takes no focus, leaves by the keyboard, follows its box, and lives beside others.

import { expect, type FrameLocator, type Page } from "@playwright/test";
import { startRelay } from "../fixtures/relay.ts";
import {
  agree,
  continueInWindow,
  expectHeard,
  expectInFrame,
  expectNotHeard,
  frameOf,
  heard,
  inFrame,
  logInHere,
  logInThere,
  plainFrame,
  type Stage,
  suggestion,
  test,
  typeInFrame,
} from "./support-embed.ts";

async function shell(
  page: Page,
  browserName: string,
  stage: Stage,
  says: readonly object[] = [],
): Promise<FrameLocator> {
  const { sshd, course } = stage;
  await page.goto(course.serve(plainFrame(stage, [...says, suggestion(sshd)])));
  const frame = frameOf(page);
  await agree(frame);
  if (browserName === "chromium") await logInHere(page, sshd);
  else {
    await expect(inFrame.window(frame)).toBeVisible();
    const window = await continueInWindow(page, frame);
    await logInThere(window, sshd, true);
    await expectHeard(page, { type: "connected" });
  }
  return frame;
}

const sizes = async (page: Page) => (await heard(page)).filter(({ type }) => type === "size");

test("a shell in a page: left and entered by keyboard, sized by its box, coloured and set as the page says", async ({
  browserName,
  page,
  stage,
}) => {
  const frame = await shell(page, browserName, stage, [
    { type: "theme", scheme: "dark", colors: { background: "#102030" } },
    { type: "font", size: 20, family: "monospace" },
  ]);
  const terminal = inFrame.terminal(frame);
  // By keyboard: in, a Tab for the shell, out by the chord, on into the page, and back.
  await terminal.focus();
  await page.keyboard.type("echo a");
  await page.keyboard.press("Tab");
  await expect(terminal).toBeFocused();
  await page.keyboard.press("Control+c");
  await page.keyboard.press("Control+Shift+Enter");
  await expect(terminal).not.toBeFocused();
  await expect
    .poll(async () => {
      await page.keyboard.press("Tab");
      return page.evaluate(() => document.activeElement?.id);
    })
    .toBe("answers");
  for (let presses = 0; presses < 20; presses++) {
    if (await terminal.evaluate((element) => element === document.activeElement && document.hasFocus())) break;
    await page.keyboard.press("Shift+Tab");
  }
  await expect(terminal).toBeFocused();
  await typeInFrame(page, "stty size");
  const last = (await sizes(page)).at(-1);
  await expectInFrame(frame, `${last?.rows} ${last?.columns}`);

  // Its own font and colour.
  await expect(frame.locator(".xterm-rows")).toHaveCSS("font-size", "20px");
  await expect(frame.locator(".xterm-viewport, .xterm-scrollable-element").first()).toHaveCSS(
    "background-color",
    "rgb(16, 32, 48)",
  );

  // The box, and nothing else, sizes it; hidden or tiny it says nothing.
  const before = (await sizes(page)).length;
  const box = (style: string) =>
    page.evaluate((now) => document.querySelector("iframe")?.setAttribute("style", now), style);
  await box("width: 600px; height: 400px");
  await expect.poll(async () => (await sizes(page)).length).toBeGreaterThan(before);
  const small = (await sizes(page)).at(-1);
  await typeInFrame(page, "clear; stty size");
  await expectInFrame(frame, `${small?.rows} ${small?.columns}`);
  const settled = (await sizes(page)).length;
  await box("width: 10px; height: 10px");
  // So small has the frame found itself, and drawn that.
  await expect.poll(() => frame.locator("html").evaluate(() => innerWidth)).toBe(10);
  await frame.locator("html").evaluate(() => new Promise((drawn) => setTimeout(drawn, 200)));
  for (const style of ["display: none", "width: 10px; height: 10px", "height: 0", "width: 600px; height: 400px"])
    await box(style);
  await typeInFrame(page, "clear; stty size");
  await expectInFrame(frame, `${small?.rows} ${small?.columns}`);
  for (const { columns, rows } of (await sizes(page)).slice(settled))
    expect([columns, rows]).toEqual([small?.columns, small?.rows]);

  stage.sshd.killSessions();
  await expectHeard(page, { type: "closed" });
  await expect(
    frame
      .getByRole("alert")
      .or(frame.getByRole("region", { name: "The session has ended" }))
      .first(),
  ).toBeVisible();
});

test("the focus stays in the page through a whole connection that nobody asked for, and moves when it is asked to", async ({
  page,
  stage,
}) => {
  const { sshd, console: site } = stage;
  await page.goto(site.serve(plainFrame(stage)));
  await page.locator("#notes").focus();
  await expectHeard(page, { type: "ready" });
  await page.evaluate((message) => window.say(message), suggestion(sshd));
  await page.keyboard.type("the person types on ");
  await expectHeard(page, { type: "needsAttention", what: "hostkey" });
  await page.keyboard.type("while it asks");
  await expect(page.locator("#notes")).toHaveValue("the person types on while it asks");
  await page.evaluate(() => window.say({ type: "focus" }));
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("IFRAME");
});

test("ten in one page, all at once, each with a session of its own", async ({ page, stage }) => {
  test.setTimeout(120_000);
  const { sshd, console: site, relay } = stage;
  const frames = Array.from(
    { length: 10 },
    (_, index) => `<iframe title="Terminal ${index}" style="height: 700px"></iframe>`,
  );
  await page.goto(
    site.serve({
      body: frames.join(""),
      script: `
        window.heard = [];
        const frames = [...document.querySelectorAll("iframe")];
        for (const [index, frame] of frames.entries()) {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => {
            heard.push({ index, ...data });
            if (data.type === "ready") port1.postMessage(${JSON.stringify(suggestion(sshd))});
          };
          frame.addEventListener("load", () =>
            frame.contentWindow.postMessage({ periwinkle: [1] }, "${relay.origin}", [port2]), { once: true });
          frame.src = "${relay.origin}/widget.html";
        }`,
    }),
  );
  const asked = async () =>
    (await heard(page)).filter(({ type }) => type === "needsAttention").map(({ index }) => index);
  await expect.poll(async () => (await asked()).length, { timeout: 90_000 }).toBe(10);
  await expectNotHeard(page, "closed");
});

test("a lost link says so @one-browser", async ({ browserName, page, stage }) => {
  const { course, sshd } = stage;
  const relay = await startRelay({
    config: { embed: [{ origin: course.origin, open: [`${sshd.host}:${sshd.port}`] }] },
  });
  const frame = await shell(page, browserName, { ...stage, relay });
  await relay.stop();
  await expectHeard(page, { type: "closed" });
  await expect(frame.getByRole("button", { name: "Reconnect" })).toBeVisible();
});
