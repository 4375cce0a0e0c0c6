// Where the page runs and what it was given: a secure context, the operator's config.json, the relay's address, the
// access token. Everything that touches location, sessionStorage or fetch is here.

import * as v from "valibot";
import { PageConfig } from "../../shared/page-config.ts";
import { RELAY_PATH } from "../../shared/relay-protocol.ts";
import { type Fragment, parseFragment } from "./fragment.ts";

const TOKEN_KEY = "periwinkle.token";
const FORMER_TOKEN_KEY = "periwinkle.former-token";
const RELOADED_KEY = "periwinkle.reloaded-for";
const CONFIG_WAIT = 10_000;
const CONFIG_LIMIT = 64 * 1024;

/** Without Web Crypto there is no SSH here; browsers give it to https and to localhost only. */
export function isSecure(): boolean {
  return isSecureContext && typeof crypto.subtle === "object";
}

/** Undefined for anything but a readable config.json. */
export async function loadConfig(): Promise<PageConfig | undefined> {
  try {
    const response = await fetch("config.json", { cache: "no-store", signal: AbortSignal.timeout(CONFIG_WAIT) });
    if (!response.ok) return undefined;
    const text = await response.text();
    if (text.length > CONFIG_LIMIT) return undefined;
    const checked = v.safeParse(PageConfig, JSON.parse(text));
    return checked.success ? checked.output : undefined;
  } catch {
    return undefined;
  }
}

export function relayUrl(): string {
  const url = new URL(RELAY_PATH.slice(1), new URL(".", location.href));
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** Reads the fragment, keeps its token for this tab, and takes out of the address what must not stay there. */
export function takeFragment(): Fragment {
  const fragment = parseFragment(location.hash);
  if (fragment.token !== undefined) takeToken(fragment.token);
  if (fragment.remains !== location.hash)
    history.replaceState(history.state, "", `${location.pathname}${location.search}${fragment.remains}`);
  return fragment;
}

export function storedToken(): string | undefined {
  return recall(TOKEN_KEY);
}

/** Any link may bring a token, so the one it replaces is kept until it is known whether the new one is worth anything. */
function takeToken(token: string): void {
  const former = storedToken();
  if (former !== undefined && former !== token) remember(FORMER_TOKEN_KEY, former);
  remember(TOKEN_KEY, token);
}

/** Goes back to the token before this one; false when there is none, or when that was done already. */
export function fallBackToken(): boolean {
  const former = recall(FORMER_TOKEN_KEY);
  if (former === undefined) return false;
  forget(FORMER_TOKEN_KEY);
  remember(TOKEN_KEY, former);
  return true;
}

/** Has a reload for this version of the relay been tried in this tab already? Then another one will not help. */
export function reloadedFor(version: string): boolean {
  return recall(RELOADED_KEY) === version;
}

export function reloadFor(version: string): void {
  remember(RELOADED_KEY, version);
  location.reload();
}

// A page that may not store still works until it is reloaded: what was to be kept is kept in memory.
const memory = new Map<string, string>();

function remember(key: string, value: string): void {
  memory.set(key, value);
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // Storage denied.
  }
}

function forget(key: string): void {
  memory.delete(key);
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Storage denied.
  }
}

function recall(key: string): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? memory.get(key);
  } catch {
    return memory.get(key);
  }
}
