// For tests: the page's model over a worker and a terminal that do what the test tells them to.

import { signal } from "@preact/signals";
import { vi } from "vitest";
import type { HostKeyQuestion } from "../knownhosts/claim.ts";
import type { Destination } from "../switchboard/messages.ts";
import type { RemoteConnectionEvents } from "../switchboard/remote-connection.ts";
import type { TerminalViewEvents } from "../terminal/view.ts";
import { App } from "./app-model.ts";
import type { AppServices } from "./services.ts";
import type { Session } from "./session.ts";

export const destination: Destination = { host: "db1", port: 22, user: "alice" };
export const config = { version: "1", demo: false, knownHosts: false, tokenRequired: false, embed: [] };
export const lost = {
  code: "lost",
  message: "",
  quoted: undefined,
  step: undefined,
  changed: undefined,
  disagreement: undefined,
};
export const HOST_KEY: HostKeyQuestion = {
  kind: "host-key",
  host: "db1",
  port: 22,
  keyType: "ED25519",
  bits: 256,
  fingerprint: "SHA256:4x2fYq0B8mWnJt7RkPz1uVd9aGhC5sLxoE3iTb6QwN0",
  randomart: "",
  alsoKeyOf: [],
  alias: undefined,
  pinnedBy: undefined,
  lostSince: undefined,
  certificate: undefined,
  authorities: [],
  otherThanAnswered: false,
  keep: true,
};
export const PIN = `SHA256:${"A".repeat(43)}`;
export const size = { columns: 80, rows: 24, widthPixels: 0, heightPixels: 0 };
export const fallBack = () => false;
export const container = {} as HTMLElement;

/** The page's model over a fake worker and a fake terminal. */
export function setUp(more: Partial<AppServices> = {}, token: string | undefined = undefined) {
  const remote = { answer: vi.fn(), input: vi.fn(), resize: vi.fn(), painted: vi.fn(), share: vi.fn(), close: vi.fn() };
  const view = {
    size,
    applicationCursorKeys: false,
    screenReader: false,
    write: vi.fn(),
    notice: vi.fn(),
    focus: vi.fn(),
    paste: vi.fn(),
    restyle: vi.fn(),
    freeze: vi.fn(),
    thaw: vi.fn(),
    dispose: vi.fn(),
  };
  const ends: { worker?: RemoteConnectionEvents; terminal?: TerminalViewEvents } = {};
  const services: AppServices = {
    connect: vi.fn((request, events) => {
      ends.worker = events;
      return { ...remote, destination: request.destination };
    }),
    openTerminal: (_, events) => {
      ends.terminal = events;
      return view;
    },
    screenReader: signal(false),
    forgetHost: async () => {},
    knownHosts: {
      readAll: async () => [],
      edit: async () => {},
      sightings: async () => [],
      watch: () => () => {},
      persistence: async () => "unknown",
      backUp: async () => new Uint8Array(),
      openBackup: async () => Promise.reject(new Error("no backup")),
      restore: async () => {},
    },
    recentDestinations: async () => [],
    rememberDestination: vi.fn(async () => {}),
    forgetDestination: async () => {},
    knownHostsLostSince: async () => undefined,
    acceptKnownHostsLoss: async () => {},
    readHostOptions: async () => [],
    saveHostOptions: vi.fn(async () => {}),
    ...more,
  };
  const app = new App(services, { url: "wss://relay.example/relay", token: () => token, fallBack });
  app.begin(config);
  const connect = (
    to = destination,
  ): { session: Session; worker: RemoteConnectionEvents; terminal: TerminalViewEvents } => {
    app.connect(to);
    const session = app.sessions.value[0];
    session?.start(container);
    if (!session || !ends.worker || !ends.terminal) throw new Error("not connected");
    return { session, worker: ends.worker, terminal: ends.terminal };
  };
  return { app, services, remote, view, connect };
}

export const openShell = (worker: RemoteConnectionEvents): void => worker.step("shell", "done", 1);
