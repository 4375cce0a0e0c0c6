// What a person does where a key is not trusted yet, or no longer; and how to see that a server was told nothing.

import { createHash } from "node:crypto";
import { expect, type Locator, type Page } from "@playwright/test";
import type { KeyPair, KeyType } from "../fixtures/keys.ts";
import type { Sshd, SshdOptions } from "../fixtures/sshd.ts";
import type { HostKey } from "../scripted/exchange.ts";
import type { ScriptedServer } from "../scripted/server.ts";
import { trustDialog } from "./support.ts";

/** RFC 4250 4.1.2 */
export const SERVICE_REQUEST = 5;
export const USERAUTH_REQUEST = 50;

/** Logs every packet that it gets. */
export const TELLING: SshdOptions = { config: ["LogLevel DEBUG3"], hostKeys: ["ed25519"] };

/** The key that our page asks for first of those that sshd has. */
export function keyOf(sshd: Sshd, type: KeyType = "ed25519"): KeyPair {
  const key = sshd.hostKeys.get(type);
  if (!key) throw new Error(`this sshd has no ${type} key`);
  return key;
}

export const fingerprintOf = ({ blob }: HostKey): string =>
  `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;

/** As eyes compare it: without the blanks between the groups, and without the prefix that all have. */
export const digits = (fingerprint: string): string => fingerprint.replace("SHA256:", "");
export const within = async (place: Locator): Promise<string> => (await place.innerText()).replace(/\s+/g, "");

export const expectedFingerprint = (page: Page): Locator =>
  trustDialog(page).getByRole("textbox", { name: "Expected fingerprint", exact: true });

export const trustButtons = (page: Page): Locator => trustDialog(page).getByRole("button", { name: /^Trust/ });

export const changedHeading = (page: Page, { host, port }: { readonly host: string; readonly port: number }): Locator =>
  page.getByRole("heading", { name: `The key of ${host}:${port} changed`, level: 1 });

/** On the page of a changed key. */
export const newFingerprint = (page: Page): Locator =>
  page.getByRole("textbox", { name: "New fingerprint, from the server's owner", exact: true });

/** The key exchange is over, and nothing of a login has come: no service was asked for, and no user was named. */
export function expectNoLogin(server: ScriptedServer): void {
  const numbers = server.received.map(({ number }) => number);
  expect(numbers).toContain(30); // the client's half of the key exchange: the transcript is no empty one
  expect(numbers).not.toContain(SERVICE_REQUEST);
  expect(numbers).not.toContain(USERAUTH_REQUEST);
}

/** The same in the words of an sshd that is TELLING. */
export async function expectNoLoginLogged(sshd: Sshd): Promise<void> {
  await expect.poll(() => sshd.log()).toContain("receive packet: type 30 ");
  expect(sshd.log()).not.toContain(`receive packet: type ${SERVICE_REQUEST} `);
  expect(sshd.log()).not.toContain(`receive packet: type ${USERAUTH_REQUEST} `);
}
