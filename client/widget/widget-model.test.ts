import { describe, expect, it, vi } from "vitest";
import { HOST_KEY, lost, openShell, PIN } from "../ui/scripted-app.ts";
import { scriptedGrant } from "./scripted-grant.ts";
import { origin, own, setUp, suggestion } from "./scripted-widget.ts";

const ANY = { open: ["db1:*"] };
const FACTS = {
  kex: "curve25519-sha256",
  postQuantum: false,
  strict: true,
  hostKeyAlgorithm: "ssh-ed25519",
  hostKeyFingerprint: HOST_KEY.fingerprint,
  serverIdentification: "SSH-2.0-x",
  outgoing: { cipher: "aes128-gcm@openssh.com", mac: "implicit", compression: "none" },
  incoming: { cipher: "aes128-gcm@openssh.com", mac: "implicit", compression: "none" },
  legacy: [],
};

describe("a suggestion", () => {
  it("connects to nothing before the person does", async () => {
    const { widget, suggest, connect } = setUp(ANY);
    suggest();
    expect(widget.screen.value).toMatchObject({ kind: "suggested", suggestion });
    await Promise.resolve();
    expect(connect).not.toHaveBeenCalled();
  });

  it("connects to what was suggested, with what the page expects, and keeps nothing", async () => {
    const { widget, suggest, start, connect } = setUp(ANY);
    suggest({ pins: [PIN] });
    widget.connect("alice");
    await start();
    expect(connect.mock.calls[0]?.[0]).toMatchObject({
      destination: { host: "db1", port: 22, user: "alice" },
      embedder: origin,
      legacy: false,
      relay: { token: undefined, grant: undefined },
      trust: { mode: "ask", pins: [{ source: "embedder", fingerprint: PIN }], keep: false, earlier: undefined },
    });
  });

  it("that takes the place of another is another card", () => {
    const { widget, suggest } = setUp(ANY);
    suggest();
    const before = widget.screen.value;
    suggest();
    const after = widget.screen.value;
    expect(before.kind === "suggested" && after.kind === "suggested" && before.shown !== after.shown).toBe(true);
  });

  it("while a connection is open is a problem, and changes nothing", async () => {
    const { widget, suggest, start, last } = setUp(ANY);
    suggest();
    widget.connect("alice");
    const session = await start();
    suggest({ target: { host: "db2", port: 22 } });
    expect(last("problem")).toMatchObject({ about: "connect" });
    expect(widget.screen.value).toEqual({ kind: "session", session });
  });

  it("connects once, however often the person presses", async () => {
    const { widget, suggest, start, connect } = setUp(ANY);
    suggest();
    widget.connect("alice");
    widget.connect("alice");
    await start();
    expect(connect).toHaveBeenCalledOnce();
  });

  it("connects by itself only where the operator says so, and only with a user name", async () => {
    const auto = setUp({ ...ANY, autoConnect: ["db1:22"] });
    auto.suggest({ user: undefined });
    auto.suggest({ target: { host: "db1", port: 2222 } });
    await Promise.resolve();
    expect(auto.widget.screen.value.kind).toBe("suggested");
    auto.suggest();
    await auto.start();
    expect(auto.connect).toHaveBeenCalledOnce();
  });

  it("is there again when the person leaves, and does not connect by itself then", async () => {
    const { widget, suggest, start, view } = setUp({ ...ANY, autoConnect: ["db1"] });
    suggest();
    await start();
    widget.leave();
    expect(view.dispose).toHaveBeenCalledOnce();
    await Promise.resolve();
    expect(widget.screen.value.kind).toBe("suggested");
  });
});

