// The relay as people start it: what it prints, what it refuses, how it stops, and the demo server beside it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { connect } from "../../client/ssh.ts";
import { closeReason } from "../../shared/close-codes.ts";
import { SUBPROTOCOL } from "../../shared/relay-protocol.ts";
import { freePort } from "../fixtures/child.ts";
import { direct, relayed } from "../node-surroundings.ts";
import { connected, rejection, run, Screen } from "./driving.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/relay/main.mjs", import.meta.url));
const READY = /Ctrl\+C stops it\.\n$/;
const SIZE = { columns: 80, rows: 24, widthPixels: 800, heightPixels: 480 };

interface Program {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Resolves once it has said all that a person waits for; rejects when it ended before. */
  readonly ready: Promise<void>;
  /** The status, or the signal that it died of; by then all its words have arrived. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

const started: Program[] = [];
afterEach(async () => {
  for (const program of started.splice(0)) {
    program.signal("SIGKILL");
    await program.ended;
  }
});

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  // Settings of the person who runs the tests are none of theirs.
  const ours = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PERIWINKLE_")));
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...ours, ...env },
  });
  const said = { stdout: "", stderr: "" };
  const ended = once(child, "close").then(([status, signal]) => (status ?? signal) as number | NodeJS.Signals | null);
  const ready = new Promise<void>((resolve, reject) => {
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (text: string) => {
        said[name] += text;
        if (READY.test(said.stdout)) resolve();
      });
    void ended.then((how) => reject(new Error(`It ended with ${how}: ${said.stderr}`)));
  });
  ready.catch(() => {}); // some are meant to end
  const program: Program = {
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    signal: (name) => void child.kill(name),
    ready,
    ended,
  };
  started.push(program);
  return program;
}

interface Printed {
  readonly origin: string;
  readonly token: string;
  readonly demo: { readonly host: string; readonly port: number; readonly user: string; readonly password: string };
}

/** What a person reads off the screen. */
async function printed(program: Program): Promise<Printed> {
  await program.ready;
  const text = program.stdout();
  const row = (name: string): string => new RegExp(`^ +${name} +(\\S+)$`, "m").exec(text)?.[1] ?? "";
  const [, origin = "", token = ""] = /^ {2}(http:\S+?)\/#token=(\S+)$/m.exec(text) ?? [];
  const demo = { host: row("Host"), port: Number(row("Port")), user: row("User name"), password: row("Password") };
  return { origin, token, demo };
}

/** A WebSocket with an open session to the demo, as far as its first bytes. */
async function openSocket({ origin, token, demo }: Printed): Promise<WebSocket> {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/relay`, SUBPROTOCOL, { origin });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "open", host: demo.host, port: demo.port, token }));
  await new Promise<void>((resolve) => {
    socket.on("message", (_data, binary) => {
      if (binary) resolve();
    });
  });
  return socket;
}

/** Milliseconds until it settles. */
async function timed(event: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await event;
  return performance.now() - begun;
}

let folder = "";
beforeAll(() => {
  if (!existsSync(PROGRAM)) throw new Error('The relay is not built. Run "npm run build" first.');
  folder = mkdtempSync(join(tmpdir(), "periwinkle-program-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the start", () => {
  it("prints an address with a token, and how to log in to the demo", async () => {
    const port = await freePort();
    const program = start(["--listen", `127.0.0.1:${port}`]);
    const { origin, token, demo } = await printed(program);
    expect(origin).toBe(`http://127.0.0.1:${port}`);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(demo).toEqual({
      host: "127.0.0.1",
      port: expect.any(Number),
      user: userInfo().username,
      password: expect.stringMatching(/^[\w-]{22}$/),
    });
    const config: unknown = await (await fetch(`${origin}/config.json`)).json();
    expect(config).toMatchObject({ demo: true, prefill: { host: demo.host, port: demo.port, user: demo.user } });
    expect(JSON.stringify(config)).not.toContain(demo.password);
    expect(await (await fetch(origin)).text()).toContain("<script");
  });

  it("leaves the demo out when told to", async () => {
    const program = start(["--listen", "127.0.0.1:0", "--no-demo"]);
    await program.ready;
    expect(program.stdout()).not.toMatch(/demo|Password/);
  });

  const shared = ["--behind-tls-proxy", "--host", "ssh.example.net", "--allow", "*"];
  it.each<[string, string[], Record<string, string>, RegExp]>([
    ["a flag", ["--dial-timeout", "0"], {}, /^--dial-timeout wants a whole number from 1 to 300\.$/],
    ["a flag nobody knows", ["--sparkle"], {}, /^Unknown option '--sparkle'; --help lists the flags\.$/],
    ["a variable", [], { PERIWINKLE_LISTEN: "here" }, /^PERIWINKLE_LISTEN wants HOST:PORT.*"here"\.$/],
    ["a variable nobody knows", [], { PERIWINKLE_DENNY: "x" }, /^PERIWINKLE_DENNY .* is not a setting/],
    ["a token, without telling it", [], { PERIWINKLE_TOKEN: "hunter2" }, /^PERIWINKLE_TOKEN (?!.*hunter2).*\.$/],
    ["the settings file", ["--config", "FILE"], {}, /^"max-connections" in .*settings\.json wants a whole number/],
    ["a settings file that is missing", ["--config", "none.json"], {}, /^--config: the file none\.json cannot be read/],
    ["a demo for strangers", ["--demo", "--listen", "0.0.0.0:0", ...shared], {}, /: leave out --demo\.$/],
    ["a demo without TLS", ["--demo", "--listen", "0.0.0.0:0"], {}, /^A relay that others can reach needs TLS/],
  ])("is refused with one sentence about %s", async (_what, args, env, sentence) => {
    const file = join(folder, "settings.json");
    writeFileSync(file, JSON.stringify({ "max-connections": 0 }));
    const program = start(
      args.map((arg) => (arg === "FILE" ? file : arg)),
      env,
    );
    expect(await program.ended).toBe(78);
    expect(program.stderr().trimEnd()).toMatch(sentence);
    expect([program.stderr().split("\n").length, program.stdout()]).toEqual([2, ""]);
  });
});

