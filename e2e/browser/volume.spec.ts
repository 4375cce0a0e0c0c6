// Much, both ways: not a byte lost or doubled on the way to the terminal or to the server, through key exchanges too, and
// nothing piles up on the way. What reaches the terminal is taken from the port by which the worker hands it to the page.

import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { startSshd } from "../fixtures/sshd.ts";
import { expectOnScreen, typeLine } from "./support.ts";
import { clearScreen, copyElsewhere, openShell, paste, run, watchPort } from "./support-terminal.ts";

/** What the engine lets a server send ahead of the screen: the SSH window of a shell. */
const WINDOW = 1024 * 1024;

/** Base64 in lines, so that a terminal shows it as text; `size` bytes. */
function text(size: number): string {
  const lines =
    randomBytes(Math.ceil(size * 0.75))
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  return `${lines.join("\n").slice(0, size - 1)}\n`;
}

const sha256 = (bytes: string | Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Shows the file and gives the hash of what the terminal got of it. The pty is told to change nothing. */
async function digestOfShown(page: Page, file: string): Promise<string | undefined> {
  await page.evaluate(() => window.watch.keep());
  await typeLine(
    page,
    `stty -opost; printf '%s%s' be gin:; cat ${file}; printf '%s%s' :e nd; stty opost; echo; echo shown $((3 * 3))`,
  );
  await expectOnScreen(page, "shown 9", 60_000);
  return page.evaluate(() => window.watch.digestBetween("begin:", ":end"));
}

/** Pastes `lines` into a program that puts what it reads into a file, and waits until the file has it all. */
async function pasteIntoFile(page: Page, file: string, home: string, lines: string): Promise<void> {
  await copyElsewhere(page, lines);
  await typeLine(
    page,
    `stty raw -echo; printf 'taking'; head -c ${lines.length} > ${file}; stty sane; echo; echo taken $((4 * 4))`,
  );
  await expectOnScreen(page, /^taking$/m);
  await paste(page);
  await page
    .getByRole("dialog", { name: /^Paste / })
    .getByRole("button", { name: "Paste", exact: true })
    .click();
  await expectOnScreen(page, "taken 16", 30_000);
  // Enter is what a terminal sends at the end of a line.
  expect(sha256(readFileSync(join(home, file)))).toBe(sha256(lines.replaceAll("\n", "\r")));
}

test("20 MB reach the terminal as the server sent them, and a paste of 100 KB the server", async ({
  browser,
  relay,
  sshd,
}) => {
  const page = await openShell(browser, relay, sshd, watchPort);
  const sent = text(20_000_000);
  writeFileSync(join(sshd.home, "twenty"), sent);
  await run(page, "sha256sum twenty", sha256(sent));
  expect(await digestOfShown(page, "twenty")).toBe(sha256(sent));
  const { received, painted, mostUnpainted } = await page.evaluate(() => window.watch);
  expect(received).toBeGreaterThan(20_000_000);
  expect(painted).toBe(received);
  expect(mostUnpainted).toBeLessThanOrEqual(WINDOW);
  await clearScreen(page);
  await pasteIntoFile(page, "pasted", sshd.home, text(100_000));
  await page.context().close();
});

test("keys are exchanged every megabyte while bytes move both ways @one-browser", async ({ browser, relay }) => {
  const sshd = await startSshd({ config: ["RekeyLimit 1M", "LogLevel DEBUG1"] });
  try {
    const page = await openShell(browser, relay, sshd, watchPort);
    const exchanges = () => sshd.log().match(/SSH2_MSG_NEWKEYS received/g)?.length ?? 0;
    const sent = text(5_000_000);
    writeFileSync(join(sshd.home, "five"), sent);
    expect(await digestOfShown(page, "five")).toBe(sha256(sent));
    const after = exchanges();
    expect(after).toBeGreaterThanOrEqual(5);
    await clearScreen(page);
    // While the paste goes up, something goes down: NUL, which a terminal takes and does not show.
    await typeLine(page, "(while sleep 0.01; do head -c 4000 /dev/zero; done) & clear");
    await pasteIntoFile(page, "pasted", sshd.home, text(5_000_000));
    // Fewer than megabytes: two of them may be under way already, as the server's window allows, when it asks for new keys.
    expect(exchanges()).toBeGreaterThanOrEqual(after + 2);
    await page.context().close();
  } finally {
    await sshd.stop();
  }
});

/** How many bytes the one process of this name has written so far. */
function written(program: string): number {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/comm`, "utf8").trim() === program)
        return Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error(`no process is called ${program}`);
}

test("a terminal that does not keep up stops the server, and nothing is lost when it goes on", async ({
  browser,
  relay,
  sshd,
}) => {
  const page = await openShell(browser, relay, sshd, watchPort);
  await page.evaluate(() => {
    window.watch.held = true;
  });
  const before = await page.evaluate(() => window.watch.received);
  const flood = `flood${process.pid}`.slice(0, 15);
  await typeLine(page, `cp $(command -v yes) ${flood}; ./${flood} {1..40} | head -c 16000000; echo through $((5 * 5))`);
  const received = async () => (await page.evaluate(() => window.watch.received)) - before;
  await expect.poll(received).toBeGreaterThan(WINDOW - 64 * 1024);
  let last = -1;
  await expect
    .poll(() => {
      const stood = written(flood) === last;
      last = written(flood);
      return stood;
    })
    .toBe(true);
  expect(await received()).toBeLessThanOrEqual(WINDOW);
  // Between the server's program and us: a pipe, a pty, the buffers of two sockets and of the relay.
  expect(last).toBeLessThan(WINDOW + 4 * 1024 * 1024);
  await page.evaluate(() => window.watch.release());
  await expectOnScreen(page, "through 25", 60_000);
  expect(await page.evaluate(() => window.watch.mostUnpainted)).toBeLessThanOrEqual(WINDOW);
  await page.context().close();
});