describe("the permission to connect", () => {
  const granted = (connect: ReturnType<typeof setUp>["connect"]) => connect.mock.calls.map(([{ relay }]) => relay);

  it("needs nothing where the target is open, and no token goes along", async () => {
    const { widget, suggest, start, connect } = setUp(ANY, { origin: own });
    suggest();
    widget.connect("alice");
    await start();
    expect(granted(connect)).toEqual([{ url: "wss://relay.example/relay", token: undefined, grant: undefined }]);
  });

  it("is the person's token on the relay's own page", async () => {
    const { widget, suggest, start, connect } = setUp({ origin: "self" }, { origin: own });
    suggest();
    widget.connect("alice");
    await start();
    expect(granted(connect)).toMatchObject([{ token: "the person's token", grant: undefined }]);
  });

  it("is the grant that came along, once, and then another one", async () => {
    const { widget, suggest, start, connect, last, ends } = setUp();
    const grant = scriptedGrant();
    suggest({ user: undefined, grant });
    expect(widget.screen.value).toMatchObject({ suggestion: { user: "alice" } });
    widget.connect("alice");
    const session = await start();
    expect(granted(connect)).toMatchObject([{ token: undefined, grant }]);
    ends().worker.closed(undefined, lost);
    widget.reconnect(session);
    await vi.waitFor(() =>
      expect(last("needsGrant")).toEqual({ type: "needsGrant", host: "db1", port: 22, user: "alice" }),
    );
    const next = scriptedGrant({ jti: "another one" });
    widget.follow({ type: "grant", grant: next });
    await vi.waitFor(() => expect(granted(connect)).toMatchObject([{ grant }, { grant: next }]));
  });

  it("is asked for when there is none, when it has run out, and when it does not fit", async () => {
    const rows = [undefined, scriptedGrant({ exp: 1 }), scriptedGrant({ origin: own }), scriptedGrant({ port: 23 })];
    for (const grant of rows) {
      const { widget, suggest, connect, last } = setUp();
      suggest({ grant });
      widget.connect("alice");
      await vi.waitFor(() => expect(last("needsGrant")).toBeDefined());
      expect(widget.permission.asking.value).toEqual({ kind: "asked" });
      expect(connect).not.toHaveBeenCalled();
    }
  });

  it("is asked for once more where the relay knows that the early one is of no use", async () => {
    const { widget, suggest, start, connect, told, ends } = setUp();
    suggest({ grant: scriptedGrant() });
    widget.connect("alice");
    await start();
    ends().worker.closed(undefined, { ...lost, code: "grant-used" });
    await vi.waitFor(() => expect(told.filter(({ type }) => type === "needsGrant")).toHaveLength(1));
    widget.follow({ type: "grant", grant: scriptedGrant() });
    await vi.waitFor(() => expect(connect).toHaveBeenCalledTimes(2));
    ends().worker.closed(undefined, { ...lost, code: "grant-used" });
    await new Promise((resolve) => setTimeout(resolve));
    expect(told.filter(({ type }) => type === "needsGrant")).toHaveLength(1);
  });

  it("that the relay does not accept has a name of its own", async () => {
    const { widget, suggest, start, session, last, ends } = setUp();
    suggest({ grant: scriptedGrant() });
    widget.connect("alice");
    await start();
    ends().worker.closed(undefined, { ...lost, code: "unauthorised", step: "allowed" });
    expect(last("closed")).toMatchObject({ code: "grant-refused" });
    expect(session().state.value.phase).toMatchObject({ kind: "failed", failure: { code: "grant-refused" } });
  });

  it("that does not come is an end with a name, and the person can go on", async () => {
    const { widget, suggest, timeIsUp, last, connect } = setUp();
    suggest();
    widget.connect("alice");
    await vi.waitFor(() => expect(last("needsGrant")).toBeDefined());
    timeIsUp();
    await vi.waitFor(() => expect(last("closed")).toMatchObject({ code: "grant-missing" }));
    expect(widget.permission.asking.value).toMatchObject({ kind: "failed" });
    widget.follow({ type: "grant", grant: scriptedGrant() });
    expect(last("problem")).toMatchObject({ about: "grant" });
    widget.permission.cancel();
    expect(widget.permission.asking.value).toBeUndefined();
    expect(connect).not.toHaveBeenCalled();
  });

  it("for another user, origin, target or key is none", async () => {
    for (const claims of [{ user: "root" }, { origin: own }, { host: "db2" }, { pins: [`SHA256:${"E".repeat(43)}`] }]) {
      const { widget, suggest, last, connect } = setUp();
      suggest({ pins: [PIN] });
      widget.connect("alice");
      await vi.waitFor(() => expect(last("needsGrant")).toBeDefined());
      widget.follow({ type: "grant", grant: scriptedGrant(claims) });
      await vi.waitFor(() => expect(last("closed")).toMatchObject({ code: "grant-refused" }));
      expect(connect).not.toHaveBeenCalled();
    }
  });

  it("that the person no longer waits for connects nothing", async () => {
    const { widget, suggest, last, connect, told } = setUp();
    suggest();
    widget.connect("alice");
    await vi.waitFor(() => expect(last("needsGrant")).toBeDefined());
    widget.permission.cancel();
    widget.follow({ type: "grant", grant: scriptedGrant() });
    await new Promise((resolve) => setTimeout(resolve));
    expect(connect).not.toHaveBeenCalled();
    expect(widget.screen.value.kind).toBe("suggested");
    expect(told.map(({ type }) => type)).toEqual(["needsGrant", "problem", "closed"]);
  });
});

