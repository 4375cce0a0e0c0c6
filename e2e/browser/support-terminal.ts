// More of what a person does and sees once the shell is open; and a watch on what passes between the worker and the terminal.

import { type Browser, expect, type Locator, type Page } from "@playwright/test";
import type { RelayUnderTest } from "../fixtures/relay.ts";
import type { Sshd } from "../fixtures/sshd.ts";
import { expectOnScreen, logInWithPassword, openApp, terminal, typeLine } from "./support.ts";

/** A page of its own, with a shell open in it. Who asks for it closes `page.context()`. */
export async function openShell(
  browser: Browser,
  relay: RelayUnderTest,
  sshd: Sshd,
  prepare?: (page: Page) => Promise<void>,
): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await prepare?.(page);
  await openApp(page, relay);
  await logInWithPassword(page, sshd);
  return page;
}

let screens = 0;

/** An empty screen with a prompt, whatever stood there before. */
export async function clearScreen(page: Page): Promise<void> {
  screens++;
  await terminal(page).focus();
  await page.keyboard.press("Control+c");
  // The terminal driver throws away what was typed while it handled the Ctrl+C: then it is typed again, as a person would.
  await expect(async () => {
    await typeLine(page, `clear; echo screen $((${screens} + 1000))`);
    await expect.poll(() => firstLine(page), { timeout: 5000 }).toBe(`screen ${screens + 1000}`);
  }).toPass({ timeout: 15_000 });
}

export async function screenRows(page: Page): Promise<string[]> {
  const rows = await page.locator(".xterm-rows > div").allTextContents();
  return rows.map((row) => row.replaceAll("\u00a0", " ").trimEnd());
}

async function firstLine(page: Page): Promise<string> {
  return (await screenRows(page))[0] ?? "";
}

/** Puts `text` on the clipboard from another page, as a person copies it elsewhere; `page` is in front again after it. */
export async function copyElsewhere(page: Page, text: string): Promise<void> {
  const elsewhere = await page.context().newPage();
  await elsewhere.setContent("<label>Text<textarea>text</textarea></label>");
  // A text of megabytes is handed over at the copying: to type it in and lay it out takes a minute.
  await elsewhere.evaluate((copied) => {
    addEventListener("copy", (event) => {
      event.clipboardData?.setData("text/plain", copied);
      event.preventDefault();
    });
  }, text);
  const box = elsewhere.getByLabel("Text");
  await box.press("Control+a");
  await box.press("Control+c");
  await elsewhere.close();
  await page.bringToFront();
  await terminal(page).focus();
}

export async function paste(page: Page): Promise<void> {
  await terminal(page).focus();
  await page.keyboard.press("Control+Shift+V");
}

/** Presses Tab, as often as it takes within reason, until `control` has the focus. */
export async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let presses = 0; presses < 12; presses++) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(control).toBeFocused();
}

/** What passed between the worker and the page: the port's own messages, seen before the page sees them. */
export interface PortWatch {
  /** Bytes of output that reached the page. */
  received: number;
  /** Bytes the terminal said it has painted. */
  painted: number;
  /** The most that was ever received and not painted. */
  mostUnpainted: number;
  /** Round trips that the keepalive has measured. */
  roundTrips: number;
  /** While set, what the terminal has painted is not told to the worker. */
  held: boolean;
  /** Tells what was held back. */
  release(): void;
  /** Keeps the output itself from now on. */
  keep(): void;
  /** How many bytes are kept. */
  kept(): number;
  /** Hex SHA-256 of what is kept between two marks; undefined until both are there. */
  digestBetween(begin: string, end: string): Promise<string | undefined>;
}

declare global {
  interface Window {
    watch: PortWatch;
  }
}

/** Before the page is opened: every port of it is watched from its first message on. */
export async function watchPort(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let kept: Uint8Array[] | undefined;
    const later: (() => void)[] = [];
    const watch: PortWatch = {
      received: 0,
      painted: 0,
      mostUnpainted: 0,
      roundTrips: 0,
      held: false,
      release() {
        watch.held = false;
        for (const tell of later.splice(0)) tell();
      },
      keep() {
        kept = [];
      },
      kept: () => (kept ?? []).reduce((sum, chunk) => sum + chunk.length, 0),
      async digestBetween(begin, end) {
        const all = new Uint8Array(await new Blob((kept ?? []) as BlobPart[]).arrayBuffer());
        const from = find(all, begin, 0);
        const to = from < 0 ? -1 : find(all, end, Math.max(from, all.length - 4096));
        if (to < 0) return undefined;
        const digest = await crypto.subtle.digest("SHA-256", all.subarray(from + begin.length, to));
        return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
      },
    };
    window.watch = watch;

    function find(bytes: Uint8Array, mark: string, from: number): number {
      for (let at = bytes.indexOf(mark.charCodeAt(0), from); at >= 0; at = bytes.indexOf(mark.charCodeAt(0), at + 1))
        if (String.fromCharCode(...bytes.subarray(at, at + mark.length)) === mark) return at;
      return -1;
    }

    // Ours is the first listener, and it is added when the page sets its own: it sees each message, and changes none.
    const property = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
    Object.defineProperty(MessagePort.prototype, "onmessage", {
      ...property,
      set(this: MessagePort, handler) {
        this.addEventListener("message", ({ data }) => {
          if (data?.type === "round-trip") watch.roundTrips++;
          if (data?.type !== "output") return;
          for (const chunk of data.chunks as Uint8Array[]) {
            watch.received += chunk.length;
            kept?.push(chunk.slice());
          }
          watch.mostUnpainted = Math.max(watch.mostUnpainted, watch.received - watch.painted);
        });
        property?.set?.call(this, handler);
      },
    });
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (this: MessagePort, message: unknown, ...rest: unknown[]) {
      const tell = () => Reflect.apply(post, this, [message, ...rest]);
      const { type, bytes } = (message ?? {}) as { type?: string; bytes?: number };
      if (type !== "painted") return tell();
      watch.painted += bytes ?? 0;
      if (watch.held) later.push(tell);
      else tell();
    } as typeof post;
  });
}

/** Waits until the shell prints the prompt after `command`, which is typed; what it printed stands on the screen. */
export async function run(page: Page, command: string, printed: string | RegExp): Promise<void> {
  await typeLine(page, command);
  await expectOnScreen(page, printed);
}
