// What a person does with the page, in their words: every control is found by its role and its visible name.

import { expect, type Locator, type Page } from "@playwright/test";

/** Where to log in, and as whom. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** Opens the address that the relay printed and waits for the form. */
export async function openApp(page: Page, relay: { readonly address: string }): Promise<void> {
  await page.goto(relay.address);
  await expect(connectButton(page)).toBeVisible();
}

export const field = (page: Page, label: "Host" | "Port" | "User name"): Locator =>
  page.getByRole("textbox", { name: label, exact: true });

export const connectButton = (page: Page): Locator => page.getByRole("button", { name: "Connect", exact: true });

export async function fillDestination(page: Page, { host, port, user }: Destination): Promise<void> {
  await field(page, "Host").fill(host);
  await field(page, "Port").fill(String(port));
  await field(page, "User name").fill(user);
}

/** The form is there, with this in it. */
export async function expectForm(page: Page, { host, port, user }: Destination): Promise<void> {
  await expect(field(page, "Host")).toHaveValue(host);
  await expect(field(page, "Port")).toHaveValue(String(port));
  await expect(field(page, "User name")).toHaveValue(user);
}

/** Fills the form and presses Connect. */
export async function connect(page: Page, destination: Destination): Promise<void> {
  await fillDestination(page, destination);
  await connectButton(page).click();
}

export const trustDialog = (page: Page): Locator =>
  page.getByRole("alertdialog", { name: "Unknown host key", exact: true });

export const loginDialog = (page: Page): Locator => page.getByRole("dialog", { name: "Log in", exact: true });

export const button = (within: Page | Locator, name: string): Locator =>
  within.getByRole("button", { name, exact: true });

/**
 * Waits until a button that decides about trust works: a second after it was first seen. Playwright's own waiting looks again
 * only every half second, later every whole one, which over all tests is a minute and a half.
 */
export const armed = (decision: Locator): Promise<void> =>
  expect
    .poll(() => decision.and(decision.page().locator(':not([aria-disabled="true"])')).count(), { intervals: [50] })
    .toBe(1);

/** Waits as a person does, and clicks. */
export async function decide(decision: Locator): Promise<void> {
  await armed(decision);
  await decision.click();
}

export const trustAndSave = (page: Page): Promise<void> => decide(button(trustDialog(page), "Trust and save"));

export const trustOnce = (page: Page): Promise<void> => decide(button(trustDialog(page), "Trust once"));

/** Types a password into the open log-in dialog and sends it. */
export async function givePassword(page: Page, password: string): Promise<void> {
  await loginDialog(page).getByLabel("Password", { exact: true }).fill(password);
  await button(loginDialog(page), "Log in").click();
}

/** Where keys go once the shell is open. */
export const terminal = (page: Page): Locator => page.getByRole("textbox", { name: /^Terminal/ });

/** The shell is open, and the keys go there. */
export async function expectShell(page: Page): Promise<void> {
  await expect(terminal(page)).toBeFocused();
  await expect(button(page, "Disconnect")).toBeVisible();
}

/** The whole way of a first visit to this host: form, trust, password, shell. */
export async function logInWithPassword(
  page: Page,
  server: Destination & { readonly password: string },
  trust: "save" | "once" | "known" = "save",
): Promise<void> {
  await connect(page, server);
  if (trust === "save") await trustAndSave(page);
  if (trust === "once") await trustOnce(page);
  await givePassword(page, server.password);
  await expectShell(page);
}

/** Types a line into the terminal, and Enter. */
export async function typeLine(page: Page, line: string): Promise<void> {
  await terminal(page).focus();
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
}

/** What stands on the screen now, line by line; blanks at the ends are the screen's and not the program's. */
export async function screenText(page: Page): Promise<string> {
  const rows = await page.locator(".xterm-rows > div").allTextContents();
  return rows
    .map((row) => row.replaceAll("\u00a0", " ").trimEnd())
    .join("\n")
    .trimEnd();
}

/** Waits until `text` stands on the screen. */
export async function expectOnScreen(page: Page, text: string | RegExp, timeout = 10_000): Promise<void> {
  const matching = typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text);
  await expect.poll(() => screenText(page), { timeout }).toEqual(matching);
}

/** Runs a command in the shell and waits for what it prints; the arithmetic keeps the typed line from looking like it. */
export async function expectWorkingShell(page: Page): Promise<void> {
  await expectShell(page);
  await typeLine(page, "echo answer $((6 * 7))");
  await expectOnScreen(page, "answer 42");
}

/** The rungs of the ladder, as they are called on the screen. */
export type Rung =
  | "Page is secure"
  | "Relay reached"
  | "Relay allows this target"
  | "Server answered"
  | "SSH spoken"
  | "Keys exchanged"
  | "Host trusted"
  | "You are logged in"
  | "Shell opened";

/** The connection has failed on this rung, and no other, and this is said there. */
export async function expectFailure(page: Page, rung: Rung, sentence: string | RegExp): Promise<void> {
  const failed = page.getByRole("listitem").filter({ hasText: ": failed" });
  await expect(failed).toHaveCount(1);
  await expect(failed).toContainText(rung);
  await expect(failed.getByRole("alert")).toContainText(sentence);
}

/** What stands below the scrollback of a session that has ended. */
export const exitBar = (page: Page): Locator => page.getByRole("region", { name: "The session has ended" });