describe("the stop", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("on %s tells an open session, and ends well", async (signal) => {
    const program = start(["--listen", "127.0.0.1:0"]);
    const socket = await openSocket(await printed(program));
    const closed = once(socket, "close");
    program.signal(signal);
    expect(await timed(program.ended)).toBeLessThan(2_000);
    expect(await program.ended).toBe(0);
    const [code]: unknown[] = await closed;
    expect(closeReason(Number(code))?.name).toBe("going-away");
  });

  it("ends well also when a client never answers", async () => {
    const program = start(["--listen", "127.0.0.1:0"]);
    const deaf = await openSocket(await printed(program));
    deaf.pause();
    program.signal("SIGTERM");
    expect(await timed(program.ended)).toBeLessThan(4_000);
    expect(await program.ended).toBe(0);
    deaf.terminate();
  });

  it("on a second signal waits for nobody", async () => {
    const program = start(["--listen", "127.0.0.1:0"]);
    const at = await printed(program);
    const [deaf, witness] = [await openSocket(at), await openSocket(at)];
    deaf.pause();
    const heard = once(witness, "close");
    program.signal("SIGTERM");
    await heard;
    program.signal("SIGINT");
    expect(await program.ended).toBe(1);
    deaf.terminate();
  });
});

describe("the demo", () => {
  it("is a real shell behind the printed password", async () => {
    const { demo } = await printed(start(["--listen", "127.0.0.1:0"]));
    await connected(direct(demo.port, demo.user, { passwords: [demo.password] }), async (connection) => {
      const screen = new Screen(await connection.shell({ size: SIZE }));
      await screen.type("echo $((6*7))\r");
      await screen.shows(/^42\r$/m);
      expect((await run(connection, "echo $PERIWINKLE_TOKEN-$((2+3))")).stdout).toBe("-5\n");
    });
  });

  it("ends a connection at the fifth wrong password", async () => {
    const { demo } = await printed(start(["--listen", "127.0.0.1:0"]));
    let asked = 0;
    const options = direct(demo.port, demo.user, {});
    const prompts = {
      ...options.prompts,
      credential: async () => {
        asked++;
        return { kind: "password" as const, password: new TextEncoder().encode("wrong") };
      },
    };
    expect(await rejection(connect({ ...options, prompts }))).toMatchObject({ code: "peer-disconnect" });
    expect(asked).toBe(5);
  });
});

it("the log has one line a connection, and no secret", async () => {
  const secret = "Tr0ub4dor-and-3-more-characters";
  const program = start(["--listen", "127.0.0.1:0"], { PERIWINKLE_TOKEN: secret });
  const at = await printed(program);
  expect(at.token).toBe(secret);
  const target = { host: at.demo.host, port: at.demo.port };
  const answers = { passwords: ["first-try", at.demo.password] };
  await connected(relayed(at, target, at.demo.user, answers), async (connection) => {
    expect((await run(connection, "echo pay''load")).stdout).toBe("payload\n");
  });
  const stranger = { ...at, token: "x".repeat(22) };
  expect(await rejection(connect(relayed(stranger, target, at.demo.user, answers)))).toMatchObject({
    code: "unauthorised",
  });
  program.signal("SIGTERM");
  expect(await program.ended).toBe(0);
  const lines = program.stderr().trimEnd().split("\n");
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { event: "connection", client: "127.0.0.1", target: `127.0.0.1:${at.demo.port}`, bytesUp: expect.any(Number) },
    { event: "connection", client: "127.0.0.1", close: "unauthorised", bytesUp: 0, bytesDown: 0 },
  ]);
  expect(program.stderr()).not.toMatch(
    new RegExp([secret, stranger.token, at.demo.password, "first-try", "payload"].join("|")),
  );
});
