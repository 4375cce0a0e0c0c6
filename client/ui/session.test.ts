import { signal } from "@preact/signals";
import { describe, expect, it, vi } from "vitest";
import { NO_CHOICES } from "../knownhosts/claim.ts";
import type { PromptAnswer } from "../switchboard/messages.ts";
import { container, destination, HOST_KEY, lost, openShell, setUp, size } from "./scripted-app.ts";

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
    worker.promptOver(1, false);
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

  it("pastes and shares its connection only while there is one to do so with", () => {
    const { remote, view, connect } = setUp();
    const { session, worker } = connect();
    const port = {} as MessagePort;
    remote.share.mockReturnValue(port);
    expect(session.share()).toBe(port);
    expect(session.paste("ls")).toBe(false);
    openShell(worker);
    expect(session.share()).toBe(port);
    expect(session.paste("ls")).toBe(true);
    worker.closed({ kind: "none" }, undefined);
    expect(session.share()).toBeUndefined();
    expect(session.paste("ls")).toBe(false);
    expect(view.paste.mock.calls).toEqual([["ls"]]);
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
    const relay = { url: "wss://relay.example/relay", token: undefined, grant: undefined };
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
