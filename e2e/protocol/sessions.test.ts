// Programs at a real sshd: how they end, what they say and are told, terminals, windows, many at once.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ByteStream } from "../../client/bytes/stream.ts";
import { type Connection, connect } from "../../client/ssh.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { direct } from "../node-surroundings.ts";
import { openTcpStream } from "../tcp-stream.ts";
import { connected, DONE, intact, noise, rejection, roundTrip, run, Screen } from "./driving.ts";

const SIZE = { columns: 80, rows: 24, widthPixels: 0, heightPixels: 0 };

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ pam: false });
});
afterAll(() => sshd.stop());

const options = () => direct(sshd.port, sshd.user, { passwords: [sshd.password] });

describe("a command", () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await connect(options());
  });
  afterAll(() => connection.close());

  it.each([
    ["true", DONE],
    ["exit 3", { kind: "status", status: 3 }],
    ["exit 255", { kind: "status", status: 255 }],
    ["kill -TERM $$", { kind: "signal", signal: "TERM", coreDumped: false, message: "" }],
    ["kill -KILL $$", { kind: "signal", signal: "KILL", coreDumped: false, message: "" }],
  ])("%s ends as it says", async (command, exit) => {
    expect(await run(connection, command)).toEqual({ exit, stdout: "", stderr: "" });
  });

  it("that does not exist is told by the shell", async () => {
    const { exit, stdout, stderr } = await run(connection, "no-such-command-here");
    expect({ exit, stdout }).toEqual({ exit: { kind: "status", status: 127 }, stdout: "" });
    expect(stderr).toContain("command not found");
  });

  it("has its stderr apart from its stdout", async () => {
    expect(await run(connection, "echo out; echo err >&2; echo out2")).toEqual({
      exit: DONE,
      stdout: "out\nout2\n",
      stderr: "err\n",
    });
  });

  it("is known to have ended though nobody read what it said", async () => {
    const session = await connection.exec("echo unread; exit 4");
    expect(await session.exit).toEqual({ kind: "status", status: 4 });
    expect(Buffer.from((await session.read())?.bytes ?? []).toString()).toBe("unread\n");
    expect(await session.read()).toBeNull();
  });

  it("takes ten megabytes and gives them back unharmed", async () => {
    const bytes = noise(10_000_000);
    expect(await roundTrip(connection, bytes)).toEqual(intact(bytes));
  });

  it("runs beside four others, each with its own bytes", async () => {
    const inputs = Array.from({ length: 5 }, (_, i) => noise(300_000 + i));
    const hashes = await Promise.all(inputs.map((bytes) => roundTrip(connection, bytes)));
    expect(hashes).toEqual(inputs.map(intact));
  });

  it("that reads no more, and ends, makes a write fail, and not wait for ever", async () => {
    const session = await connection.exec("exec <&-; echo gone; sleep 0.2");
    const write = async () => {
      for (;;) await session.write(new Uint8Array(64 * 1024));
    };
    expect(await rejection(write())).toMatchObject({ code: "channel-closed" });
    expect(await session.exit).toEqual(DONE);
  });

  it("can be ended by us, and the connection lives on", async () => {
    const session = await connection.exec("echo $$; exec sleep 1000");
    const pid = Buffer.from((await session.read())?.bytes ?? [])
      .toString()
      .trim();
    session.signal("TERM");
    expect(await session.exit).toMatchObject({ kind: "signal", signal: "TERM" });
    expect((await run(connection, `kill -0 ${pid}`)).exit).toEqual({ kind: "status", status: 1 });
  });

  it("an eleventh at once is refused by sshd with a sentence, and the ten run on", async () => {
    // Of its own: sshd may still be tidying up after the command of another test.
    const fresh = await connect(options());
    const ten = await Promise.all(Array.from({ length: 10 }, () => fresh.exec("cat")));
    expect(await rejection(fresh.exec("cat"))).toMatchObject({ code: "channel-refused", quoted: "open failed" });
    for (const session of ten) session.end();
    expect(await Promise.all(ten.map(({ exit }) => exit))).toEqual(ten.map(() => DONE));
    await fresh.close();
  });
});