describe("trust in a frame", () => {
  it("is remembered as long as the frame lives, for that host alone", async () => {
    const { widget, suggest, start, connect, ends } = setUp({ open: ["db1:*", "db2"] });
    suggest();
    widget.connect("alice");
    await start();
    const { worker } = ends();
    worker.facts(FACTS);
    worker.trusted({ kind: "asked", saved: false });
    openShell(worker);
    worker.closed(undefined, lost);
    for (const target of [suggestion.target, { host: "db2", port: 22 }, { host: "db1", port: 2222 }]) {
      suggest({ target });
      widget.connect("alice");
      await start();
      ends().worker.closed(undefined, lost);
    }
    const earlier = { fingerprint: HOST_KEY.fingerprint, verdict: "accept-once" };
    expect(connect.mock.calls.map(([{ trust }]) => trust.earlier)).toEqual([undefined, earlier, undefined, undefined]);
  });

  it("is kept only where the operator and the browser allow it", () => {
    expect(setUp().widget.forgetHost).toBeUndefined();
    const { widget } = setUp({}, { keep: true });
    expect(widget.forgetHost).toBeDefined();
    expect(widget.keptFor).toBe(origin);
    expect([widget.replacesKeys, widget.toKnownHosts, widget.allowOldAlgorithms]).toEqual([
      false,
      undefined,
      undefined,
    ]);
  });
});

describe("a text of the page", () => {
  async function open() {
    const all = setUp(ANY);
    all.suggest();
    all.widget.connect("alice");
    await all.start();
    openShell(all.ends().worker);
    return all;
  }
  const text = (value: string) => ({ type: "sendText", text: value }) as const;

  it("is typed once the person has seen it and agreed, and so are those after it", async () => {
    const { widget, view } = await open();
    widget.follow(text("ls\n"));
    const shown = widget.consent.open.value;
    expect(shown?.question).toEqual({ kind: "send-text", origin, text: "ls\n" });
    expect(view.paste).not.toHaveBeenCalled();
    shown?.settle(true);
    await vi.waitFor(() => expect(view.paste.mock.calls).toEqual([["ls\n"]]));
    widget.follow(text("pwd\n"));
    expect(view.paste.mock.calls).toEqual([["ls\n"], ["pwd\n"]]);
    expect(widget.consent.open.value).toBeUndefined();
  });

  it("waits for no second one: that is a problem", async () => {
    const { widget, view, last } = await open();
    widget.follow(text("ls\n"));
    widget.follow(text("rm -r x\n"));
    expect(last("problem")).toMatchObject({ about: "sendText" });
    expect(widget.consent.open.value?.question.text).toBe("ls\n");
    widget.consent.open.value?.settle(false);
    await vi.waitFor(() => expect(widget.consent.open.value).toBeUndefined());
    widget.follow(text("ls\n"));
    expect(widget.consent.open.value).toBeUndefined();
    expect(view.paste).not.toHaveBeenCalled();
  });

  it("is asked about anew in the next connection, and never typed where there is no shell", async () => {
    const { widget, view, ends, session, last, connect } = await open();
    widget.follow(text("ls\n"));
    widget.consent.open.value?.settle(true);
    await vi.waitFor(() => expect(view.paste).toHaveBeenCalledOnce());
    ends().worker.closed(undefined, lost);
    widget.follow(text("ls\n"));
    expect(last("problem")).toMatchObject({ about: "sendText" });
    widget.reconnect(session());
    await vi.waitFor(() => expect(connect).toHaveBeenCalledTimes(2));
    openShell(ends().worker);
    widget.follow(text("ls\n"));
    expect(widget.consent.open.value).toBeDefined();
    expect(view.paste).toHaveBeenCalledOnce();
  });

  it("that waits is withdrawn when the connection ends", async () => {
    const { widget, view, ends } = await open();
    widget.follow(text("ls\n"));
    const shown = widget.consent.open.value;
    ends().worker.closed(undefined, lost);
    expect(widget.consent.open.value).toBeUndefined();
    shown?.settle(true);
    await new Promise((resolve) => setTimeout(resolve));
    expect(view.paste).not.toHaveBeenCalled();
  });
});

