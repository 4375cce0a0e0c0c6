import { describe, expect, it, vi } from "vitest";
import { NO_CHOICES } from "../knownhosts/claim.ts";
import type { HostOptions } from "../storage/host-options.ts";
import { App } from "./app-model.ts";
import { parseFragment } from "./fragment.ts";
import { config, container, destination, fallBack, lost, openShell, PIN, setUp } from "./scripted-app.ts";
import type { AppServices } from "./services.ts";

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

  it("wants no token for a host that the operator has opened, and sends none", () => {
    const { services } = setUp();
    const lab = {
      origin: "https://learn.example",
      open: ["*.lab.example:22"],
      autoConnect: [],
      keepTrust: false,
      tellTitle: false,
    };
    const app = new App(services, { url: "wss://r/relay", token: () => undefined, fallBack });
    app.follow(parseFragment("#ssh://student@a.lab.example"));
    app.begin({ ...config, tokenRequired: true, embed: [lab] });
    expect(app.screen.value.kind).toBe("form");
    app.connect({ host: "a.lab.example", port: 22, user: "student" });
    app.sessions.value[0]?.start(container);
    expect(vi.mocked(services.connect).mock.lastCall?.[0].relay.token).toBeUndefined();
    app.follow(parseFragment("#ssh://student@a.lab.example:2222"));
    app.leave();
    expect(app.screen.value.kind).toBe("no-token");
    app.follow(parseFragment("#ssh://student@b.lab.example"));
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
      const { destination } = request;
      const share = () => new MessageChannel().port1;
      return { destination, answer() {}, input() {}, resize() {}, painted() {}, share, close() {} };
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
      keep: true,
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
