// How a page and the widget inside it meet: the page posts one `Hello` with a port, and window messages are over for good.
// Nothing is ever posted to a window from here.

import type { Embedder } from "../../shared/page-config.ts";

/** The versions of contract.d.ts that are spoken here. */
export const VERSIONS: readonly number[] = [1];
const VERSIONS_LIMIT = 16;

/** A window message, as far as it counts. */
export interface Posted {
  readonly source: unknown;
  readonly origin: string;
  readonly data: unknown;
  readonly ports: readonly MessagePort[];
}

export interface Greeting {
  /** Of the page around, as the browser reports it. */
  readonly origin: string;
  readonly versions: readonly number[];
  readonly port: MessagePort;
}

/** The greeting in a window message; undefined for all else, whoever sent it. */
export function greetingIn({ source, origin, data, ports }: Posted, parent: unknown): Greeting | undefined {
  const [port] = ports;
  if (source !== parent || port === undefined || ports.length !== 1) return undefined;
  if (typeof data !== "object" || data === null || !("periwinkle" in data)) return undefined;
  const { periwinkle: versions } = data;
  if (!Array.isArray(versions) || versions.length === 0 || versions.length > VERSIONS_LIMIT) return undefined;
  return versions.every((version) => Number.isSafeInteger(version)) ? { origin, versions, port } : undefined;
}

export type Reception =
  | { readonly kind: "welcome"; readonly embedder: Embedder }
  /** The operator's list does not have this origin. */
  | { readonly kind: "unlisted" }
  | { readonly kind: "unsupported" };

/** `own` is the relay's origin, which the list calls "self". */
export function receive({ origin, versions }: Greeting, listed: readonly Embedder[], own: string): Reception {
  // What an opaque origin calls itself any other may, too.
  const matches = (entry: Embedder): boolean =>
    origin !== "null" && entry.origin !== "null" && (entry.origin === "self" ? own : entry.origin) === origin;
  const embedder = listed.find(matches);
  if (embedder === undefined) return { kind: "unlisted" };
  if (!versions.some((version) => VERSIONS.includes(version))) return { kind: "unsupported" };
  return { kind: "welcome", embedder };
}

/** Resolves with the first greeting of `parent`, and listens no longer. */
export function firstGreeting(target: EventTarget, parent: unknown): Promise<Greeting> {
  return new Promise((resolve) => {
    const listener = (event: Event): void => {
      const greeting = greetingIn(event as MessageEvent, parent);
      if (greeting === undefined) return;
      target.removeEventListener("message", listener);
      resolve(greeting);
    };
    target.addEventListener("message", listener);
  });
}
