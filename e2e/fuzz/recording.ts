// A whole connection, recorded once and replayed as often as one likes with something changed: the client's randomness is
// the same each time, so that the server's bytes, which are only a recording, still fit.

import { memoryPair } from "../../client/bytes/memory.ts";
import type { ByteStream } from "../../client/bytes/stream.ts";
import { type ConnectOptions, connect } from "../../client/ssh.ts";
import { answering, trustEveryone } from "../node-surroundings.ts";
import { manualClock } from "../scripted/clock.ts";
import { seededRandom } from "../scripted/seeded.ts";
import { type ScriptedOptions, ScriptedServer } from "../scripted/server.ts";
import { untilQuiet } from "./quiet.ts";

/** What is connected to, and how. */
export interface Subject {
  readonly name: string;
  readonly server: ScriptedOptions;
  readonly client?: Partial<ConnectOptions>;
}

interface Piece {
  readonly bytes: Uint8Array;
  /** How much the client had written when it came: it answers that. */
  readonly after: number;
}

export interface Recording {
  readonly subject: Subject;
  readonly pieces: readonly Piece[];
  /** Of all pieces. */
  readonly length: number;
}

/** "works", or the code of the error it ended with; anything else that is thrown is thrown on. */
export interface Replayed {
  readonly end: string;
  readonly cause: unknown;
  /** Of CPU, all of this process's. */
  readonly milliseconds: number;
}

const GREETING = "Welcome\r\nSSH-2.0-Scripted_1\r\n";

export async function record(subject: Subject): Promise<Recording> {
  const [ours, theirs] = memoryPair();
  const server = new ScriptedServer(theirs, {
    greeting: GREETING,
    extensions: { "server-sig-algs": "ssh-ed25519,rsa-sha2-256", "ping@openssh.com": "0" },
    ...subject.server,
    random: seededRandom(`server ${subject.name}`),
  });
  void server.run();
  const pieces: Piece[] = [];
  let written = 0;
  const stream: ByteStream = {
    ...ours,
    async read() {
      const bytes = await ours.read();
      if (bytes) pieces.push({ bytes: bytes.slice(), after: written });
      return bytes;
    },
    write(chunk) {
      written += chunk.length;
      return ours.write(chunk);
    },
  };
  const { end, cause } = await use(subject, stream);
  if (end !== "works") throw new Error(`${subject.name} does not work at all: ${end}`, { cause });
  return { subject, pieces, length: pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}

/** `alter` gets each piece as a copy with its place in the whole, and may return fewer bytes; undefined ends the stream there. */
export async function replay(
  { subject, pieces }: Recording,
  alter: (bytes: Uint8Array, at: number) => Uint8Array | undefined,
): Promise<Replayed> {
  let next = 0;
  let at = 0;
  let written = 0;
  let reads = 0;
  let closed = false;
  let settle: (cause: undefined) => void = () => {};
  const over = new Promise<undefined>((resolve) => {
    settle = resolve;
  });
  const ready = () => closed || written >= (pieces[next]?.after ?? Number.POSITIVE_INFINITY);
  const stream: ByteStream = {
    async read() {
      reads++;
      if (!ready()) await untilQuiet(ready, () => written + reads);
      const piece = pieces[next];
      if (closed || !piece || written < piece.after) return null;
      const altered = alter(piece.bytes.slice(), at);
      next++;
      at += piece.bytes.length;
      if (altered === undefined || altered.length < piece.bytes.length) next = pieces.length;
      return altered ?? null;
    },
    async write(chunk) {
      if (closed) throw new Error("written after the end");
      written += chunk.length;
    },
    async end() {},
    close() {
      closed = true;
      settle(undefined);
    },
    closed: over,
  };
  return use(subject, stream);
}

/** Connects, runs a command, and leaves. */
async function use(subject: Subject, stream: ByteStream): Promise<Replayed> {
  const before = process.cpuUsage();
  const came = await work(subject, stream);
  const { user, system } = process.cpuUsage(before);
  return { ...came, milliseconds: (user + system) / 1000 };
}

async function work(subject: Subject, stream: ByteStream): Promise<Omit<Replayed, "milliseconds">> {
  try {
    const connection = await connect({
      target: { host: "recorded.example", port: 22 },
      route: "direct",
      user: "alice",
      open: async () => stream,
      hostKeys: trustEveryone,
      prompts: answering({}),
      random: seededRandom(`client ${subject.name}`),
      clock: manualClock(),
      ...subject.client,
    });
    try {
      const session = await connection.exec("hello");
      let said = "";
      for (let chunk = await session.read(); chunk; chunk = await session.read()) {
        said += new TextDecoder().decode(chunk.bytes);
        session.credit(chunk.bytes.length);
      }
      const exit = await session.exit;
      if (said !== "hello\n" || exit.kind !== "status" || exit.status !== 0) return { end: "changed", cause: said };
      await connection.close();
      const cause = await connection.closed;
      return { end: cause?.code ?? "works", cause };
    } finally {
      await connection.close();
    }
  } catch (cause) {
    return { end: (cause as { code?: string }).code ?? "thrown", cause };
  }
}
