// How a connection ends: each of its states met by each of the causes there are. The cause that is told is the true one, the
// server hears a DISCONNECT where we are the ones who leave, and whoever waits is told.

import { describe, expect, it } from "vitest";
import { answering, nodeRandom } from "../e2e/node-surroundings.ts";
import { type ManualClock, manualClock } from "../e2e/scripted/clock.ts";
import { type ScriptedOptions, ScriptedServer } from "../e2e/scripted/server.ts";
import { SshError } from "./bytes/errors.ts";
import { memoryPair } from "./bytes/memory.ts";
import type { ByteStream } from "./bytes/stream.ts";
import { Writer } from "./bytes/wire.ts";
import { DISCONNECT, MSG } from "./framing/numbers.ts";
import { Disconnect } from "./framing/transport-messages.ts";
import { ChannelOpen, GlobalRequest } from "./mux/connection-messages.ts";
import { type Connection, type ConnectOptions, connect } from "./ssh.ts";

const SIZE = { columns: 80, rows: 24, widthPixels: 0, heightPixels: 0 };
const turn = () => new Promise((resolve) => setImmediate(resolve));
const turns = async () => {
  for (let i = 0; i < 30; i++) await turn();
};

type State =
  | "identifying"
  | "exchanging"
  | "verifying"
  | "asking"
  | "authenticating"
  | "opening a channel"
  | "open"
  | "rekeying"
  | "closing";

interface Life {
  readonly server: ScriptedServer;
  readonly clock: ManualClock;
  readonly stop: AbortController;
  readonly stream: ByteStream;
  /** The server reads, and answers nothing any more. */
  hush(): void;
  /** Turns the last bit of the next chunk. */
  flip(): void;
  /** Why it ended; undefined for a wanted end. */
  readonly over: Promise<unknown>;
  readonly connection: Connection | undefined;
  /** Everything that somebody waits for. */
  readonly waits: readonly Promise<unknown>[];
  /** The server does what it did not do. */
  resume(): Promise<void>;
}

/** What the server does not answer, by number and which one of them. */
const UNANSWERED: Partial<Record<State, readonly [number: number, count: number]>> = {
  exchanging: [MSG.KEX_FIRST, 1],
  authenticating: [MSG.USERAUTH_REQUEST, 1],
  "opening a channel": [ChannelOpen.number, 1],
  rekeying: [MSG.KEXINIT, 2],
};

const never = <T>(): Promise<T> => new Promise<T>(() => {});

