import { signal } from "@preact/signals";
import { describe, expect, it, vi } from "vitest";
import { type HostKeyQuestion, NO_CHOICES } from "../knownhosts/claim.ts";
import type { HostOptions } from "../storage/host-options.ts";
import type { Destination, PromptAnswer } from "../switchboard/messages.ts";
import type { RemoteConnectionEvents } from "../switchboard/remote-connection.ts";
import type { TerminalViewEvents } from "../terminal/view.ts";
import { App } from "./app-model.ts";
import { parseFragment } from "./fragment.ts";
import type { AppServices } from "./services.ts";
import type { Session } from "./session.ts";

const destination: Destination = { host: "db1", port: 22, user: "alice" };
const config = { version: "1", demo: false, knownHosts: false, tokenRequired: false };
const lost = {
  code: "lost",
  message: "",
  quoted: undefined,
  step: undefined,
  changed: undefined,
  disagreement: undefined,
};
const HOST_KEY: HostKeyQuestion = {
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
};
const PIN = `SHA256:${"A".repeat(43)}`;
const size = { columns: 80, rows: 24, widthPixels: 0, heightPixels: 0 };
const fallBack = () => false;
const container = {} as HTMLElement;

/** The page's model over a fake worker and a fake terminal. */
function setUp(more: Partial<AppServices> = {}, token: string | undefined = undefined) {
  const remote = { answer: vi.fn(), input: vi.fn(), resize: vi.fn(), painted: vi.fn(), close: vi.fn() };
  const view = {
    size,
    applicationCursorKeys: false,
    screenReader: false,
    write: vi.fn(),
    notice: vi.fn(),
    focus: vi.fn(),
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

const openShell = (worker: RemoteConnectionEvents): void => worker.step("shell", "done", 1);

describe("a session", () => {
  it("connects with the terminal's size and the token", () => {
    const { services, connect } = setUp({}, "sesame");
    connect();
    expect(services.connect).toHaveBeenCalledWith(
      {
        destination,
        legacy: false,
        trust: NO_CHOICES,
        size,
        relay: { url: "wss://relay.example/relay", token: "sesame" },
      },
      expect.anything(),
    );
  });

  it("takes the question away before it answers", () => {
    const { remote, connect } = setUp();
    const { session, worker } = connect();
    const answer: PromptAnswer = { kind: "cancel" };
    remote.answer.mockImplementation(() => expect(session.state.value.question).toBeUndefined());
    worker.prompt(7, { kind: "new-password", text: "" });
    expect(session.state.value.question?.id).toBe(7);
    session.answer(7, answer);
    expect(remote.answer).toHaveBeenCalledWith(7, answer);
  });

  it("connects again with an answer that came too late, once", async () => {
    const { app, services, remote, connect } = setUp();
    const { session, worker } = connect();
    worker.prompt(1, HOST_KEY);
    worker.promptOver(1);
    worker.closed(undefined, { ...lost, step: "trusted" });
    expect(app.screen.value.kind).toBe("session");
    expect(session.state.value.question?.tooLate).toBe(true);
    session.answer(1, { kind: "host-key", verdict: "accept" });
    const earlier = { fingerprint: HOST_KEY.fingerprint, verdict: "accept" };
    expect(session.state.value.earlier).toEqual(earlier);
    expect(remote.answer).toHaveBeenCalledOnce();

    const sent = () => vi.mocked(services.connect).mock.calls.map(([{ trust }]) => trust.earlier);
    app.reconnect(session, session.state.value.earlier);
    await vi.waitFor(() => expect(sent()).toEqual([undefined, earlier]));
    expect(session.state.value.earlier).toBeUndefined();
    worker.closed(undefined, lost);
    app.reconnect(session, session.state.value.earlier);
    await vi.waitFor(() => expect(sent()).toEqual([undefined, earlier, undefined]));
  });

  it("keeps a key for the question that asks for its passphrase, and for no other answer", () => {
    const { connect } = setUp();
    const { session, worker } = connect();
    session.keyDraft.keep(Uint8Array.of(1), "key");
    session.answer(1, { kind: "key", key: Uint8Array.of(1), passphrase: undefined });
    expect(session.keyDraft.present).toBe(true);
    const question = { kind: "credential", password: true, key: true, challenge: false, furtherFactor: false } as const;
    const locked = { sentence: "Locked.", locked: true };
    worker.prompt(2, { ...question, problem: undefined, keyProblem: locked });
    expect(session.keyDraft.present).toBe(true);
    worker.prompt(3, { ...question, problem: "key-refused", keyProblem: undefined });
    expect(session.keyDraft.present).toBe(false);
    session.keyDraft.keep(Uint8Array.of(1), "key");
    session.answer(3, { kind: "password", password: Uint8Array.of(2) });
    expect(session.keyDraft.present).toBe(false);
    session.keyDraft.keep(Uint8Array.of(1), "key");
    worker.step("authenticated", "done", 1);
    expect(session.keyDraft.present).toBe(false);
    session.keyDraft.keep(Uint8Array.of(1), "key");
    worker.closed(undefined, lost);
    expect(session.keyDraft.present).toBe(false);
  });

  it("sends what is typed only while the shell is open", () => {
    const { remote, connect } = setUp();
    const { worker, terminal } = connect();
    terminal.input(Uint8Array.of(1), "terminal");
    openShell(worker);
    terminal.input(Uint8Array.of(2), "terminal");
    worker.closed({ kind: "none" }, undefined);
    terminal.input(Uint8Array.of(3), "terminal");
    expect(remote.input.mock.calls).toEqual([[Uint8Array.of(2)]]);
  });

  it("holds Ctrl for one key, through the terminal's own replies", () => {
    const { remote, connect } = setUp();
    const { session, worker, terminal } = connect();
    openShell(worker);
    session.modifiers.value = { ctrl: true, alt: false };
    terminal.input(new TextEncoder().encode("\x1b[?1;2c"), "terminal");
    terminal.input(new TextEncoder().encode("c"), "terminal");
    terminal.input(new TextEncoder().encode("c"), "terminal");
    const sent = remote.input.mock.calls.map(([bytes]) => new TextDecoder().decode(bytes));
    expect(sent).toEqual(["\x1b[?1;2c", "\x03", "c"]);
  });

  it("leaves a paste of one letter alone while Ctrl is held", () => {
    const { remote, connect } = setUp();
    const { session, worker, terminal } = connect();
    openShell(worker);
    session.modifiers.value = { ctrl: true, alt: false };
    terminal.input(new TextEncoder().encode("c"), "paste");
    expect(session.modifiers.value.ctrl).toBe(true);
    terminal.input(new TextEncoder().encode("c"), "terminal");
    const sent = remote.input.mock.calls.map(([bytes]) => new TextDecoder().decode(bytes));
    expect(sent).toEqual(["c", "\x03"]);
  });

  it("sends the key bar's arrows as the program in the terminal asked for them", () => {
    const { remote, view, connect } = setUp();
    const { session, worker } = connect();
    openShell(worker);
    const up = { label: "", name: "Arrow up", text: "\x1b[A" };
    session.press(up);
    view.applicationCursorKeys = true;
    session.press(up);
    session.modifiers.value = { ctrl: true, alt: false };
    session.press(up);
    const sent = remote.input.mock.calls.map(([bytes]) => new TextDecoder().decode(bytes));
    expect(sent).toEqual(["\x1b[A", "\x1bOA", "\x1b[1;5A"]);
  });

  it("opens its terminal to a screen reader as long as the person wants it", () => {
    const screenReader = signal(true);
    const { app, view, connect } = setUp({ screenReader });
    connect();
    expect(view.screenReader).toBe(true);
    screenReader.value = false;
    expect(view.screenReader).toBe(false);
    app.leave();
    screenReader.value = true;
    expect(view.screenReader).toBe(false);
  });

  it("credits the worker with what the terminal has painted", () => {
    const { remote, view, connect } = setUp();
    const { worker } = connect();
    view.write.mockImplementation((chunk: Uint8Array, painted: (bytes: number) => void) => painted(chunk.length));
    worker.output([new Uint8Array(3), new Uint8Array(4)]);
    expect(remote.painted.mock.calls).toEqual([[3], [4]]);
  });

  it("asks one thing at a time, and takes the end of the connection for a no", async () => {
    const { connect } = setUp();
    const { session, worker, terminal } = connect();
    openShell(worker);
    const paste = terminal.confirmPaste("a\nb");
    await expect(terminal.confirmLink("https://x.example/")).resolves.toBe(false);
    expect(session.confirmation.value?.kind).toBe("paste");
    worker.closed(undefined, lost);
    await expect(paste).resolves.toBe(false);
    expect(session.confirmation.value).toBeUndefined();
  });

  it("freezes the terminal at the end and keeps it until the person leaves", async () => {
    const { app, view, connect } = setUp();
    const { worker } = connect();
    openShell(worker);
    worker.closed({ kind: "status", status: 0 }, undefined);
    // Only once everything that came before the end is painted.
    await vi.waitFor(() => expect(view.freeze).toHaveBeenCalledOnce());
    expect(view.dispose).not.toHaveBeenCalled();
    app.leave();
    expect(view.dispose).toHaveBeenCalledOnce();
  });

  it("is connected again in the same terminal, once its old output is painted, with a line between", async () => {
    const { app, services, view, connect } = setUp();
    const { session, worker } = connect();
    openShell(worker);
    const unpainted: (() => void)[] = [];
    view.write.mockImplementation((chunk: Uint8Array, painted: (bytes: number) => void) =>
      unpainted.push(() => painted(chunk.length)),
    );
    worker.output([new Uint8Array(3)]);
    worker.closed(undefined, lost);
    session.modifiers.value = { ctrl: true, alt: false };
    app.reconnect(session);
    app.reconnect(session);
    expect(session.state.value.phase.kind).toBe("climbing");
    expect(session.modifiers.value.ctrl).toBe(false);
    await Promise.resolve();
    expect(view.thaw).not.toHaveBeenCalled();
    for (const paint of unpainted) paint();
    await vi.waitFor(() => expect(services.connect).toHaveBeenCalledTimes(2));
    const order = [view.freeze, view.thaw, view.notice].map(({ mock }) => mock.invocationCallOrder[0] ?? 0);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(view.notice.mock.calls).toEqual([["--- reconnecting to alice@db1:22 ---"]]);
    expect(view.dispose).not.toHaveBeenCalled();
    expect(app.sessions.value).toEqual([session]);
  });

  it("writes no second line when it is tried again before there is a shell", async () => {
    const { app, services, view, connect } = setUp();
    const { session, worker } = connect();
    worker.closed(undefined, lost);
    app.reconnect(session);
    await vi.waitFor(() => expect(services.connect).toHaveBeenCalledTimes(2));
    expect(view.notice).not.toHaveBeenCalled();
  });

  it("is not connected again when the person has left meanwhile", async () => {
    const { app, services, view, connect } = setUp();
    const { session, worker } = connect();
    openShell(worker);
    worker.closed(undefined, lost);
    const relay = { url: "wss://relay.example/relay", token: undefined };
    const again = session.reconnect({ relay, legacy: false, trust: NO_CHOICES });
    app.leave();
    await again;
    expect(services.connect).toHaveBeenCalledOnce();
    expect(view.thaw).not.toHaveBeenCalled();
  });

  it("says with what the user logged in, and when", () => {
    const { session, worker } = setUp().connect();
    const before = Date.now();
    worker.loggedIn("password");
    expect(session.state.value.login).toMatchObject({ method: "password" });
    expect(session.state.value.login?.at).toBeGreaterThanOrEqual(before);
  });

  it("fails on the page's own rung when no connection can be started", () => {
    const { app } = setUp({
      connect: () => {
        throw new Error("no worker");
      },
    });
    app.connect(destination);
    const session = app.sessions.value[0];
    session?.start(container);
    expect(session?.state.value.phase.kind).toBe("failed");
    expect(session?.state.value.ladder.page.kind).toBe("failed");
  });
});

describe("the app", () => {
  it("wants a token first where the relay does, and goes on when the address brings one", () => {
    let token: string | undefined;
    const { services } = setUp();
    const app = new App(services, { url: "wss://r/relay", token: () => token, fallBack });
    app.begin({ ...config, tokenRequired: true });
    expect(app.screen.value.kind).toBe("no-token");
    token = "sesame";
    app.follow(parseFragment("#token=sesame"));
    expect(app.screen.value.kind).toBe("form");
  });

  it("fills the form from the address rather than from the settings, and never connects by itself", () => {
    const { services } = setUp();
    const app = new App(services, { url: "wss://r/relay", token: () => undefined, fallBack });
    app.follow(parseFragment("#ssh://bob@db2:2222"));
    app.begin({ ...config, prefill: { host: "127.0.0.1", port: 2022, user: "demo" } });
    expect(app.form.value).toEqual({ host: "db2", port: "2222", user: "bob" });
    expect(app.screen.value.kind).toBe("form");
    expect(services.connect).not.toHaveBeenCalled();
  });

  it("says that a link filled the form until somebody connects", () => {
    const { app, connect } = setUp();
    expect(app.linked.value).toBe(0);
    app.follow(parseFragment("#ssh://mallory@evil"));
    expect(app.linked.value).toBe(1);
    app.follow(parseFragment("#ssh://mallory@evil2"));
    expect(app.linked.value).toBe(2);
    connect();
    expect(app.linked.value).toBe(0);
  });

  it("tries the token that a link replaced, once", async () => {
    let token = "from-a-link";
    const fallBack = vi.fn(() => {
      const first = token !== "good";
      token = "good";
      return first;
    });
    const { services } = setUp();
    const app = new App(services, { url: "wss://r/relay", token: () => token, fallBack });
    const refused = { ...lost, code: "unauthorised" };
    const refusing: AppServices["connect"] = (request, events) => {
      queueMicrotask(() => events.closed(undefined, refused));
      return { destination: request.destination, answer() {}, input() {}, resize() {}, painted() {}, close() {} };
    };
    vi.mocked(services.connect).mockImplementation(refusing);
    app.connect(destination);
    const session = app.sessions.value[0];
    session?.start(container);
    await vi.waitFor(() => expect(fallBack).toHaveBeenCalledTimes(2));
    expect(vi.mocked(services.connect).mock.calls.map(([{ relay }]) => relay.token)).toEqual(["from-a-link", "good"]);
    expect(session?.state.value.phase.kind).toBe("failed");
  });

  it("takes old algorithms for no host but those that the person allows them for, also the next time", async () => {
    const allowed = { host: "switch1", port: 22, legacy: true, mode: "ask", alias: undefined } as const;
    const { app, services, connect } = setUp({ readHostOptions: async () => [allowed] });
    await app.choices.load();
    const sent = () => vi.mocked(services.connect).mock.calls.map(([{ legacy }]) => legacy);
    const { session, worker } = connect();
    worker.closed(undefined, { ...lost, code: "negotiation" });
    app.allowOldAlgorithms(session);
    await vi.waitFor(() => expect(sent()).toEqual([false, true]));
    expect(services.saveHostOptions).toHaveBeenCalledExactlyOnceWith({ ...allowed, host: "db1" });
    app.leave();
    expect(app.choices.in(app.form.value).legacy).toBe(true);
    connect();
    expect(sent()).toEqual([false, true, true]);
    app.connect({ ...destination, port: 2222 });
    app.sessions.value[0]?.start(container);
    app.connect({ ...destination, host: "switch1" });
    app.sessions.value[0]?.start(container);
    expect(sent()).toEqual([false, true, true, false, true]);
  });

  it("lets a link bring no choice along, and take none for itself", () => {
    const { app } = setUp();
    app.choices.edit(app.form.value, { legacy: true, mode: "accept-new", alias: "cluster" });
    app.follow(parseFragment("#ssh://mallory@evil"));
    expect(app.choices.in(app.form.value)).toEqual({ legacy: false, mode: "ask", alias: "" });
  });

  it("tells the worker what the person chose, what a link expects, whom the operator vouches for, and what was lost", async () => {
    const chosen = { host: "db1", port: 22, legacy: false, mode: "strict", alias: "cluster" } as const;
    const { app, services, connect } = setUp({
      readHostOptions: async () => [chosen],
      knownHostsLostSince: async () => 1_700_000_000_000,
    });
    await Promise.all([app.choices.load(), app.loadLoss()]);
    const operator = { origin: "https://relay.example", text: "db1 ssh-ed25519 AAAA" };
    app.begin(config, operator);
    app.follow(parseFragment(`#ssh://alice;fingerprint=${PIN}@db1`));
    const sent = () => vi.mocked(services.connect).mock.lastCall?.[0].trust;
    connect();
    expect(sent()).toEqual({
      mode: "strict",
      alias: "cluster",
      pins: [{ source: "link", fingerprint: PIN }],
      operator,
      lostSince: 1_700_000_000_000,
      earlier: undefined,
    });
    connect({ ...destination, host: "db2" });
    expect(sent()).toEqual({ ...NO_CHOICES, operator, lostSince: 1_700_000_000_000 });
    await app.acceptLoss();
    connect({ ...destination, host: "db2" });
    expect(sent()).toEqual({ ...NO_CHOICES, operator });
  });

  it("says nothing of a loss any more once a backup was restored", async () => {
    let since: number | undefined = 1_700_000_000_000;
    const { app } = setUp({ knownHostsLostSince: async () => since });
    await app.loadLoss();
    app.toKnownHosts();
    expect(app.lostSince.value).toBe(since);
    since = undefined;
    app.leave();
    await vi.waitFor(() => expect(app.lostSince.value).toBeUndefined());
  });

  it("goes by the options of hosts that came with a backup", async () => {
    let known: readonly HostOptions[] = [];
    const { app } = setUp({ readHostOptions: async () => known });
    await app.choices.load();
    known = [{ host: "db1", port: 22, legacy: false, mode: "strict", alias: undefined }];
    await app.restored();
    expect(app.choices.for(destination).mode).toBe("strict");
  });

  it("expects of a connection what its link did, also when another link came in between", async () => {
    const { app, services, connect } = setUp();
    app.follow(parseFragment(`#ssh://alice;fingerprint=${PIN}@db1`));
    const { session, worker } = connect();
    worker.closed(undefined, lost);
    app.follow(parseFragment("#ssh://mallory@db1"));
    app.reconnect(session);
    await vi.waitFor(() => expect(services.connect).toHaveBeenCalledTimes(2));
    const [first, second] = vi.mocked(services.connect).mock.calls.map(([{ trust }]) => trust.pins);
    expect(first).toEqual([{ source: "link", fingerprint: PIN }]);
    expect(second).toEqual(first);
    app.leave();
    expect(app.pins.in(app.form.value)).toEqual(first);
  });

  it("expects of a connection that expected nothing what the last link does", async () => {
    const { app, services, connect } = setUp();
    const { session, worker } = connect();
    worker.closed(undefined, lost);
    app.follow(parseFragment(`#ssh://alice;fingerprint=${PIN}@db1`));
    app.reconnect(session);
    await vi.waitFor(() => expect(services.connect).toHaveBeenCalledTimes(2));
    expect(vi.mocked(services.connect).mock.lastCall?.[0].trust.pins).toEqual([{ source: "link", fingerprint: PIN }]);
  });

  it("goes back to the form when the person cancels at a question", () => {
    const { app, connect } = setUp();
    connect().worker.closed(undefined, { ...lost, code: "aborted" });
    expect(app.screen.value.kind).toBe("form");
  });

  it("leaves a running connection alone when the address changes", () => {
    const { app, remote, connect } = setUp();
    connect();
    app.follow(parseFragment("#ssh://mallory@evil"));
    expect(app.screen.value.kind).toBe("session");
    expect(remote.close).not.toHaveBeenCalled();
  });

  it("remembers a destination once its shell is open, not before", () => {
    const { services, connect } = setUp();
    const { worker } = connect();
    expect(services.rememberDestination).not.toHaveBeenCalled();
    openShell(worker);
    expect(services.rememberDestination).toHaveBeenCalledWith(destination);
  });

  it("does not remember the demo, which has another port with every start", () => {
    const { app, services, connect } = setUp();
    app.begin({ ...config, demo: true, prefill: { ...destination } });
    openShell(connect().worker);
    expect(services.rememberDestination).not.toHaveBeenCalled();
  });

  it("is connected while a shell is open, and closes everything when told", () => {
    const { app, remote, connect } = setUp();
    const { worker } = connect();
    expect(app.connected).toBe(false);
    openShell(worker);
    expect(app.connected).toBe(true);
    app.closeAll();
    expect(remote.close).toHaveBeenCalledOnce();
    worker.closed({ kind: "none" }, undefined);
    expect(app.connected).toBe(false);
  });

  it("goes back to the form with what was typed, and closes what was being set up", () => {
    const { app, remote, connect } = setUp();
    connect();
    app.leave();
    expect(remote.close).toHaveBeenCalled();
    expect(app.form.value).toEqual({ host: "db1", port: "22", user: "alice" });
    expect(app.sessions.value).toEqual([]);
  });

  it("has an empty list where the recent destinations cannot be read", async () => {
    const { app } = setUp({ recentDestinations: () => Promise.reject(new Error("denied")) });
    await app.loadRecent();
    expect(app.recent.value).toEqual([]);
  });
});
