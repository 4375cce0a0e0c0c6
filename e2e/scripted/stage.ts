// The whole engine and the scripted server on a memory pipe, brought to a named moment by an honest server, which then
// waits: the test does what it likes there, and may let the server go on as if nothing had been.

import { memoryPair, type PairOptions } from "../../client/bytes/memory.ts";
import { MSG } from "../../client/framing/numbers.ts";
import type { Session } from "../../client/mux/session.ts";
import { type Connection, type ConnectOptions, connect } from "../../client/ssh.ts";
import { answering, nodeRandom, trustEveryone } from "../node-surroundings.ts";
import { type ManualClock, manualClock } from "./clock.ts";
import { type ScriptedOptions, ScriptedServer } from "./server.ts";
import { echoCommand } from "./services.ts";

export type Stage =
  | "before KEXINIT"
  | "before the reply"
  | "before NEWKEYS"
  | "before SERVICE_ACCEPT"
  | "in the login"
  | "open"
  | "in a session"
  | "rekey offered"
  | "rekey before the reply"
  | "rekey before NEWKEYS";

/** What the server does not do: answer the client's `count`th message of that number, or send its own. */
type Pause = { readonly of: "incoming" | "outgoing"; readonly number: number; readonly count: number };

const PAUSES: Readonly<Record<Stage, Pause | undefined>> = {
  "before KEXINIT": { of: "outgoing", number: MSG.KEXINIT, count: 1 },
  "before the reply": { of: "incoming", number: MSG.KEX_FIRST, count: 1 },
  "before NEWKEYS": { of: "outgoing", number: MSG.NEWKEYS, count: 1 },
  "before SERVICE_ACCEPT": { of: "incoming", number: MSG.SERVICE_REQUEST, count: 1 },
  "in the login": { of: "incoming", number: MSG.USERAUTH_REQUEST, count: 1 },
  open: undefined,
  "in a session": undefined,
  "rekey offered": { of: "incoming", number: MSG.KEXINIT, count: 2 },
  "rekey before the reply": { of: "incoming", number: MSG.KEX_FIRST, count: 2 },
  "rekey before NEWKEYS": { of: "outgoing", number: MSG.NEWKEYS, count: 2 },
};

export const STAGES = Object.keys(PAUSES) as readonly Stage[];

export interface StageOptions {
  readonly server?: ScriptedOptions;
  readonly client?: Partial<ConnectOptions>;
  readonly pair?: PairOptions;
}

export interface Scene {
  readonly server: ScriptedServer;
  readonly clock: ManualClock;
  /** As `connect` settles. */
  readonly connecting: Promise<Connection>;
  /** Undefined once the connection is over without fault, else the cause; never rejects. */
  readonly over: Promise<unknown>;
  /** Of stage "in a session": its channel has number 0 here. */
  readonly session: Session | undefined;
  /** The server does what it was kept from, and is honest from here on. */
  resume(): Promise<void>;
}

/** Cheap to compute, and synchronous for small packets; without strict key exchange the first is not taken. */
const cheap = (strict: boolean): ScriptedOptions => ({
  kex: ["curve25519-sha256"],
  cipher: [strict ? "chacha20-poly1305@openssh.com" : "aes128-ctr"],
});

/** Of a session, so that few packets fill it. */
export const SMALL_WINDOW = 64 * 1024;

/** Resolves when that moment is there. Rejects with what ended the connection before it. */
export async function reach(
  stage: Stage,
  { server: script = {}, client = {}, pair }: StageOptions = {},
): Promise<Scene> {
  const [ours, theirs] = memoryPair(pair);
  const clock = manualClock();
  const pause = PAUSES[stage];
  let left = pause?.count ?? Number.POSITIVE_INFINITY;
  let go: () => Promise<void> = async () => {};
  let paused: () => void = () => {};
  const there = new Promise<void>((resolve) => {
    paused = resolve;
  });
  const holds = (of: Pause["of"], number: number, later: () => Promise<void>): boolean => {
    if (of !== pause?.of || number !== pause.number || left === 0 || --left > 0) return false;
    go = later;
    paused();
    return true;
  };
  const server = new ScriptedServer(theirs, {
    ...cheap(script.strict ?? true),
    // Says nothing by itself, so that the test has the word; a later command is answered.
    program: (channel, command) => (command === "anything" ? new Promise(() => {}) : echoCommand(channel, command)),
    ...script,
    incoming(packet, proceed, from) {
      if (holds("incoming", packet.number, proceed)) return undefined;
      return script.incoming ? script.incoming(packet, proceed, from) : proceed();
    },
    outgoing(payload, from) {
      if (holds("outgoing", payload[0] ?? 0, () => from.send(payload))) return [];
      return script.outgoing?.(payload, from) ?? [payload];
    },
  });
  void server.run();
  const connecting = connect({
    target: { host: "scripted.example", port: 22 },
    route: "direct",
    user: "alice",
    open: async () => ours,
    hostKeys: trustEveryone,
    prompts: answering({}),
    random: nodeRandom,
    clock,
    ...client,
  });
  const over = connecting.then(
    ({ closed }) => closed,
    (cause: unknown) => cause,
  );
  let session: Session | undefined;
  if (!pause) {
    const connection = await connecting;
    if (stage === "in a session") session = await connection.exec("anything", { window: SMALL_WINDOW });
  } else {
    if (pause.count > 1) (await connecting).rekey();
    await Promise.race([there, over.then((cause) => Promise.reject(cause))]);
    // Our own NEWKEYS is on its way when the server's is held back.
    if (pause.number === MSG.NEWKEYS) await server.until(MSG.NEWKEYS, pause.count);
  }
  const resume = (): Promise<void> => {
    const once = go;
    go = async () => {};
    return once();
  };
  return { server, clock, connecting, over, session, resume };
}
