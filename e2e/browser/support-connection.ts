// What a person does with the options of a host and with the panel that tells of a connection; and an old server to do it with.

import { expect, type Locator, type Page } from "@playwright/test";
import type { SshdOptions } from "../fixtures/sshd.ts";
import { button } from "./support.ts";

/** A real sshd that speaks like one of fifteen years ago. */
export const OLD_SERVER: SshdOptions = {
  hostKeys: ["rsa"],
  config: [
    "KexAlgorithms diffie-hellman-group14-sha1",
    "HostKeyAlgorithms ssh-rsa",
    "Ciphers aes128-cbc",
    "MACs hmac-sha1",
  ],
};

export const allowOldBox = (page: Page): Locator =>
  page.getByRole("checkbox", { name: "Allow old algorithms for this host", exact: true });

export const panel = (page: Page): Locator => page.getByRole("dialog", { name: "Connection", exact: true });

/** Opens the panel from the status line. */
export async function openPanel(page: Page): Promise<Locator> {
  await button(page, "Connection").click();
  await expect(panel(page)).toBeVisible();
  return panel(page);
}

/** What the panel says of a name, e.g. "Cipher". */
export const fact = (page: Page, name: string): Locator =>
  panel(page)
    .getByRole("term")
    .filter({ hasText: new RegExp(`^${name}$`) })
    .locator("xpath=following-sibling::dd[1]");

export const allowAndTryAgain = (page: Page, target: string): Locator =>
  button(page, `Allow old algorithms for ${target} and try again`);
