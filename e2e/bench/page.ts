// Sets `window.bench`: the product's engine in its worker, and beside it a raw WebSocket read in the window.

import type { ConnectJob, FromBenchWorker, Job, ToBenchWorker } from "./messages.ts";

declare global {
  interface Window {
    bench: Bench;
  }
}

export interface Bench {
  /** Milliseconds from nothing to logged in. */
  connect(job: ConnectJob): Promise<number>;
  run(job: { command: string }): Promise<{ status: unknown; output: string }>;
  download(job: { command: string; bytes: number }): Promise<number>;
  upload(job: { command: string; bytes: number }): Promise<number>;
  /** Microseconds, one a round trip. */
  echo(job: { count: number }): Promise<number[]>;
  close(): Promise<void>;
  /** The raw relay: no SSH, no checks. */
  rawDownload(job: { url: string; bytes: number }): Promise<number>;
  rawUpload(job: { url: string; bytes: number }): Promise<number>;
  rawEcho(job: { url: string; count: number }): Promise<number[]>;
}

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
let last = 0;

worker.onmessage = ({ data }: MessageEvent<FromBenchWorker>) => {
  if (data.type === "chunk") {
    worker.postMessage({ type: "taken", bytes: data.bytes.length } satisfies ToBenchWorker);
    return;
  }
  const job = waiting.get(data.job);
  waiting.delete(data.job);
  if (data.type === "done") job?.resolve(data.result as never);
  else job?.reject(new Error(data.message));
};

function perform<T>(work: Job): Promise<T> {
  return new Promise((resolve, reject) => {
    const job = ++last;
    waiting.set(job, { resolve, reject });
    worker.postMessage({ type: "job", job, work } satisfies ToBenchWorker);
  });
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
  connect: (job) => perform({ kind: "connect", ...job }),
  run: (job) => perform({ kind: "run", ...job }),
  download: (job) => perform({ kind: "download", ...job }),
  upload: (job) => perform({ kind: "upload", ...job }),
  echo: (job) => perform({ kind: "echo", ...job }),
  close: () => perform({ kind: "close" }),

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
