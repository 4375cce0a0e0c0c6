// One session of the demo server: a shell or a command of this machine, in a pty or without one (RFC 4254 6).

import { spawn } from "node:child_process";
import { closeSync, constants as fs, openSync } from "node:fs";
import { constants, homedir, userInfo } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { ServerChannel, Session } from "ssh2";
import type { Pty, PtySize, SpawnPty } from "./pty.ts";

type Environment = Readonly<Record<string, string>>;

/** As in the AcceptEnv of a Debian sshd. */
const ACCEPTED = /^(LANG|LC_[A-Z]+)$/;
const VALUE_LIMIT = 256;

export function serveSession(session: Session, spawnPty: SpawnPty): void {
  let terminal: (PtySize & { term: string }) | undefined;
  let pty: Pty | undefined;
  let running = false;
  const env: Record<string, string> = environment();

  session.on("pty", (accept, _reject, { cols, rows, ...info }) => {
    // The request names its TERM; the library's types forget it.
    const named: object = info;
    const term = "term" in named && typeof named.term === "string" ? named.term : "";
    terminal = { ...bounded(cols, rows), term: /^[\w.+-]{1,64}$/.test(term) ? term : "xterm-256color" };
    accept?.();
  });
  session.on("window-change", (accept, _reject, { cols, rows }) => {
    const size = bounded(cols, rows);
    pty?.resize(size.cols, size.rows);
    accept?.();
  });
  session.on("env", (accept, reject, { key, val }) => {
    if (!ACCEPTED.test(key) || val.length > VALUE_LIMIT || val.includes("\0")) return reject?.();
    env[key] = val;
    accept?.();
  });
  const start = (accept: () => ServerChannel, reject: () => void, args: string[]): void => {
    if (running) return reject();
    running = true;
    const channel = accept();
    channel.on("error", () => {}); // the client is gone; "close" follows
    if (terminal)
      pty = runInPty(channel, () =>
        spawnPty(loginShell(), args, { ...(terminal ?? bounded(80, 24)), term: terminal?.term ?? "dumb", env }),
      );
    else runPlain(channel, args, env);
  };
  session.on("shell", (accept, reject) => start(accept, reject, ["-l"]));
  session.on("exec", (accept, reject, { command }) => start(accept, reject, ["-c", command]));
}

function runInPty(channel: ServerChannel, open: () => Pty): Pty | undefined {
  let pty: Pty;
  try {
    pty = open();
  } catch {
    channel.stderr.write("No terminal could be opened on this machine.\n");
    channel.exit(255);
    channel.end();
    return undefined;
  }
  let over = false;
  const flow = paced(pty);
  pty.onData((bytes) => {
    if (!channel.write(bytes)) flow.hold();
  });
  channel.on("drain", flow.release);
  channel.on("data", (bytes: Buffer) => {
    if (!over) pty.write(bytes);
  });
  pty.onExit(({ exitCode, signal }) => {
    over = true;
    flow.end();
    sayExit(channel, exitCode, signal);
    channel.end();
  });
  channel.on("close", () => {
    flow.release();
    if (!over) pty.kill("SIGHUP");
  });
  return pty;
}

const WATCH_MS = 25;

/**
 * Holds a pty's output back while its program lives. When that has ended, what the system still has of it, a few KiB, must
 * come at once, though it be more than is wanted just now: 200 ms later node-pty drops the rest. It would drop it at once
 * when the system says that nobody writes any more; with a guard, one more open end on the program's side, it does not say so.
 */
function paced(pty: Pty): { hold: () => void; release: () => void; end: () => void } {
  const guard = openGuard(pty.ptsName);
  let watch: NodeJS.Timeout | undefined;
  const release = (): void => {
    clearInterval(watch);
    watch = undefined;
    pty.resume();
  };
  const hold = (): void => {
    if (watch !== undefined || !isAlive(pty.pid)) return;
    pty.pause();
    watch = setInterval(() => {
      if (!isAlive(pty.pid)) release();
    }, WATCH_MS);
  };
  const end = (): void => {
    clearInterval(watch);
    if (guard !== undefined) closeSync(guard);
  };
  return { hold, release, end };
}

/** Undefined where the system has no file for us: then the end of some output may be lost. */
function openGuard(ptsName: string): number | undefined {
  try {
    return openSync(ptsName, fs.O_RDWR | fs.O_NOCTTY);
  } catch {
    return undefined;
  }
}

/** A process that is another user's by now, as `su` is, lives too. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

function runPlain(channel: ServerChannel, args: string[], env: Environment): void {
  // Its own group, so that leaving ends what the command has started too.
  const child = spawn(loginShell(), args, { cwd: homedir(), env, detached: true });
  child.on("error", () => {
    channel.stderr.write("The shell of this account could not be started.\n");
    channel.exit(255);
    channel.end();
  });
  child.stdin.on("error", () => {}); // it may end before it has read all
  channel.pipe(child.stdin);
  channel.stderr.on("error", () => {}); // the client is gone, and the command still speaks; "close" follows
  let left = 3; // stdout, stderr, the command itself
  const over = () => {
    if (--left === 0) void sent.then(() => channel.end());
  };
  // One write at a time: what waits for the client's window on stderr, ssh2 forgets when something on stdout waits too.
  let sent: Promise<void> = Promise.resolve();
  const forward = (from: Readable, to: Writable): void => {
    from.on("data", (bytes: Buffer) => {
      from.pause();
      const write = () => new Promise<void>((written) => to.write(bytes, () => written()));
      sent = sent.then(write).then(() => void from.resume());
    });
    from.once("end", over);
  };
  forward(child.stdout, channel);
  forward(child.stderr, channel.stderr);
  child.once("exit", (status, signal) => {
    sayExit(channel, status ?? 0, signal === null ? 0 : constants.signals[signal]);
    over();
  });
  channel.on("close", () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, "SIGHUP");
    } catch {
      // It ended a moment ago.
    }
  });
}

/** exit-status or exit-signal (RFC 4254 6.10); EOF and CLOSE follow once all output is out. */
function sayExit(channel: ServerChannel, status: number, signal: number | undefined): void {
  const name = signal ? Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] : undefined;
  if (name) channel.exit(name.replace(/^SIG/, ""), false, "");
  else channel.exit(status);
}

function bounded(cols: number, rows: number): PtySize {
  const within = (value: number, usual: number): number => (value >= 1 && value <= 4096 ? Math.floor(value) : usual);
  return { cols: within(cols, 80), rows: within(rows, 24) };
}

function loginShell(): string {
  try {
    return userInfo().shell ?? "/bin/sh";
  } catch {
    return "/bin/sh";
  }
}

/** This process's environment without the relay's own settings, which may hold its token, and without npm's. */
function environment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && !/^(PERIWINKLE_|npm_)/.test(name)) env[name] = value;
  return env;
}
