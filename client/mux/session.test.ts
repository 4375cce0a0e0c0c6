import { describe, expect, it } from "vitest";
import { SshError } from "../bytes/errors.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { Writer } from "../bytes/wire.ts";
import type { Exit } from "./exit.ts";
import { readExit } from "./exit-report.ts";
import { REMOTE, ScriptedPeer, turns } from "./scripted-peer.ts";
import { execute, openShell, type Session, sessionStream } from "./session.ts";

const NOTHING = new Uint8Array(0);
const SIZE = { columns: 80, rows: 24, widthPixels: 0, heightPixels: 0 };

async function command(peer: ScriptedPeer, own?: number): Promise<Session> {
  const starting = execute(peer.mux, "true", own === undefined ? {} : { window: own });
  peer.confirm();
  await turns();
  peer.grant(0);
  const session = await starting;
  peer.heard();
  return session;
}

const code = (error: unknown) => (error instanceof SshError ? error.code : error);
const status = (value: number) => new Writer().uint32(value).done();
const exitSignal = new Writer().text("TERM").boolean(true).text("stopped").text("en").done();

describe("starting", () => {
  it("pitfall 47: a shell gets its environment, a pty with modes, and then the shell, in one go", async () => {
    const peer = new ScriptedPeer();
    const opening = openShell(peer.mux, {
      size: { ...SIZE, columns: 0 },
      modes: { VINTR: 3 },
      environment: { LANG: "C.UTF-8", LC_ALL: "" },
    });
    peer.confirm();
    await turns();
    const pty = new Writer().text("xterm-256color").uint32(0).uint32(24).uint32(0).uint32(0);
    pty.string(Uint8Array.of(1, 0, 0, 0, 3, 0));
    expect(peer.payloads.at(-2)?.subarray(-pty.done().length)).toEqual(pty.done());
    expect(peer.heard().map((line) => line.split(" ").slice(0, 4).join(" "))).toEqual([
      "OPEN session 0 2097152",
      `REQUEST ${REMOTE} env false`,
      `REQUEST ${REMOTE} env false`,
      `REQUEST ${REMOTE} pty-req true`,
      `REQUEST ${REMOTE} shell true`,
    ]);
    peer.grant(0);
    peer.grant(0);
    const session = await opening;
    session.resize({ columns: 0, rows: 50, widthPixels: 0, heightPixels: 1000 });
    session.signal("INT");
    await session.write(encodeUtf8("ls\n"));
    session.end();
    const resized = new Writer().uint32(0).uint32(50).uint32(0).uint32(1000).done();
    expect(peer.payloads.shift()?.subarray(-17)).toEqual(Uint8Array.of(0, ...resized));
    expect(peer.heard()).toEqual([
      `REQUEST ${REMOTE} signal false "\\u0000\\u0000\\u0000\\u0003INT"`,
      `DATA ${REMOTE} "ls\\n"`,
      `EOF ${REMOTE}`,
    ]);
  });

  it.each([
    ["the pty", [false, true], /PermitTTY/],
    ["the pty and the shell", [false, false], /PermitTTY/],
    ["the shell", [true, false], /no shell/],
  ])("a server that refuses %s is told goodbye, and the person why", async (_what, replies, words) => {
    const peer = new ScriptedPeer();
    const opening = openShell(peer.mux, { size: SIZE }).catch((error: unknown) => error);
    peer.confirm();
    await turns();
    peer.heard();
    for (const granted of replies) granted ? peer.grant(0) : peer.refuse(0);
    expect(await opening).toMatchObject({ code: "channel-refused", message: expect.stringMatching(words) });
    expect(peer.heard()).toEqual([`CLOSE ${REMOTE}`]);
    peer.close(0);
    expect([peer.mux.channelCount, peer.clock.running]).toEqual([0, 0]);
  });

  it("a command is sent as it is, without a terminal unless one is asked for", async () => {
    const peer = new ScriptedPeer();
    execute(peer.mux, "echo \u00e9").catch(() => undefined);
    peer.confirm();
    await turns();
    expect(peer.heard().slice(1)).toEqual([
      `REQUEST ${REMOTE} exec true "\\u0000\\u0000\\u0000\\u0007echo \u00c3\u00a9"`,
    ]);
    execute(peer.mux, "top", { pty: { size: SIZE, term: "vt100" } }).catch(() => undefined);
    peer.confirm({ id: 701 });
    await turns();
    expect(peer.heard().map((line) => line.split(" ")[2])).toEqual(["1", "pty-req", "exec"]);
  });

  it.each([
    ["refuses the command", (peer: ScriptedPeer) => peer.refuse(0), "channel-refused"],
    ["closes", (peer: ScriptedPeer) => peer.close(0), "channel-closed"],
    ["dies", (peer: ScriptedPeer) => peer.die(), "lost"],
  ])("a server that %s ends the wait", async (_what, act, wanted) => {
    const peer = new ScriptedPeer();
    const starting = execute(peer.mux, "true").catch(code);
    peer.confirm();
    await turns();
    act(peer);
    expect(await starting).toBe(wanted);
  });

  it("a silent server ends it after a minute, a cancel at once", async () => {
    const peer = new ScriptedPeer();
    const silent = openShell(peer.mux, { size: SIZE }).catch(code);
    peer.confirm();
    await turns();
    await peer.clock.pass(60_000);
    expect(await silent).toBe("timeout");
    const cancel = new AbortController();
    const cancelled = openShell(peer.mux, { size: SIZE, signal: cancel.signal }).catch(code);
    peer.confirm({ id: 701 });
    await turns();
    peer.heard();
    cancel.abort();
    expect([await cancelled, peer.heard()]).toEqual(["aborted", ["CLOSE 701"]]);
  });
});