describe("the page around", () => {
  it("can end a connection, and what waits to become one", async () => {
    const { widget, suggest, start, remote, last } = setUp();
    suggest();
    widget.connect("alice");
    await vi.waitFor(() => expect(last("needsGrant")).toBeDefined());
    widget.follow({ type: "disconnect" });
    expect(widget.permission.asking.value).toBeUndefined();
    suggest({ grant: scriptedGrant() });
    widget.connect("alice");
    await start();
    widget.follow({ type: "disconnect" });
    expect(remote.close).toHaveBeenCalledOnce();
  });

  it("gives the focus to the terminal once there is one, and no other message does", async () => {
    const { widget, suggest, start, ends, view, services } = setUp(ANY);
    suggest();
    widget.follow({ type: "focus" });
    expect(services.focusControl).toHaveBeenCalledOnce();
    widget.connect("alice");
    await start();
    openShell(ends().worker);
    widget.follow({ type: "theme", scheme: "dark", colors: {} });
    widget.follow({ type: "font", family: undefined, size: 12 });
    widget.follow({ type: "sendText", text: "ls" });
    expect(view.focus).not.toHaveBeenCalled();
    widget.follow({ type: "focus" });
    expect(view.focus).toHaveBeenCalledOnce();
    expect(services.focusControl).toHaveBeenCalledOnce();
  });

  it("chooses how the terminal looks, before and while there is one", async () => {
    const { widget, suggest, start, view, services } = setUp(ANY);
    widget.follow({ type: "theme", scheme: "dark", colors: { red: "#f00" } });
    expect(services.setScheme).toHaveBeenCalledWith("dark");
    suggest();
    widget.connect("alice");
    await start();
    widget.follow({ type: "font", family: '"A", monospace', size: 12 });
    expect(view.restyle.mock.calls).toEqual([
      [{ colors: { red: "#f00" }, fontFamily: undefined, fontSize: undefined }],
      [{ colors: { red: "#f00" }, fontFamily: '"A", monospace', fontSize: 12 }],
    ]);
  });

  it("hears that the session moved into a window, which the frame says, too", async () => {
    const { widget, suggest, start, ends, remote, last } = setUp(ANY);
    suggest();
    widget.connect("alice");
    const session = await start();
    widget.moved(session);
    expect(remote.close).toHaveBeenCalledOnce();
    ends().worker.closed(undefined, { ...lost, code: "aborted" });
    expect(last("closed")).toMatchObject({ code: "moved-to-window" });
    expect(widget.screen.value).toEqual({ kind: "moved", session });
    widget.leave();
    expect(widget.screen.value.kind).toBe("suggested");
  });
});
