// Sets `window.bench`: each client in a worker of its own, and beside them a raw WebSocket read in the window.

import type { FromBenchWorker, Job, ToBenchWorker } from "./messages.ts";

declare global {
  interface Window {
    bench: Bench;
  }
}

export type ClientName = "periwinkle" | "dev-tunnels";

export interface Bench {
  perform(job: { client: ClientName; work: Job }): Promise<unknown>;
  /** The raw relay: no SSH, no checks. Milliseconds. */
  rawDownload(job: { url: string; bytes: number }): Promise<number>;
  rawUpload(job: { url: string; bytes: number }): Promise<number>;
  /** Microseconds, one a round trip. */
  rawEcho(job: { url: string; count: number }): Promise<number[]>;
}

const workers: Readonly<Record<ClientName, Worker>> = {
  periwinkle: new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "periwinkle" }),
  "dev-tunnels": new Worker(new URL("./dev-tunnels.ts", import.meta.url), { type: "module", name: "dev-tunnels" }),
};
const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
let last = 0;
let broken: string | undefined;

for (const worker of Object.values(workers)) {
  worker.onerror = (event) => {
    broken = `a worker failed: ${event.message}`;
    for (const { reject } of waiting.values()) reject(new Error(`a worker failed: ${event.message}`));
    waiting.clear();
  };
  worker.onmessage = ({ data }: MessageEvent<FromBenchWorker>) => {
    if (data.type === "chunk") {
      const { length, buffer } = data.bytes;
      worker.postMessage({ type: "taken", bytes: length, spent: buffer } satisfies ToBenchWorker, [buffer]);
      return;
    }
    const job = waiting.get(data.job);
    waiting.delete(data.job);
    if (data.type === "done") job?.resolve(data.result);
    else job?.reject(new Error(data.message));
  };
}

function rawSocket(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(new Error("no raw relay"));
  });
}

/** The target reads a line, "down N" or "up N" or "echo", and does that. */
const order = (line: string) => new TextEncoder().encode(`${line}\n`);

window.bench = {
  perform: ({ client, work }) =>
    new Promise((resolve, reject) => {
      if (broken !== undefined) throw new Error(broken);
      const job = ++last;
      waiting.set(job, { resolve, reject });
      workers[client].postMessage({ type: "job", job, work } satisfies ToBenchWorker);
    }),

  async rawDownload({ url, bytes }) {
    const socket = await rawSocket(url);
    const begun = performance.now();
    socket.send(order(`down ${bytes}`));
    let left = bytes;
    await new Promise<void>((resolve) => {
      socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
        left -= data.byteLength;
        if (left <= 0) resolve();
      };
    });
    const elapsed = performance.now() - begun;
    socket.close();
    return elapsed;
  },

  async rawUpload({ url, bytes }) {
    const socket = await rawSocket(url);
    const begun = performance.now();
    socket.send(order(`up ${bytes}`));
    const done = new Promise<void>((resolve) => {
      socket.onmessage = () => resolve();
    });
    const block = new Uint8Array(64 * 1024);
    for (let left = bytes; left > 0; left -= block.length) {
      socket.send(block.subarray(0, Math.min(left, block.length)));
      while (socket.bufferedAmount > 4 * 1024 * 1024) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await done;
    const elapsed = performance.now() - begun;
    socket.close();
    return elapsed;
  },

  async rawEcho({ url, count }) {
    const socket = await rawSocket(url);
    socket.send(order("echo"));
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const begun = performance.now();
      const answered = new Promise<void>((resolve) => {
        socket.onmessage = () => resolve();
      });
      socket.send(new Uint8Array(36).fill(97));
      await answered;
      times.push((performance.now() - begun) * 1000);
    }
    socket.close();
    return times;
  },
};
