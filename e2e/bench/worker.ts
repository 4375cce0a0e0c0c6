// The product's engine in a worker, as the product runs it, with a stopwatch in place of a terminal. What is downloaded is
// handed to the window, which gives the credit back, so that the whole way of a byte is measured.

import { openRelayStream } from "../../client/bytes/relay-stream.ts";
import { type Connection, connect } from "../../client/ssh.ts";
import { Output } from "../../client/switchboard/output.ts";
import { browserClock, browserRandom, browserSocket, soon } from "../../client/switchboard/surroundings.ts";
import type { FromBenchWorker, Job, ToBenchWorker } from "./messages.ts";

declare const self: DedicatedWorkerGlobalScope;

let connection: Connection | undefined;
let credit: (bytes: number) => void = () => {};
const post = (message: FromBenchWorker, transfer: Transferable[] = []) => self.postMessage(message, transfer);

self.onmessage = ({ data }: MessageEvent<ToBenchWorker>) => {
  if (data.type === "taken") credit(data.bytes);
  else
    perform(data.work).then(
      (result) => post({ type: "done", job: data.job, result }),
      (error: unknown) => post({ type: "failed", job: data.job, message: String(error) }),
    );
};

async function perform(work: Job): Promise<unknown> {
  if (work.kind === "connect") return open(work);
  if (!connection) throw new Error("not connected");
  switch (work.kind) {
    case "run":
      return run(connection, work.command);
    case "download":
      return download(connection, work.command, work.bytes);
    case "upload":
      return upload(connection, work.command, work.bytes);
    case "echo":
      return echo(connection, work.count);
    case "close":
      await connection.close();
      connection = undefined;
      return undefined;
  }
}

async function open({
  url,
  token,
  host = "127.0.0.1",
  port = 22,
  user,
  password,
  cipher,
}: Job & { kind: "connect" }): Promise<number> {
  const begun = performance.now();
  connection = await connect({
    target: { host, port },
    route: url,
    user,
    open: (signal) =>
      openRelayStream({
        url,
        token,
        target: { host, port },
        socket: browserSocket,
        clock: browserClock,
        signal,
        progress: () => {},
      }),
    hostKeys: { verify: async () => "accept" },
    prompts: {
      credential: async () => ({ kind: "password", password: new TextEncoder().encode(password) }),
      challenge: async () => null,
      newPassword: async () => null,
      banner: () => {},
    },
    random: browserRandom,
    clock: browserClock,
    ...(cipher === undefined ? {} : { preferences: { cipher: [cipher] } }),
  });
  return performance.now() - begun;
}

async function run(open: Connection, command: string): Promise<{ status: unknown; output: string }> {
  const session = await open.exec(command);
  const decoder = new TextDecoder();
  let output = "";
  for (let chunk = await session.read(); chunk; chunk = await session.read()) {
    output += decoder.decode(chunk.bytes, { stream: true });
    session.credit(chunk.bytes.length);
  }
  return { status: await session.exit, output };
}

/** Milliseconds from the request to the last of `bytes`. */
async function download(open: Connection, command: string, bytes: number): Promise<number> {
  const begun = performance.now();
  const session = await open.exec(command);
  credit = (taken) => session.credit(taken);
  const output = new Output((own) => post({ type: "chunk", bytes: own }, [own.buffer]), soon);
  let left = bytes;
  while (left > 0) {
    const chunk = await session.read();
    if (!chunk) throw new Error(`ended ${left} bytes too early`);
    left -= chunk.bytes.length;
    output.push(chunk.bytes);
  }
  output.flush();
  const elapsed = performance.now() - begun;
  session.close();
  return elapsed;
}

/** Milliseconds until the command has read all and ended. */
async function upload(open: Connection, command: string, bytes: number): Promise<number> {
  const begun = performance.now();
  const session = await open.exec(command);
  const block = new Uint8Array(256 * 1024);
  for (let left = bytes; left > 0; left -= block.length)
    await session.write(block.subarray(0, Math.min(left, block.length)));
  session.end();
  while (await session.read());
  await session.exit;
  return performance.now() - begun;
}

/** Microseconds of each round trip of 36 bytes through `cat`. */
async function echo(open: Connection, count: number): Promise<number[]> {
  const session = await open.exec("cat");
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const begun = performance.now();
    await session.write(new Uint8Array(36).fill(97));
    for (let got = 0; got < 36; ) {
      const chunk = await session.read();
      if (!chunk) throw new Error("cat ended");
      got += chunk.bytes.length;
      session.credit(chunk.bytes.length);
    }
    times.push((performance.now() - begun) * 1000);
  }
  session.close();
  return times;
}
