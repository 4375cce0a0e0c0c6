// One TCP connection to an address that the policy has judged. Never resolves: what comes in is dialled as it is, the
// addresses a quarter of a second apart (RFC 8305 5), and the first that answers wins.

import { connect, type Socket } from "node:net";
import type { CloseName } from "../shared/close-codes.ts";
import { parseAddress, sameAddress, unwrap } from "./addresses.ts";

/** A read of up to 256 KiB becomes one message, which Chromium takes 1.2 times as fast as 64 KiB. */
const READ_SIZE = 256 * 1024;
/** A write says "wait" from here on. */
const WRITE_HIGH_WATER = 256 * 1024;
const STAGGER_MS = 250;
const KEEP_ALIVE_MS = 60_000;

/**
 * Every socket reads into this one buffer: a read fills it and hands it over within one turn of the event loop, and what
 * is kept is copied out there. An idle connection costs no buffer.
 */
const shared = Buffer.allocUnsafeSlow(READ_SIZE);

/** The chunk is lent until it returns; false stops reading until `socket.resume()`. */
type Receive = (chunk: Buffer) => boolean;

/** Connected, and not reading before `start`. Whoever holds it ends it. */
export interface Dialled {
  readonly socket: Socket;
  start(receive: Receive): void;
}

export class DialError extends Error {
  readonly close: CloseName;
  constructor(close: CloseName) {
    super(close);
    this.close = close;
  }
}

/** What to tell when several addresses failed: the first of these that happened. */
const TELLING = ["target-refused", "target-reset", "target-timeout", "target-unreachable", "relay-error"] as const;

const REASONS: Readonly<Record<string, (typeof TELLING)[number]>> = {
  ECONNREFUSED: "target-refused",
  ECONNRESET: "target-reset",
  ETIMEDOUT: "target-timeout",
  EHOSTUNREACH: "target-unreachable",
  ENETUNREACH: "target-unreachable",
  EHOSTDOWN: "target-unreachable",
  ENETDOWN: "target-unreachable",
  EADDRNOTAVAIL: "target-unreachable",
  EAFNOSUPPORT: "target-unreachable",
  EACCES: "target-unreachable",
  EPERM: "target-unreachable",
  EINVAL: "target-unreachable",
};

/** Rejects with a DialError; on abort, with `abortedAs`, and nothing is left connecting. */
export function dial(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
  abortedAs: () => CloseName,
): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<Socket>();
    const failures = new Set<CloseName>();
    let next = 0;
    let stagger: NodeJS.Timeout | undefined;

    const settle = (outcome: Dialled | CloseName): void => {
      clearTimeout(stagger);
      next = addresses.length;
      signal.removeEventListener("abort", abort);
      for (const socket of waiting) socket.destroy();
      waiting.clear();
      if (typeof outcome === "string") reject(new DialError(outcome));
      else resolve(outcome);
    };
    const abort = (): void => settle(abortedAs());
    const attempt = (): void => {
      clearTimeout(stagger);
      const address = addresses[next++];
      if (address === undefined) {
        if (waiting.size === 0) settle(TELLING.find((reason) => failures.has(reason)) ?? "target-unreachable");
        return;
      }
      const dialled = open(address, port);
      const { socket } = dialled;
      waiting.add(socket);
      stagger = setTimeout(attempt, STAGGER_MS);
      socket.once("connect", () => {
        if (!waiting.delete(socket)) return;
        const fault = judge(socket, address);
        if (fault) socket.destroy();
        settle(fault ?? dialled);
      });
      // Stays for the socket's life: an error between here and the pipe must not end the process.
      socket.on("error", (error: NodeJS.ErrnoException) => {
        if (!waiting.delete(socket)) return;
        failures.add(REASONS[error.code ?? ""] ?? "relay-error");
        attempt();
      });
    };

    if (signal.aborted) return reject(new DialError(abortedAs()));
    signal.addEventListener("abort", abort, { once: true });
    attempt();
  });
}

type Ends = Pick<Socket, "remoteAddress" | "remotePort" | "localAddress" | "localPort">;

/** The socket must have reached what was judged; and not itself, which TCP allows on a loopback port nobody listens on. */
export function judge(socket: Ends, address: string): CloseName | undefined {
  // It had its end already when it was asked where it goes.
  if (socket.remoteAddress === undefined) return "target-reset";
  const [reached, meant] = [socket.remoteAddress, address].map((text) => {
    const parsed = parseAddress(text.replace(/%.*$/, ""));
    return parsed && (unwrap(parsed)[0] ?? parsed);
  });
  if (!reached || !meant || !sameAddress(reached, meant)) return "target-denied";
  const itself = socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
  return itself ? "target-refused" : undefined;
}

function open(address: string, port: number): Dialled {
  let receive: Receive = () => true;
  const options = {
    host: address,
    port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    writableHighWaterMark: WRITE_HIGH_WATER,
    onread: {
      buffer: shared,
      callback: (length: number): boolean => receive(shared.subarray(0, length)),
    },
  };
  const socket = connect(options);
  // Connected sockets read on their own; nothing may arrive before `start` has said where to.
  socket.pause();
  return {
    socket,
    start: (to) => {
      receive = to;
      socket.resume();
    },
  };
}
