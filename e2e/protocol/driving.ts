// How the protocol tests drive a connection: open it and be sure to close it, run a command, send much and hash it at both
// ends, wait for words on a terminal.

import { createHash } from "node:crypto";
import type { Random } from "../../client/bytes/random.ts";
import type { Exit } from "../../client/mux/exit.ts";
import type { ExecuteOptions, Session } from "../../client/mux/session.ts";
import { type Connection, type ConnectOptions, connect } from "../../client/ssh.ts";
import { nodeRandom } from "../node-surroundings.ts";

const utf8 = new TextEncoder();

/** Connects, does the work, and closes whatever came of it. */
export async function connected<T>(options: ConnectOptions, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connect(options);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** What a promise was rejected with; an error of the test when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("it should have failed");
    },
    (error: unknown) => error,
  );
}

interface Ran {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that says little, from its start to its end. */
export async function run(connection: Connection, command: string, options?: ExecuteOptions): Promise<Ran> {
  const session = await connection.exec(command, options);
  session.end();
  const said = { stdout: "", stderr: "" };
  for (let chunk = await session.read(); chunk; chunk = await session.read()) {
    said[chunk.stream] += Buffer.from(chunk.bytes).toString();
    session.credit(chunk.bytes.length);
  }
  return { exit: await session.exit, ...said };
}

/** Bytes that no compression and no shift by a packet leaves alike: SHA-256 of a counter, again and again. */
export function noise(length: number): Uint8Array<ArrayBuffer> {
  const block = createHash("sha256");
  const bytes = new Uint8Array(length);
  for (let at = 0, count = 0; at < length; at += 32, count++) {
    const piece = block.copy().update(String(count)).digest();
    bytes.set(piece.subarray(0, Math.min(32, length - at)), at);
  }
  return bytes;
}

interface Hashes {
  /** Of what we wrote. */
  readonly sent: string;
  /** Of what the server's `sha256sum` had from us. */
  readonly there: string;
  /** Of what came back. */
  readonly back: string;
  readonly exit: Exit;
}

interface RoundTripOptions {
  /** Called once, when about half is written: the rest can only follow. */
  readonly midway?: () => void;
  /** Called with the sum of bytes that have come back so far. */
  readonly received?: (bytes: number) => void;
}

const PIECE = 64 * 1024;

/** Sends the bytes, has the server hash them and send them back, both at once. Needs bash over there. */
export async function roundTrip(
  connection: Connection,
  bytes: Uint8Array,
  { midway = () => {}, received = () => {} }: RoundTripOptions = {},
): Promise<Hashes> {
  const session = await connection.exec("tee >(sha256sum >&2); wait $!");
  const write = async () => {
    let half = false;
    for (let at = 0; at < bytes.length; at += PIECE) {
      await session.write(bytes.slice(at, at + PIECE));
      if (half || at + PIECE < bytes.length / 2) continue;
      half = true;
      midway();
    }
    session.end();
  };
  const read = async () => {
    const back = createHash("sha256");
    let there = "";
    let sum = 0;
    for (let chunk = await session.read(); chunk; chunk = await session.read()) {
      if (chunk.stream === "stderr") there += Buffer.from(chunk.bytes).toString();
      else {
        back.update(chunk.bytes);
        sum += chunk.bytes.length;
        received(sum);
      }
      session.credit(chunk.bytes.length);
    }
    return { back: back.digest("hex"), there: there.slice(0, 64) };
  };
  const [{ back, there }] = await Promise.all([read(), write()]);
  return { sent: createHash("sha256").update(bytes).digest("hex"), there, back, exit: await session.exit };
}

/** Randomness that tells of key exchanges: the cookie of our KEXINIT has 16 bytes, and nothing else is drawn in that size. */
export function tellingExchanges(begun: () => void): Random {
  return (length) => {
    if (length === 16) begun();
    return nodeRandom(length);
  };
}

export const DONE: Exit = { kind: "status", status: 0 };

/** What `roundTrip` gives when nothing was lost, doubled or altered. */
export function intact(bytes: Uint8Array): Hashes {
  const hash = createHash("sha256").update(bytes).digest("hex");
  return { sent: hash, there: hash, back: hash, exit: DONE };
}

/** So much of what nobody waited for is kept: enough for any screen, little enough to search again and again. */
const SCREEN_TEXT = 16 * 1024;

/** What a terminal session shows, and its keyboard. */
export class Screen {
  readonly #session: Session;
  #text = "";
  #bytes = 0;
  #watchers: (() => void)[] = [];

  /** Reads and credits everything from now on. */
  constructor(session: Session) {
    this.#session = session;
    // Its end is told by the session itself.
    void this.#follow().catch(() => {});
  }

  type(text: string): Promise<void> {
    return this.#session.write(utf8.encode(text));
  }

  /** The first match in what came after the last one that was waited for. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#text);
      if (match) {
        this.#text = this.#text.slice(match.index + match[0].length);
        return match;
      }
      await this.#more();
    }
  }

  /** Resolves once so many bytes have been shown. */
  async flowed(bytes: number): Promise<void> {
    while (this.#bytes < bytes) await this.#more();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#watchers.push(resolve));
  }

  async #follow(): Promise<void> {
    for (let chunk = await this.#session.read(); chunk; chunk = await this.#session.read()) {
      this.#bytes += chunk.bytes.length;
      this.#text = (this.#text + Buffer.from(chunk.bytes).toString("latin1")).slice(-SCREEN_TEXT);
      this.#session.credit(chunk.bytes.length);
      for (const wake of this.#watchers.splice(0)) wake();
    }
  }
}
