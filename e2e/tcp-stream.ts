// A ByteStream over plain TCP, so that the engine can be driven in Node with neither relay nor browser.

import { connect, type Socket } from "node:net";
import { SshError, type SshErrorCode } from "../client/bytes/errors.ts";
import type { ByteStream } from "../client/bytes/stream.ts";

/** Codes of a failed connect, as the relay would name them. */
const FAILURES: Readonly<Record<string, SshErrorCode>> = {
  ECONNREFUSED: "target-refused",
  ECONNRESET: "lost", // it was there for a moment
};

export function openTcpStream(port: number, host: string, signal: AbortSignal): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, noDelay: true });
    // Only while it opens: later the engine closes the stream, after its goodbye.
    const abort = () => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    const forget = () => signal.removeEventListener("abort", abort);
    socket.once("connect", () => {
      forget();
      resolve(tcpStream(socket));
    });
    socket.once("error", (cause: NodeJS.ErrnoException) => {
      forget();
      reject(new SshError(FAILURES[cause.code ?? ""] ?? "target-unreachable", cause.message, { cause }));
    });
  });
}

export function tcpStream(socket: Socket): ByteStream {
  const chunks = socket.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  let reason: SshError | undefined;
  socket.on("error", (cause) => {
    reason ??= new SshError("lost", cause.message, { cause });
  });
  let waiting: Promise<void> | undefined;
  /** One wait for all who write meanwhile. */
  const room = () => {
    waiting ??= new Promise((resolve, reject) => {
      const drained = () => settle(resolve);
      const closed = () => settle(() => reject(reason ?? new SshError("lost", "The connection is closed.")));
      const settle = (act: () => void) => {
        waiting = undefined;
        socket.off("drain", drained).off("close", closed);
        act();
      };
      socket.on("drain", drained).on("close", closed);
    });
    return waiting;
  };
  return {
    async read() {
      try {
        const next = await chunks.next();
        return next.done ? null : new Uint8Array(next.value as Buffer);
      } catch {
        return null;
      }
    },
    write(chunk) {
      if (socket.destroyed) return Promise.reject(reason ?? new SshError("lost", "The connection is closed."));
      return socket.write(chunk) ? Promise.resolve() : room();
    },
    end: () => void socket.end(),
    close(cause) {
      reason ??= cause;
      // What is written still goes out; then both directions are over.
      socket.destroySoon();
    },
    closed: new Promise((resolve) => socket.once("close", () => resolve(reason))),
  };
}