async function live(state: State): Promise<Life> {
  const [ours, theirs] = memoryPair();
  let flip = false;
  let stuck = false;
  const stream: ByteStream = {
    async read() {
      const chunk = await ours.read();
      if (!flip || !chunk) return chunk;
      flip = false;
      return chunk.map((byte, index) => (index === chunk.length - 1 ? byte ^ 1 : byte));
    },
    write: (chunk) => (stuck ? never() : ours.write(chunk)),
    end: () => ours.end(),
    close: (reason) => ours.close(reason),
    closed: ours.closed,
  };
  const [number, count] = UNANSWERED[state] ?? [-1, 0];
  let met = 0;
  let silent = false;
  let go: () => Promise<void> = async () => {};
  let reached: () => void = () => {};
  const there = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const script: ScriptedOptions = {
    kex: ["curve25519-sha256"],
    cipher: ["chacha20-poly1305@openssh.com"],
    login: state === "asking" ? { password: "secret" } : { none: true },
    program: never,
    incoming(packet, proceed) {
      if (silent) return undefined;
      if (packet.number !== number || ++met !== count) return proceed();
      silent = true;
      go = () => {
        silent = false;
        return proceed();
      };
      reached();
      return undefined;
    },
  };
  const server = new ScriptedServer(theirs, script);
  const clock = manualClock();
  const stop = new AbortController();
  const withdrawn: Promise<unknown>[] = [];
  /** A question that stays open; it is a wait that must end, too. */
  const ask = <T>(signal: AbortSignal): Promise<T> => {
    withdrawn.push(new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())));
    reached();
    return never();
  };
  const options: ConnectOptions = {
    target: { host: "db1.example", port: 22 },
    route: "direct",
    user: "alice",
    open: async () => stream,
    hostKeys: { verify: (_claim, signal) => (state === "verifying" ? ask(signal) : Promise.resolve("accept")) },
    prompts: { ...answering({}), credential: (_question, signal) => ask(signal) },
    random: nodeRandom,
    clock,
    signal: stop.signal,
  };
  const connecting = connect(options);
  const over = connecting.then(
    ({ closed }) => closed,
    (cause: unknown) => cause,
  );
  const waits: Promise<unknown>[] = [];
  const wait = (...promises: readonly Promise<unknown>[]) => {
    for (const promise of promises) promise.catch(() => {});
    waits.push(...promises);
  };
  wait(connecting, over);
  let connection: Connection | undefined;
  if (state !== "identifying") void server.run();
  const before = ["identifying", "exchanging", "verifying", "asking", "authenticating"].includes(state);
  if (!before) {
    connection = await connecting;
    wait(connection.closed);
    if (state === "opening a channel") wait(connection.shell({ size: SIZE }));
    else {
      const session = await connection.exec("cat");
      wait(session.exit, session.closed, session.read());
      if (state === "rekeying") {
        connection.rekey();
        wait(session.write(new Uint8Array(10)), connection.exec("held"));
      }
      if (state === "closing") {
        stuck = true;
        wait(session.write(new Uint8Array(1_000_000)), connection.close());
      }
    }
  }
  if (!["identifying", "open", "closing"].includes(state)) await there;
  await turns();
  wait(...withdrawn);
  return {
    server,
    clock,
    stop,
    stream,
    hush: () => {
      silent = true;
    },
    flip: () => {
      flip = true;
    },
    over,
    connection,
    waits,
    resume: () => go(),
  };
}

interface Cause {
  readonly name: string;
  readonly happens: (life: Life) => unknown;
  readonly code: string | undefined;
  /** Our DISCONNECT's code where we are the ones who leave. */
  readonly goodbye?: number;
  readonly except?: Partial<Record<State, string | undefined>>;
  /** States in which it cannot happen. */
  readonly not?: readonly State[];
}

const SET_UP: readonly State[] = ["identifying", "exchanging", "verifying", "asking", "authenticating"];
const WORDS = "this machine goes down";
const RESET = new SshError("target-reset", "The connection to the server was reset.");

const CAUSES: readonly Cause[] = [
  {
    name: "the server's DISCONNECT",
    happens: ({ server }) => server.sendNow(Disconnect.encode({ reason: 11, description: WORDS, language: "" })),
    code: "peer-disconnect",
    not: ["identifying"],
  },
  {
    name: "the end of the stream",
    happens: ({ server }) => server.hangUp(),
    code: "lost",
    except: { identifying: "not-ssh" },
  },
  { name: "a broken stream", happens: ({ stream }) => stream.close(RESET), code: "target-reset" },
  {
    name: "a packet that does not authenticate",
    happens({ server, flip }) {
      flip();
      return server.sendNow(Uint8Array.of(MSG.IGNORE, 0, 0, 0, 0));
    },
    code: "integrity",
    goodbye: DISCONNECT.MAC_ERROR,
    not: ["identifying", "exchanging"],
  },
  {
    name: "a broken rule",
    happens: ({ server }) => server.sendNow(new Writer().byte(MSG.SERVICE_REQUEST).text("x").done()),
    code: "protocol",
    goodbye: DISCONNECT.PROTOCOL_ERROR,
    not: ["identifying"],
  },
  {
    name: "noise",
    happens: ({ server }) => server.sendBytes(new Uint8Array(40_000).fill(0x7f)),
    code: "protocol",
    goodbye: DISCONNECT.PROTOCOL_ERROR,
    except: { identifying: "not-ssh" },
    not: ["verifying", "asking", "authenticating", "opening a channel", "open", "rekeying"],
  },
  {
    name: "the person's cancelling",
    happens: ({ stop }) => stop.abort(),
    code: "aborted",
    goodbye: DISCONNECT.BY_APPLICATION,
  },
  {
    name: "the person's closing",
    happens: ({ connection }) => void connection?.close(),
    code: undefined,
    goodbye: DISCONNECT.BY_APPLICATION,
    not: SET_UP,
  },
  {
    name: "silence for an hour",
    async happens({ clock, over, hush }) {
      hush();
      let ended = false;
      void over.then(() => {
        ended = true;
      });
      for (let tens = 0; tens < 360 && !ended; tens++) {
        clock.advance(10_000);
        for (let i = 0; i < 5; i++) await turn();
      }
    },
    code: "timeout",
    goodbye: DISCONNECT.PROTOCOL_ERROR,
    not: ["verifying", "asking"],
  },
  {
    name: "cancelling, a DISCONNECT and the end at once",
    happens({ stop, server }) {
      void server.sendNow(Disconnect.encode({ reason: 11, description: WORDS, language: "" }));
      stop.abort();
      return server.hangUp();
    },
    code: "aborted",
  },
  {
    name: "a DISCONNECT and the end at once",
    happens({ server }) {
      void server.sendNow(Disconnect.encode({ reason: 11, description: WORDS, language: "" }));
      return server.hangUp();
    },
    code: "peer-disconnect",
    not: ["identifying"],
  },
];