describe("exit", () => {
  const none: Exit = { kind: "none" };
  const byStatus = (value: number): Exit => ({ kind: "status", status: value });
  const bySignal: Exit = { kind: "signal", signal: "TERM", coreDumped: true, message: "stopped" };
  type Act = (peer: ScriptedPeer, session: Session) => void;
  const eof: Act = (peer) => peer.eof(0);
  const exits =
    (value: number): Act =>
    (peer) =>
      peer.exitStatus(0, value);
  const says =
    (name: string, data: Uint8Array): Act =>
    (peer) =>
      peer.request(0, name, data);
  const rows: [string, Act[], Exit][] = [
    ["EOF, then exit-status (36)", [eof, exits(3)], byStatus(3)],
    ["stderr, then exit-status (36)", [(peer) => peer.stderr(0, "no"), exits(1)], byStatus(1)],
    ["neither EOF nor exit-status (37)", [], none],
    ["exit-status twice: the first counts (37)", [exits(4), exits(0)], byStatus(4)],
    ["exit-status after we closed (37)", [(_peer, session) => session.close(), exits(5)], byStatus(5)],
    ["status above 255 (37)", [exits(0xffff_ffff)], byStatus(0xffff_ffff)],
    ["a short exit-status (37)", [says("exit-status", Uint8Array.of(0, 0, 1))], none],
    ["a long exit-status (37)", [says("exit-status", new Uint8Array(5))], none],
    ["a short exit-status, then a good one (37)", [says("exit-status", NOTHING), exits(7)], byStatus(7)],
    ["exit-signal", [says("exit-signal", exitSignal)], bySignal],
    ["exit-signal without a language", [says("exit-signal", exitSignal.subarray(0, -6))], bySignal],
  ];

  it.each(rows)("%s", async (_what, acts, wanted) => {
    const peer = new ScriptedPeer();
    const session = await command(peer);
    let settled = false;
    session.exit.then(() => {
      settled = true;
    });
    for (const act of acts) act(peer, session);
    await turns();
    expect(settled).toBe(false);
    peer.close(0);
    expect(await session.exit).toEqual(wanted);
  });

  it("is unknown when the connection died, even after a status: the output may be cut", async () => {
    const peer = new ScriptedPeer();
    const session = await command(peer);
    peer.exitStatus(0, 0);
    peer.die();
    await expect(session.exit).rejects.toMatchObject({ code: "lost" });
    expect(await session.closed).toMatchObject({ code: "lost" });
  });

  it("pitfalls 37 and 45: reports cut off at every byte, or in bad UTF-8, throw nothing; hostile words are cleaned", () => {
    for (const [name, data] of [["exit-status", status(1)] as const, ["exit-signal", exitSignal] as const]) {
      for (let length = 0; length < data.length; length++) {
        const exit = readExit(name, data.subarray(0, length));
        if (exit) expect(data.length - length).toBe(6); // the language, which may be missing
      }
      expect(readExit(name, Uint8Array.of(...data, 0))).toBeUndefined();
    }
    const hostile = new Writer()
      .string(Uint8Array.of(0xff, 10, 65))
      .boolean(false)
      .text("\u202e\u001b[2J")
      .text("")
      .done();
    expect(readExit("exit-signal", hostile)).toEqual({
      kind: "signal",
      signal: "\ufffd A",
      coreDumped: false,
      message: "\ufffd\ufffd[2J",
    });
    expect(readExit("xon-xoff", Uint8Array.of(1))).toBeUndefined();
  });

  it("requests that want a reply get one: understood, or not", async () => {
    const peer = new ScriptedPeer();
    await command(peer);
    peer.request(0, "exit-status", status(1), true);
    peer.request(0, "exit-status", NOTHING, true);
    peer.request(0, "xon-xoff", Uint8Array.of(1), true);
    peer.request(0, "xon-xoff", Uint8Array.of(1), false);
    expect(peer.heard()).toEqual([`SUCCESS ${REMOTE}`, `FAILURE ${REMOTE}`, `FAILURE ${REMOTE}`]);
  });

  it("eow@openssh.com ends our input and leaves the output alone", async () => {
    const peer = new ScriptedPeer();
    const session = await command(peer);
    peer.payloads.length = 0;
    const stuck = session.write(new Uint8Array(2 << 20)).catch(code);
    await turns();
    peer.heard();
    peer.request(0, "eow@openssh.com");
    peer.request(0, "eow@openssh.com");
    expect([await stuck, await session.write(NOTHING).catch(code)]).toEqual(["channel-closed", "channel-closed"]);
    expect(peer.heard()).toEqual([`EOF ${REMOTE}`]);
    peer.data(0, "still talking");
    expect((await session.read())?.bytes).toEqual(encodeUtf8("still talking"));
  });
});

describe("a session as a byte stream", () => {
  it("credits what was read when more is asked for, drops stderr and credits it", async () => {
    const peer = new ScriptedPeer();
    const stream = sessionStream(await command(peer, 100));
    peer.data(0, "x".repeat(60));
    expect((await stream.read())?.length).toBe(60);
    expect(peer.heard()).toEqual([]);
    const next = stream.read();
    expect(peer.heard()).toEqual([`ADJUST ${REMOTE} 60`]);
    peer.stderr(0, "y".repeat(90));
    await turns();
    expect(peer.heard()).toEqual([`ADJUST ${REMOTE} 90`]);
    peer.data(0, "z");
    expect(await next).toEqual(encodeUtf8("z"));
    peer.eof(0);
    expect(await stream.read()).toBeNull();
    await stream.write(encodeUtf8("out"));
    stream.end();
    expect(peer.heard().slice(-2)).toEqual([`DATA ${REMOTE} "out"`, `EOF ${REMOTE}`]);
  });

  it("closes with its reason", async () => {
    const peer = new ScriptedPeer();
    const stream = sessionStream(await command(peer));
    stream.close(new SshError("aborted", "enough"));
    peer.close(0);
    expect(await stream.closed).toMatchObject({ code: "aborted" });
  });
});
