// A browser with settings of the person's, which a profile of its own must hold before it starts.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, LaunchOptions, Page, PlaywrightWorkerArgs } from "@playwright/test";

export interface Profile {
  readonly browserName: string;
  readonly says: object;
  readonly playwright: PlaywrightWorkerArgs["playwright"];
  readonly launchOptions: LaunchOptions;
}

/** A page in a profile of its own, with these settings of the person. */
export async function inProfile(
  { browserName, says, playwright, launchOptions }: Profile,
  use: (page: Page) => Promise<void>,
) {
  const folder = mkdtempSync(join(tmpdir(), "periwinkle-profile-"));
  let context: BrowserContext | undefined;
  try {
    if (browserName === "chromium") {
      mkdirSync(join(folder, "Default"));
      writeFileSync(join(folder, "Default", "Preferences"), JSON.stringify(says));
      context = await playwright.chromium.launchPersistentContext(folder, launchOptions);
    } else {
      const firefoxUserPrefs = { ...launchOptions.firefoxUserPrefs, ...says };
      const options = { ...launchOptions, channel: "moz-firefox", firefoxUserPrefs };
      context = await playwright.firefox.launchPersistentContext(folder, options);
    }
    const page = await context.newPage();
    await page.setViewportSize({ width: 1280, height: 800 });
    await use(page);
  } finally {
    await context?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
