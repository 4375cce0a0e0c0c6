// A shell in the browser, used as a person uses one, and by a hostile program as such a program would.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { startSshd } from "../fixtures/sshd.ts";
import {
  armed,
  button,
  connect,
  exitBar,
  expectForm,
  expectOnScreen,
  expectShell,
  field,
  givePassword,
  logInWithPassword,
  loginDialog,
  openApp,
  terminal,
  trustAndSave,
  trustDialog,
  typeLine,
} from "./support.ts";
import { clearScreen, copyElsewhere, openShell, paste, run, screenRows, tabTo, watchPort } from "./support-terminal.ts";

/** What the server says when the client has ended a session by its DISCONNECT, reason 11. */
const GOODBYE = /Received disconnect from 127\.0\.0\.1 port \d+:11:/;

declare global {
  interface Window {
    /** From the pressing of Control C to the prompt on the screen, in ms by the page's own clock. */
    stopped: Promise<number>;
  }
}

test.describe("in one shell", () => {
  let page: Page;

  test.beforeAll(async ({ browser, relay, sshd }) => {
    page = await openShell(browser, relay, sshd, watchPort);
  });
  test.afterAll(() => page.context().close());
  test.beforeEach(() => clearScreen(page));

  test("a program hears of the window's new size, and it is the size that is seen", async () => {
    await typeLine(page, "bash -c 'trap \"stty size; exit\" WINCH; echo trap $((1 + 1)); sleep 60 & wait'");
    await expectOnScreen(page, "trap 2");
    await page.setViewportSize({ width: 1000, height: 500 });
    await expectOnScreen(page, /^\d+ \d+$/m);
    const rows = await screenRows(page);
    const [, lines, columns] = /^(\d+) (\d+)$/.exec(rows.find((row) => /^\d+ \d+$/.test(row)) ?? "") ?? [];
    expect(Number(lines)).toBe(rows.length);
    expect(Number(lines)).toBeLessThan(30);
    expect(Number(columns)).toBeLessThan(140);
    await clearScreen(page);
    await run(page, "stty size", `${lines} ${columns}`);
    await run(page, `printf '+%.0s' {1..${Number(columns) + 1}}; echo`, new RegExp(`^\\+{${columns}}\\n\\+$`, "m"));
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  test("the terminal says what it is and what language the person reads", async () => {
    await run(page, "echo =$TERM= =$LANG=", /^=xterm-256color= =\w+.UTF-8=$/m);
  });

  test("vim opens, edits and saves, redraws on a new size, and gives the screen back", async ({ sshd }) => {
    await run(page, "echo before $((40 + 2))", "before 42");
    await typeLine(page, "vim -u NONE -N note.txt");
    await expectOnScreen(page, /"note.txt" \[New/);
    await page.keyboard.type("iHello from Periwinkle");
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 900, height: 600 });
    await expect
      .poll(async () => {
        const rows = await screenRows(page);
        return rows[0] === "Hello from Periwinkle" && rows.filter((row) => row === "~").length === rows.length - 2;
      })
      .toBe(true);
    await page.keyboard.type(":wq");
    await page.keyboard.press("Enter");
    await expectOnScreen(page, "before 42");
    expect(readFileSync(join(sshd.home, "note.txt"), "utf8")).toBe("Hello from Periwinkle\n");
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  test("Control C stops a flood within a second", async () => {
    await typeLine(page, "yes");
    const start = await page.evaluate(() => window.watch.painted);
    await expect.poll(() => page.evaluate(() => window.watch.painted)).toBeGreaterThan(start + 1_000_000);
    await page.evaluate(() => {
      window.stopped = new Promise((resolve) => {
        const pressed = ({ timeStamp }: KeyboardEvent) => {
          const look = () => {
            const rows = [...document.querySelectorAll(".xterm-rows > div")].map(
              (row) => row.textContent?.trim() ?? "",
            );
            if (rows.findLast((row) => row !== "")?.startsWith("$")) resolve(performance.now() - timeStamp);
            else requestAnimationFrame(look);
          };
          look();
        };
        addEventListener("keydown", (event) => event.key === "c" && pressed(event), { capture: true });
      });
    });
    await page.keyboard.press("Control+c");
    const took = await page.evaluate(() => window.stopped);
    expect(took).toBeLessThan(1000);
    test.info().annotations.push({ type: "took", description: `${Math.round(took)} ms` });
  });

  test("a character that arrives in pieces is one character", async () => {
    // Each byte waits for a key, so that no two of a character can come in one message.
    await typeLine(
      page,
      "clear; for b in 342 202 254 360 237 220 232; do printf \"\\\\$b\"; read -rsn1; done; echo ' whole'",
    );
    for (let key = 0; key < 7; key++) {
      const before = await page.evaluate(() => window.watch.received);
      await page.keyboard.press("x");
      await expect.poll(() => page.evaluate(() => window.watch.received)).toBeGreaterThan(before);
    }
    await expectOnScreen(page, "€🐚 whole");
  });

  test("a title is cleaned, and says beside it where it comes from", async ({ sshd }) => {
    await typeLine(page, "printf '\\033]2;mail\\342\\200\\256\\033\\\\'");
    await expect(page).toHaveTitle(`mail\ufffd (${sshd.host})`);
    await typeLine(page, "printf '\\033]0;%0300d\\a' 0");
    await expect(page).toHaveTitle(`${"0".repeat(255)}… (${sshd.host})`);
  });

  test("what is selected is copied, and pasted where the person likes", async () => {
    await run(page, "clear; echo pick$((3 * 7))word", "pick21word");
    const word = await page.getByText("pick21word").boundingBox();
    if (!word) throw new Error("the word is nowhere");
    const middle = word.y + word.height / 2;
    await page.mouse.move(word.x + 1, middle);
    await page.mouse.down();
    await page.mouse.move(word.x + word.width - 1, middle, { steps: 4 });
    await page.mouse.up();
    await expect(page.locator(".xterm-selection > div").first()).toBeVisible();
    await page.keyboard.press("Control+Shift+C");
    await page.keyboard.type("echo got=");
    await paste(page);
    await page.keyboard.press("Enter");
    await expectOnScreen(page, /^got=pick21word$/m);
  });

  test("a paste cannot leave its brackets and run", async ({ sshd }) => {
    await copyElsewhere(page, "echo in\x1b[201~; touch broken-out\ntouch broken-out\n");
    await paste(page);
    await expectOnScreen(page, "$ echo in[201~; touch broken-out");
    await page.keyboard.press("Control+c");
    await run(page, "echo after $((5 * 5))", "after 25");
    expect(existsSync(join(sshd.home, "broken-out"))).toBe(false);
  });

  test("several lines are shown before a program without brackets gets them", async ({ sshd }) => {
    await typeLine(page, "clear; cat > pasted.txt");
    await copyElsewhere(page, "one\ntwo\x1b]0;x\x07 é€\n");
    await paste(page);
    const question = page.getByRole("dialog", { name: "Paste 2 lines?" });
    await expect(button(question, "Cancel")).toBeFocused();
    await expect(question.getByRole("textbox", { name: "What will be pasted" })).toHaveValue("one\ntwo]0;x é€\n");
    await page.keyboard.press("Enter");
    await expect(question).toBeHidden();
    await expect(terminal(page)).toBeFocused();
    await page.keyboard.type("zero");
    await page.keyboard.press("Enter");
    await paste(page);
    await button(question, "Paste").click();
    await expect(terminal(page)).toBeFocused();
    await expectOnScreen(page, /^two/m);
    await page.keyboard.press("Control+d");
    await run(page, "echo after $((6 * 6))", "after 36");
    expect(readFileSync(join(sshd.home, "pasted.txt"), "utf8")).toBe("zero\none\ntwo]0;x é€\n");
  });

  test("a server reaches neither the clipboard nor its contents", async () => {
    await copyElsewhere(page, "mine");
    await run(
      page,
      "printf '\\033]52;c;%s\\a\\033]52;c;?\\a' $(printf stolen | base64); echo tried $((7 * 7))",
      "tried 49",
    );
    await page.keyboard.type("echo clip=");
    await paste(page);
    await page.keyboard.press("Enter");
    await expectOnScreen(page, /^clip=mine$/m);
  });

  test("huge counts do not stop the page", async () => {
    const finals = ["S", "T", "L", "M", "@", "P", "X", "b", "I", "Z"];
    await typeLine(
      page,
      `for f in ${finals.join(" ")}; do printf "\\033[2147483647$f\\033[9999$f"; done; clear; echo alive $((9 * 9))`,
    );
    await expectOnScreen(page, "alive 81");
    await typeLine(page, "printf '\\033[9999b%.0s' {1..20000}; clear; echo still $((8 * 8))");
    await expectOnScreen(page, "still 64");
  });

  test("a link says where it leads before it goes there", async ({ relay }) => {
    const address = `${relay.origin}/somewhere`;
    await typeLine(page, `clear; printf '\\033]8;;${address}\\033\\\\%s\\033]8;;\\033\\\\\\n' click-$((11 * 11))`);
    await expectOnScreen(page, /^click-121$/m);
    const link = page.getByText("click-121", { exact: true });
    const question = page.getByRole("dialog", { name: "Open this link?" });
    const click = async (modifiers: "Control"[]) => {
      // The pointer says that there is a link, once the terminal has found it under the mouse.
      await page.mouse.move(600, 400);
      await link.hover({ force: true });
      await expect(page.locator(".xterm-cursor-pointer")).toBeVisible();
      await link.click({ force: true, modifiers });
    };
    await click([]);
    await click(["Control"]);
    await expect(question.getByRole("textbox", { name: "Address" })).toHaveValue(address);
    expect(page.context().pages()).toHaveLength(1);
    await button(question, "Cancel").click();
    await expect(question).toBeHidden();
    await click(["Control"]);
    const [opened] = await Promise.all([page.context().waitForEvent("page"), button(question, "Open link").click()]);
    await expect.poll(() => opened.url()).toBe(address);
    expect(await opened.evaluate(() => window.opener)).toBeNull();
    await opened.close();
    await page.bringToFront();
  });
});

test("a shell that ends says how, keeps its screen, and leads back @one-browser", async ({ page, relay, sshd }) => {
  await openApp(page, relay);
  await logInWithPassword(page, sshd);
  await run(page, "seq 1 60", /^60$/m);
  await typeLine(page, "exit 3");
  await expect(exitBar(page)).toContainText("The shell ended with status 3.");
  await expect(button(exitBar(page), "Reconnect")).toBeFocused();
  await expectOnScreen(page, /^60$/m);
  await page.locator(".xterm-screen").hover();
  for (let notch = 0; notch < 30; notch++) await page.mouse.wheel(0, -300);
  await expectOnScreen(page, /^1\n2\n3$/m);
  await button(exitBar(page), "Reconnect").click();
  await givePassword(page, sshd.password);
  await expectShell(page);
  await typeLine(page, "kill -KILL $$");
  await expect(exitBar(page)).toContainText("The shell was ended by signal KILL.");
  await button(exitBar(page), "Close").click();
  await expectForm(page, sshd);
});

test("a notice of the server is quoted as text, before and after the log-in", async ({ page, relay, sshd }) => {
  const notice = join(sshd.home, "notice");
  writeFileSync(notice, "Staff <b>only</b>\x1b[31m\u202e.\n");
  const other = await startSshd({ config: [`Banner ${notice}`] });
  try {
    await openApp(page, relay);
    await connect(page, other);
    await trustAndSave(page);
    const quote = (within: ReturnType<typeof loginDialog>) =>
      within.getByRole("figure", { name: `${other.host} says:` });
    await expect(quote(loginDialog(page)).getByRole("blockquote")).toHaveText("Staff <b>only</b>\ufffd[31m\ufffd.");
    await givePassword(page, other.password);
    const aside = page.getByRole("complementary", { name: "Notice from the server" });
    await expect(quote(aside).getByRole("blockquote")).toHaveText("Staff <b>only</b>\ufffd[31m\ufffd.");
    await button(aside, "Dismiss the notice").click();
    await expect(aside).toBeHidden();
    await expect(terminal(page)).toBeFocused();
  } finally {
    await other.stop();
  }
});

/** Would the browser ask before it leaves this page? */
const asksBeforeLeaving = (page: Page): Promise<boolean> =>
  page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));

test("leaving is asked about while a shell is open only, and the server is told", async ({
  browserName,
  page,
  relay,
  sshd,
}) => {
  await openApp(page, relay);
  expect(await asksBeforeLeaving(page)).toBe(false);
  await logInWithPassword(page, sshd);
  expect(await asksBeforeLeaving(page)).toBe(true);
  let said = sshd.log().length;
  const log = () => sshd.log().slice(said);
  await page.goto("about:blank");
  // Firefox ends a page's worker before it has read the page's last message: the connection closes, without a word.
  await expect.poll(log).toMatch(browserName === "firefox" ? /Connection closed by 127/ : GOODBYE);

  await openApp(page, relay);
  await logInWithPassword(page, sshd, "known");
  said = sshd.log().length;
  await button(page, "Disconnect").click();
  await expect(exitBar(page)).toContainText("You disconnected.");
  await expect.poll(log).toMatch(GOODBYE);
  expect(await asksBeforeLeaving(page)).toBe(false);
});

test("a second tab is a session of its own @one-browser", async ({ context, page, relay, sshd }) => {
  await openApp(page, relay);
  await logInWithPassword(page, sshd);
  await typeLine(page, "mine=first; clear");
  const second = await context.newPage();
  await openApp(second, relay);
  await logInWithPassword(second, sshd, "known");
  await run(second, "echo [$mine]", "[]");
  await button(second, "Disconnect").click();
  await expect(exitBar(second)).toBeVisible();
  await page.bringToFront();
  await run(page, "echo [$mine]", "[first]");
});

test("everything goes by the keyboard, from the form to the shell and back out of it", async ({
  page,
  relay,
  sshd,
}) => {
  await openApp(page, relay);
  await expect(field(page, "Host")).toBeFocused();
  await page.keyboard.type(sshd.host);
  await tabTo(page, field(page, "Port"));
  await page.keyboard.press("Control+a");
  await page.keyboard.type(String(sshd.port));
  await tabTo(page, field(page, "User name"));
  await page.keyboard.type(sshd.user);
  await page.keyboard.press("Enter");
  await expect(button(trustDialog(page), "Cancel")).toBeFocused();
  const once = button(trustDialog(page), "Trust once");
  await armed(once);
  await tabTo(page, once);
  await page.keyboard.press("Enter");
  await expect(loginDialog(page).getByLabel("Password", { exact: true })).toBeFocused();
  await page.keyboard.type(sshd.password);
  await page.keyboard.press("Enter");
  await expectShell(page);
  await run(page, "echo keys $((12 * 12))", "keys 144");
  await page.keyboard.press("Tab");
  await expect(terminal(page)).toBeFocused();
  await page.keyboard.press("Control+Shift+Enter");
  await expect(button(page, "Connection")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(button(page, "Disconnect")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(button(exitBar(page), "Reconnect")).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(button(exitBar(page), "Close")).toBeFocused();
  await page.keyboard.press("Enter");
  await expectForm(page, sshd);
});