const STATES: readonly State[] = [...SET_UP, "opening a channel", "open", "rekeying", "closing"];
const CELLS = STATES.flatMap((state) =>
  CAUSES.filter(({ not = [] }) => !not.includes(state)).map((cause) => [state, cause.name, cause] as const),
);

describe("connectionLost", () => {
  it.each(CELLS)("%s, met by %s", async (state, _name, { happens, code, goodbye, except }) => {
    const life = await live(state);
    await happens(life);
    // A wanted end stays one, whatever comes while the goodbye is on its way; a stream that takes nothing has a second for it.
    if (state === "closing" || state === "identifying") {
      await turns();
      life.clock.advance(1000);
    }
    const cause = await life.over;
    const expected = state === "closing" ? undefined : except && state in except ? except[state] : code;
    expect(cause instanceof SshError ? cause.code : cause).toBe(expected);
    if (expected === "peer-disconnect") expect(cause).toMatchObject({ quoted: WORDS });
    if (expected === "target-reset") expect(cause).toBe(RESET);
    await Promise.allSettled(life.waits);
    await turns();
    expect(life.clock.pending).toBe(0);
    if (state === "identifying" || state === "closing") return;
    const last = life.server.received.at(-1);
    const said = last?.number === MSG.DISCONNECT ? Disconnect.decode(last.payload) : undefined;
    expect(said?.reason).toBe(expected === "aborted" ? DISCONNECT.BY_APPLICATION : goodbye);
    expect(said?.description ?? "").toBe("");
  });

  it.each<State>(["exchanging", "verifying", "asking", "authenticating", "open", "rekeying"])(
    "pitfall 46: %s, the machine sleeps for eight hours, and the server answers when it wakes",
    async (state) => {
      const life = await live(state);
      const before = life.server.received.length;
      let ended = false;
      void life.over.then(() => {
        ended = true;
      });
      life.clock.sleep(8 * 3_600_000);
      await turns();
      expect(ended).toBe(false);
      if (state === "open") {
        const probes = life.server.received.slice(before).filter(({ number }) => number === GlobalRequest.number);
        expect(probes.map(({ payload }) => GlobalRequest.decode(payload).name)).toEqual(["keepalive@openssh.com"]);
      }
      await life.resume();
      await turns();
      expect(ended).toBe(false);
      life.stop.abort();
      expect(await life.over).toMatchObject({ code: "aborted" });
      await Promise.allSettled(life.waits);
    },
  );

  it("a server that did not survive the night is given up in seconds where an answer was due, and in minutes otherwise", async () => {
    for (const [state, seconds] of [
      ["exchanging", 10],
      ["authenticating", 10],
      ["rekeying", 10],
      ["opening a channel", 300],
    ] as const) {
      const life = await live(state);
      life.clock.sleep(8 * 3_600_000);
      life.clock.advance(1000 * (seconds + 15));
      expect(await life.over).toMatchObject({ code: "timeout" });
    }
  });
});
