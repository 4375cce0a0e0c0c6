// What a hostile server does, as data: how far it is honest, what it does then, and what must come of it. Played against
// the whole engine on a memory pipe, with a clock that moves only when the trace says so.

import { equal } from "../../client/bytes/bytes.ts";
import type { SshError, SshErrorCode } from "../../client/bytes/errors.ts";
import { MSG } from "../../client/framing/numbers.ts";
import type { Exit } from "../../client/mux/exit.ts";
import { reach, type Scene, type Stage, type StageOptions } from "./stage.ts";

export type Step =
  /** Payloads, sealed and sent in one breath, whatever the state. */
  | { readonly send: Uint8Array | readonly Uint8Array[] }
  /** As a well-behaved server sends them: above 49 they wait while a key exchange runs. */
  | { readonly sendInTurn: Uint8Array }
  /** The same payload so many times. */
  | { readonly flood: Uint8Array; readonly times: number }
  /** Bytes that are no packet. */
  | { readonly bytes: Uint8Array }
  /** A packet with one bit of its sealed bytes changed. */
  | { readonly flip: Uint8Array; readonly bit: number }
  /** A packet that was cut off on the way: the next one has a number too many. */
  | { readonly lost: true }
  /** Waits for the client's `count`th message of a number, or for exactly this payload. */
  | { readonly expect: number | Uint8Array; readonly count?: number }
  /** The server goes on as an honest one would have. */
  | { readonly resume: true }
  | { readonly rekey: "server" | "client" }
  | { readonly advance: number }
  | { readonly hangUp: true };

export interface Trace extends StageOptions {
  /** Names its pitfall or requirement. */
  readonly title: string;
  readonly at: Stage;
  readonly steps: readonly Step[];
  /** How the connection ends; "works" when a command runs and it closes without fault. */
  readonly ends: SshErrorCode | "works";
  /** The code of our DISCONNECT; undefined where none may come. By default what RFC 4253 11.1 has for `ends`. */
  readonly goodbye?: number | undefined;
  /** Of the session, in stage "in a session". */
  readonly exit?: Exit | SshErrorCode;
}

export interface Ended {
  readonly ends: SshErrorCode | "works";
  readonly goodbye: number | undefined;
  readonly exit: Exit | SshErrorCode | undefined;
  /** The server's words, where an error quotes them. */
  readonly quoted: string | undefined;
  /** Numbers of all that the client sent, in order. */
  readonly sent: readonly number[];
  /** Timers that nobody cancelled. */
  readonly timers: number;
}

const GOODBYES: Readonly<Partial<Record<SshErrorCode | "works", number>>> = {
  works: 11,
  aborted: 11,
  protocol: 2,
  timeout: 2,
  negotiation: 3,
  integrity: 5,
  "host-key-unproved": 9,
  "host-key-changed": 9,
  authentication: 14,
};

/** What `play` must come to. */
export function expected(trace: Trace): Pick<Ended, "ends" | "goodbye" | "exit" | "timers"> {
  const goodbye = "goodbye" in trace ? trace.goodbye : GOODBYES[trace.ends];
  return { ends: trace.ends, goodbye, exit: trace.exit, timers: 0 };
}

/** Real time after which a connection that should have ended is taken to be stuck. */
const STUCK_MS = 8_000;

export async function play(trace: Trace): Promise<Ended> {
  const scene = await reach(trace.at, trace);
  const exit = scene.session?.exit.catch((cause: SshError) => cause.code);
  for (const step of trace.steps) await within(STUCK_MS, take(scene, step));
  if (trace.ends === "works") await works(scene).catch(() => {});
  const cause = (await within(STUCK_MS, scene.over)) as SshError | undefined;
  await scene.server.ended;
  const sent = scene.server.received.map(({ number }) => number);
  keptOrder(sent);
  const goodbye = scene.server.received.find(({ number }) => number === MSG.DISCONNECT)?.payload[4];
  return {
    ends: cause === undefined ? "works" : cause.code,
    goodbye,
    exit: trace.exit === undefined ? undefined : await exit,
    quoted: cause?.quoted,
    sent,
    timers: scene.clock.pending,
  };
}

async function take(scene: Scene, step: Step): Promise<void> {
  const { server, clock } = scene;
  if ("send" in step) {
    const payloads = step.send instanceof Uint8Array ? [step.send] : step.send;
    await Promise.all(payloads.map((payload) => server.sendNow(payload)));
  } else if ("sendInTurn" in step) await server.send(step.sendInTurn);
  else if ("flood" in step) await flood(scene, step.times, () => step.flood);
  else if ("bytes" in step) await server.sendBytes(step.bytes);
  else if ("flip" in step) await server.sendFlipped(step.flip, step.bit);
  else if ("lost" in step) server.sequence = (server.sequence + 1) >>> 0;
  else if ("resume" in step) await scene.resume();
  else if ("rekey" in step) {
    if (step.rekey === "server") server.rekey();
    else (await scene.connecting).rekey();
  } else if ("advance" in step) clock.advance(step.advance);
  else if ("hangUp" in step) await server.hangUp();
  else if (typeof step.expect === "number") await server.until(step.expect, step.count);
  else {
    const { expect } = step;
    await server.untilOne((payload) => equal(payload, expect));
  }
}

/** So many payloads, without more of them in memory than a thousand. Ends when the connection does. */
export async function flood(
  { server, over }: Pick<Scene, "server" | "over">,
  times: number,
  payload: (i: number) => Uint8Array,
): Promise<void> {
  let ended = false;
  void over.then(() => {
    ended = true;
  });
  for (let i = 0; i < times && !ended; i++) {
    const written = server.send(payload(i));
    if (i % 1000 === 999 && (await Promise.race([written, over, deaf()])) === "deaf") return;
  }
}

/** A client that takes nothing for so long has ended, and waits for us to take its goodbye. */
const deaf = () => new Promise<"deaf">((resolve) => setTimeout(resolve, 1000, "deaf"));

/** The connection still does what it is for, and says goodbye. */
export async function works(scene: Scene): Promise<void> {
  await scene.resume();
  const connection = await scene.connecting;
  const session = await connection.exec("hello");
  session.end();
  let said = "";
  for (let chunk = await session.read(); chunk; chunk = await session.read()) {
    said += new TextDecoder().decode(chunk.bytes);
    session.credit(chunk.bytes.length);
  }
  const exit = await session.exit;
  if (said !== "hello\n" || exit.kind !== "status" || exit.status !== 0) throw new Error("the echo is another");
  await connection.close();
}

/** Nothing of the login before the keys are ours, and nothing at all behind a goodbye. */
function keptOrder(sent: readonly number[]): void {
  const [newKeys, service, login] = [MSG.NEWKEYS, MSG.SERVICE_REQUEST, MSG.USERAUTH_REQUEST].map((number) =>
    sent.indexOf(number),
  ) as [number, number, number];
  if (service >= 0 && (newKeys < 0 || service < newKeys)) throw new Error("SERVICE_REQUEST under no keys");
  if (login >= 0 && login < service) throw new Error("a login before its service");
  const goodbye = sent.indexOf(MSG.DISCONNECT);
  if (goodbye >= 0 && goodbye !== sent.length - 1) throw new Error("something behind the goodbye");
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the connection neither ended nor went on")), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
