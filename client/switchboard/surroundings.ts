// What a browser gives the engine: time, randomness, sockets. The only file of the worker that touches these globals.

import type { Clock } from "../bytes/clock.ts";
import type { Random } from "../bytes/random.ts";
import type { OpenSocket } from "../bytes/relay-stream.ts";

export const browserClock: Clock = {
  now: () => performance.now(),
  after(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};

export const browserRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length));

export const browserSocket: OpenSocket = (url, subprotocol, { opened, message, closed }) => {
  const socket = new WebSocket(url, subprotocol);
  socket.binaryType = "arraybuffer";
  socket.onopen = opened;
  socket.onmessage = ({ data }) => message(data);
  socket.onclose = ({ code }) => closed(code);
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    copiesWrites: true,
    send: (data) => socket.send(data as string | Uint8Array<ArrayBuffer>),
    close: (code) => socket.close(code),
  };
};

const turns = new MessageChannel();
const turning: (() => void)[] = [];
turns.port1.onmessage = () => turning.shift()?.();

/** Runs a task after what the event loop has in hand. A message, since timers are clamped to 4 ms. */
export function soon(task: () => void): void {
  turning.push(task);
  turns.port2.postMessage(undefined);
}

/** Lets the worker's other messages in between slices of long computations. */
export const yieldNow = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
