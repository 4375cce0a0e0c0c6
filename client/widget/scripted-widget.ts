// For tests: the widget's model over a worker, a terminal and a clock that do what the test tells them to.

import { signal } from "@preact/signals";
import { vi } from "vitest";
import type { Embedder } from "../../shared/page-config.ts";
import type { ConnectRequest, RemoteConnectionEvents } from "../switchboard/remote-connection.ts";
import type { TerminalViewEvents } from "../terminal/view.ts";
import { container, size } from "../ui/scripted-app.ts";
import type { Session } from "../ui/session.ts";
import type { WidgetMessage } from "./embed/1.0.0/contract.d.ts";
import type { Suggestion } from "./parent-messages.ts";
import type { Surroundings } from "./surroundings.ts";
import { Widget } from "./widget-model.ts";

export const origin = "https://learn.example";
export const own = "https://relay.example";
export const suggestion: Suggestion = {
  target: { host: "db1", port: 22 },
  user: "alice",
  pins: [],
  grant: undefined,
};

export function setUp(entry: Partial<Embedder> = {}, more: Partial<Surroundings> = {}) {
  const embedder = { origin, open: [], autoConnect: [], keepTrust: false, tellTitle: false, ...entry };
  const told: WidgetMessage[] = [];
  const remote = { answer: vi.fn(), input: vi.fn(), resize: vi.fn(), painted: vi.fn(), share: vi.fn(), close: vi.fn() };
  const view = {
    size,
    applicationCursorKeys: false,
    screenReader: false,
    write: vi.fn((chunk: Uint8Array, painted: (bytes: number) => void) => painted(chunk.length)),
    notice: vi.fn(),
    focus: vi.fn(),
    paste: vi.fn(),
    restyle: vi.fn(),
    freeze: vi.fn(),
    thaw: vi.fn(),
    dispose: vi.fn(),
  };
  const ends: { worker?: RemoteConnectionEvents; terminal?: TerminalViewEvents } = {};
  const alarms = new Set<() => void>();
  const connect = vi.fn((request: ConnectRequest, events: RemoteConnectionEvents) => {
    ends.worker = events;
    return { ...remote, destination: request.destination };
  });
  const services = {
    connect,
    openTerminal: (_: HTMLElement, events: TerminalViewEvents) => {
      ends.terminal = events;
      return view;
    },
    screenReader: signal(false),
    clock: {
      now: () => 0,
      after(_: number, ring: () => void) {
        alarms.add(ring);
        return () => alarms.delete(ring);
      },
    },
    setScheme: vi.fn(),
    focusControl: vi.fn(),
    forgetHost: async () => {},
  };
  const surroundings: Surroundings = {
    embedder,
    listed: [embedder],
    origin,
    own,
    relayUrl: "wss://relay.example/relay",
    token: () => "the person's token",
    operator: undefined,
    lostSince: undefined,
    keep: false,
    ...more,
  };
  const widget = new Widget(services, surroundings, (message) => told.push(message));
  const session = (): Session => {
    const screen = widget.screen.value;
    if (screen.kind !== "session") throw new Error(`no session, but ${screen.kind}`);
    return screen.session;
  };
  return {
    widget,
    told,
    remote,
    view,
    connect,
    services,
    session,
    suggest: (changed: Partial<Suggestion> = {}) =>
      widget.follow({ type: "connect", suggestion: { ...suggestion, ...changed } }),
    /** What the worker and the terminal of the shown session say. */
    ends(): Required<typeof ends> {
      const { worker, terminal } = ends;
      if (!worker || !terminal) throw new Error("not connected");
      return { worker, terminal };
    },
    /** Waits until the model has a session, and lays its terminal out. */
    async start(): Promise<Session> {
      await vi.waitFor(session);
      session().start(container);
      return session();
    },
    timeIsUp(): void {
      for (const ring of alarms) ring();
    },
    /** Of the last message of this type. */
    last: (type: WidgetMessage["type"]) => told.findLast((message) => message.type === type),
  };
}
