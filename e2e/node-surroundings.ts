// What Node gives the engine, and ready-made answers for tests: trust everyone, log in with this password.

import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";
import type { Clock } from "../client/bytes/clock.ts";
import type { Random } from "../client/bytes/random.ts";
import { type OpenSocket, openRelayStream } from "../client/bytes/relay-stream.ts";
import type { Signer } from "../client/keys/signer.ts";
import type { HostKeyVerifier } from "../client/knownhosts/claim.ts";
import type { LoginPrompts } from "../client/login/prompt.ts";
import type { ConnectOptions } from "../client/ssh.ts";
import { RELAY_PATH } from "../shared/relay-protocol.ts";
import type { Target } from "../shared/target.ts";
import { openTcpStream } from "./tcp-stream.ts";

export const nodeClock: Clock = {
  now: () => performance.now(),
  after(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};

export const nodeRandom: Random = (length) => new Uint8Array(randomBytes(length));

export const trustEveryone: HostKeyVerifier = { verify: async () => "accept" };

export interface Answers {
  /** In order: a second one is given when the first was refused. */
  readonly passwords?: readonly string[];
  readonly signer?: Signer;
  /** For each round of keyboard-interactive, one answer a prompt. */
  readonly challenges?: readonly (readonly string[])[];
}

const utf8 = new TextEncoder();

/** Never asks a person: answers run out, and then it cancels. */
export function answering({ passwords = [], signer, challenges = [] }: Answers): LoginPrompts {
  const left = [...passwords];
  const rounds = [...challenges];
  return {
    async credential(question) {
      if (signer && question.key && question.problem !== "key-refused") return { kind: "key", signer };
      const password = left.shift();
      if (password !== undefined && question.password) return { kind: "password", password: utf8.encode(password) };
      return question.challenge ? { kind: "challenge" } : null;
    },
    challenge: async () => rounds.shift()?.map((answer) => utf8.encode(answer)) ?? null,
    newPassword: async () => null,
    banner: () => {},
  };
}

/** Straight to a port of this machine. */
export function direct(
  port: number,
  user: string,
  answers: Answers,
  rest: Partial<ConnectOptions> = {},
): ConnectOptions {
  return {
    target: { host: "127.0.0.1", port },
    route: "direct",
    user,
    open: (signal) => openTcpStream(port, "127.0.0.1", signal),
    hostKeys: trustEveryone,
    prompts: answering(answers),
    random: nodeRandom,
    clock: nodeClock,
    ...rest,
  };
}

/** A WebSocket as a page at `origin` would open it; what a browser masks and hides is the library's matter here. */
function nodeSocket(origin: string): OpenSocket {
  return (url, subprotocol, events) => {
    const socket = new WebSocket(url, subprotocol, { origin, perMessageDeflate: false });
    socket.binaryType = "arraybuffer";
    socket.on("open", () => events.opened());
    socket.on("message", (data, binary) => events.message(binary ? data : Buffer.from(data as ArrayBuffer).toString()));
    socket.on("error", () => {}); // "close" follows
    socket.on("close", (code) => events.closed(code));
    return {
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      send: (data) => socket.send(data),
      close: (code) => socket.close(code),
    };
  };
}

interface Relay {
  readonly origin: string;
  readonly token?: string;
  /** The origin that the page says it is of: the relay's own unless given. */
  readonly page?: string;
}

/** The same through a relay, whose steps are told as milestones are. */
export function relayed(
  { origin, token, page = origin }: Relay,
  target: Target,
  user: string,
  answers: Answers,
  rest: Partial<ConnectOptions> = {},
  progress: (state: "reached" | "allowed" | "answered") => void = () => {},
): ConnectOptions {
  return {
    ...direct(target.port, user, answers),
    target,
    route: origin,
    open: (signal) =>
      openRelayStream({
        url: `${origin.replace(/^http/, "ws")}${RELAY_PATH}`,
        token,
        target,
        socket: nodeSocket(page),
        clock: nodeClock,
        signal,
        progress,
      }),
    ...rest,
  };
}
