// What a person does with the list of known hosts.

import { readFile } from "node:fs/promises";
import { expect, type Locator, type Page } from "@playwright/test";
import { button } from "./support.ts";

export async function openKnownHosts(page: Page): Promise<void> {
  await button(page, "Known hosts").click();
  await expect(page.getByRole("heading", { name: "Known hosts", level: 1 })).toBeVisible();
  await expect(page.getByRole("main")).toHaveAttribute("aria-busy", "false");
}

export const dialog = (page: Page, name: string): Locator => page.getByRole("dialog", { name, exact: true });

export const rows = (page: Page): Locator =>
  page.getByRole("list", { name: "Known hosts", exact: true }).getByRole("button");

export const searchField = (page: Page): Locator => page.getByRole("searchbox", { name: "Name or fingerprint" });

/** Types a key line with a name of its own, or none, and adds it. */
export async function addHostKey(page: Page, names: string, line: string): Promise<void> {
  await button(page, "Add").click();
  const adding = dialog(page, "Add a host key");
  await adding.getByRole("textbox", { name: "Host names" }).fill(names);
  await adding.getByRole("textbox", { name: "Public key" }).fill(line);
  await button(adding, "Add").click();
}

/** Pastes, or chooses a file, and waits for the preview. */
export async function lookAtImport(page: Page, text: string, as: "pasted" | "file" = "pasted"): Promise<Locator> {
  await button(page, "Import").click();
  const importing = dialog(page, "Import known hosts");
  if (as === "pasted") await importing.getByRole("textbox", { name: "Lines of a known_hosts file" }).fill(text);
  else {
    const file = { name: "known_hosts", mimeType: "text/plain", buffer: Buffer.from(text) };
    await importing.getByLabel("Choose a file").setInputFiles(file);
  }
  await button(importing, "Look at it").click();
  await expect(importing.getByRole("button", { name: /^Import [\d,]+ lines?$/ })).toBeVisible({ timeout: 30_000 });
  return importing;
}

export interface DownloadedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The file that the browser was given. */
export async function downloaded(page: Page, act: () => Promise<void>): Promise<DownloadedFile> {
  if (page.context().browser()?.browserType().name() === "firefox") return handedOver(page, act);
  const arriving = page.waitForEvent("download");
  await act();
  const download = await arriving;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** Firefox tells Playwright of such a download without an id, and Playwright then keeps it to itself: so the link is asked. */
async function handedOver(page: Page, act: () => Promise<void>): Promise<DownloadedFile> {
  const asked = await page.evaluateHandle(() => {
    const [click, createObjectURL] = [HTMLAnchorElement.prototype.click, URL.createObjectURL];
    let content = new Blob();
    URL.createObjectURL = (made) => {
      if (made instanceof Blob) content = made;
      return createObjectURL.call(URL, made);
    };
    const file = new Promise<{ name: string; bytes: number[] }>((resolve) => {
      HTMLAnchorElement.prototype.click = function () {
        const name = this.download;
        void content.arrayBuffer().then((bytes) => resolve({ name, bytes: [...new Uint8Array(bytes)] }));
        click.call(this);
        HTMLAnchorElement.prototype.click = click;
        URL.createObjectURL = createObjectURL;
      };
    });
    return { file };
  });
  await act();
  const { name, bytes } = await asked.evaluate(({ file }) => file);
  return { name, bytes: Buffer.from(bytes) };
}
