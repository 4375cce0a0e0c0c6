// Where the page runs and what it was given: a secure context, the operator's config.json, the relay's address, the
// access token. Everything that touches location, sessionStorage or fetch is here.

import * as v from "valibot";
import { PageConfig } from "../../shared/page-config.ts";
import { RELAY_PATH } from "../../shared/relay-protocol.ts";
import type { TrustChoices } from "../knownhosts/claim.ts";
import { TEXT_LIMIT } from "../knownhosts/text-limit.ts";
import { type Fragment, parseFragment } from "./fragment.ts";

const TOKEN_KEY = "periwinkle.token";
const FORMER_TOKEN_KEY = "periwinkle.former-token";
const RELOADED_KEY = "periwinkle.reloaded-for";
const CONFIG_WAIT = 10_000;
/** The file may be as large as known hosts get. */
const KNOWN_HOSTS_WAIT = 30_000;
const CONFIG_LIMIT = 64 * 1024;

/** Without Web Crypto there is no SSH here; browsers give it to https and to localhost only. */
export function isSecure(): boolean {
  return isSecureContext && typeof crypto.subtle === "object";
}

/** Undefined for anything but a readable config.json. */
export async function loadConfig(): Promise<PageConfig | undefined> {
  try {
    const text = await loadText("config.json", CONFIG_WAIT, CONFIG_LIMIT);
    const checked = v.safeParse(PageConfig, JSON.parse(text ?? ""));
    return checked.success ? checked.output : undefined;
  } catch {
    return undefined;
  }
}

/** From the page's own origin and no other. Undefined where they cannot be read whole. */
export async function loadOperatorsKnownHosts(): Promise<TrustChoices["operator"]> {
  const text = await loadText("known-hosts", KNOWN_HOSTS_WAIT, TEXT_LIMIT);
  return text === undefined ? undefined : { origin: location.origin, text };
}

/** A file beside the page. Undefined for whatever is not answered in time, with a yes, and within the limit. */
async function loadText(name: string, wait: number, limit: number): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(wait);
    const response = await fetch(name, { cache: "no-store", redirect: "error", signal });
    if (!response.ok) return undefined;
    const text = await response.text();
    return text.length > limit ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Can this browser open `ssh:` links here? */
export function canOpenSshLinks(): boolean {
  return typeof navigator.registerProtocolHandler === "function";
}

/** Tells the browser that `ssh:` links may be opened here; it asks the person by itself. False where it refused at once. */
export function offerToOpenSshLinks(): boolean {
  try {
    navigator.registerProtocolHandler("ssh", `${new URL(".", location.href).href}#%s`);
    return true;
  } catch {
    return false;
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