describe("a shell", () => {
  let connection: Connection;
  beforeEach(async () => {
    connection = await connect(options());
    return () => connection.close();
  });

  it("knows the size of its terminal, and each new one", async () => {
    const session = await connection.shell({ size: SIZE });
    const screen = new Screen(session);
    await screen.type("stty size\r");
    await screen.shows(/^24 80\r$/m);
    session.resize({ columns: 132, rows: 50, widthPixels: 1320, heightPixels: 1000 });
    await screen.type("stty size\r");
    await screen.shows(/^50 132\r$/m);
    await screen.type("exit 7\r");
    expect(await session.exit).toEqual({ kind: "status", status: 7 });
  });

  it("has TERM, and LANG as we offered it", async () => {
    const session = await connection.shell({ size: SIZE, environment: { LANG: "C.UTF-8", SECRET: "not accepted" } });
    const screen = new Screen(session);
    await screen.type("echo [$TERM] [$LANG] [$SECRET]\r");
    await screen.shows(/^\[xterm-256color\] \[C\.UTF-8\] \[\]\r$/m);
  });

  it("has the terminal modes that we asked for", async () => {
    // A shell that reads a line itself changes the modes while it does: a plain command sees what was set.
    const session = await connection.exec("stty -a", { pty: { size: SIZE } });
    const screen = new Screen(session);
    const [all] = await screen.shows(/speed[\s\S]*echoke[^\n]*\n/);
    for (const mode of ["erase = ^?", "intr = ^C", "eof = ^D", " iutf8", " icrnl", "isig icanon", " echo ", " onlcr"])
      expect(all).toContain(mode);
    expect(await session.exit).toEqual(DONE);
  });

  it("is stopped by Ctrl+C within a second while its output floods in", async () => {
    const session = await connection.shell({ size: SIZE });
    const screen = new Screen(session);
    await screen.type("yes\r");
    await screen.flowed(1_000_000);
    await screen.type("\u0003");
    const begun = performance.now();
    await screen.shows(/\$ $/);
    expect(performance.now() - begun).toBeLessThan(1000);
    await screen.type("echo st''ill here\r");
    await screen.shows(/still here/);
  });
});

describe("flow", () => {
  it("from a consumer that stops reading stalls the server, and fills no memory of ours", async () => {
    const WINDOW = 256 * 1024;
    const TOTAL = 20_000_000;
    let received = 0;
    const counting = (stream: ByteStream): ByteStream => ({
      ...stream,
      async read() {
        const chunk = await stream.read();
        received += chunk?.length ?? 0;
        return chunk;
      },
    });
    const open = async (signal: AbortSignal) => counting(await openTcpStream(sshd.port, "127.0.0.1", signal));
    await connected({ ...options(), open }, async (connection) => {
      const command = `for i in $(seq 200); do head -c ${TOTAL / 200} /dev/zero; echo $i > progress; done`;
      const session = await connection.exec(command, { window: WINDOW });
      while (received < WINDOW) await run(connection, "true");
      // Other channels go on, while this one stands still for as long as nobody takes anything.
      for (let i = 0; i < 20; i++) await run(connection, "true");
      expect(received).toBeLessThan(WINDOW + 100_000);
      const progress = Number((await run(connection, "cat progress")).stdout);
      expect(progress * (TOTAL / 200)).toBeLessThan(3_000_000); // the window, the server's own buffers, the pipe
      let sum = 0;
      for (let chunk = await session.read(); chunk; chunk = await session.read()) {
        sum += chunk.bytes.length;
        session.credit(chunk.bytes.length);
      }
      expect(sum).toBe(TOTAL);
      expect(await session.exit).toEqual(DONE);
    });
  });

  it("to a program that takes no input makes our writes wait, and its end ends them", async () => {
    await connected(options(), async (connection) => {
      const session = await connection.exec("exec sleep 1000");
      const total = 30_000_000;
      let written = 0;
      const write = async () => {
        for (; written < total; written += 64 * 1024) await session.write(new Uint8Array(64 * 1024));
      };
      const outcome = rejection(write());
      for (let i = 0; i < 20; i++) await run(connection, "true");
      expect(written).toBeLessThan(total / 2);
      session.signal("KILL");
      expect(await outcome).toMatchObject({ code: "channel-closed" });
      expect(await session.exit).toMatchObject({ kind: "signal", signal: "KILL" });
    });
  });
});

it("the way to the server and back is measured right after the login", async () => {
  let report: (milliseconds: number) => void = () => {};
  const reported = new Promise<number>((resolve) => {
    report = resolve;
  });
  await connected({ ...options(), roundTrip: report }, async () => {
    const milliseconds = await reported;
    expect(milliseconds).toBeGreaterThan(0);
    expect(milliseconds).toBeLessThan(10_000);
  });
});
