// What is decided before connecting, as a person finds it: options of a host, links that expect a key, an operator who vouches.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";
import { freePort } from "../fixtures/child.ts";
import type { KeyPair, KeyType } from "../fixtures/keys.ts";
import { type RelayUnderTest, startRelay } from "../fixtures/relay.ts";
import type { Sshd } from "../fixtures/sshd.ts";

export const options = (page: Page): Locator => page.locator("summary").filter({ hasText: /^Options/ });

export const mode = (page: Page, name: "Ask me" | "Accept new hosts" | "Refuse"): Locator =>
  page.getByRole("radio", { name, exact: true });

export const alias = (page: Page): Locator => page.getByRole("textbox", { name: "Known as", exact: true });

export const expectedKey = (page: Page): Locator => page.getByRole("region", { name: "Expected key", exact: true });

export const status = (page: Page): Locator => page.getByRole("region", { name: "Status", exact: true });

export function hostKeyOf(sshd: Sshd, type: KeyType = "ed25519"): KeyPair {
  const key = sshd.hostKeys.get(type);
  if (!key) throw new Error(`this sshd has no ${type} key`);
  return key;
}

/** A link that expects these keys, as it may stand in a page of the operator. */
export function linkTo({ user, host, port }: Sshd, ...fingerprints: readonly string[]): string {
  const base64url = (text: string): string => text.replaceAll("+", "-").replaceAll("/", "_").replace(":", "-");
  return `ssh://${user}${fingerprints.map((each) => `;fingerprint=${base64url(each)}`).join("")}@${host}:${port}`;
}

export interface VouchingRelay {
  /** Starts it, or starts it anew at the same address, with these known_hosts lines of the operator or with none. */
  start(...lines: readonly string[]): Promise<RelayUnderTest>;
  stop(): Promise<void>;
}

export async function vouchingRelay(): Promise<VouchingRelay> {
  const folder = mkdtempSync(join(tmpdir(), "periwinkle-operator-"));
  const port = await freePort();
  let running: RelayUnderTest | undefined;
  return {
    async start(...lines) {
      await running?.stop();
      const file = join(folder, "known_hosts");
      writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
      running = await startRelay({ port, flags: lines.length > 0 ? ["--known-hosts", file] : [] });
      return running;
    },
    async stop() {
      await running?.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** `[host]:port type key`, as an operator writes it down. */
export const vouchFor = ({ host, port }: Pick<Sshd, "host" | "port">, { publicLine }: KeyPair): string =>
  `[${host}]:${port} ${publicLine}`;

/** Of no key at all. */
export const NOBODYS = `SHA256:${"A".repeat(43)}`;

/** Follows a link in the page that is open. */
export const follow = (page: Page, link: string): Promise<void> =>
  page.evaluate((hash) => {
    location.hash = hash;
  }, link);

export async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
}
