// Everything the page needs from outside itself. The product hands in the worker, xterm.js and IndexedDB (main.tsx);
// tests hand in fakes.

import type { Signal } from "@preact/signals";
import type { Destination } from "../switchboard/messages.ts";
import type { Connector } from "../switchboard/remote-connection.ts";
import type { OpenTerminalView } from "../terminal/view.ts";
import type { HostOptionsStore } from "./host-choices.ts";
import type { KnownHostsAccess } from "./known-hosts/access.ts";

export interface AppServices extends HostOptionsStore {
  readonly connect: Connector;
  readonly openTerminal: OpenTerminalView;
  /** Is the terminal's text there for a screen reader? The person's choice, remembered by whoever made the signal. */
  readonly screenReader: Signal<boolean>;
  /** For the page that lists them. */
  readonly knownHosts: KnownHostsAccess;
  /** Removes every key of `host:port` in this scope of the known hosts. */
  forgetHost(scope: string, host: string, port: number): Promise<void>;
  /** Since when the browser has lost the known hosts that it had, in ms since 1970; undefined where it has not. */
  knownHostsLostSince(): Promise<number | undefined>;
  /** The person goes on without them. */
  acceptKnownHostsLoss(): Promise<void>;
  /** Most recent first. */
  recentDestinations(): Promise<readonly Destination[]>;
  rememberDestination(destination: Destination): Promise<void>;
  forgetDestination(destination: Destination): Promise<void>;
}
