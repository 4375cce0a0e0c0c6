// A program at the other end (RFC 4254 6): a shell in a terminal, or one command. Setting up costs one round trip after
// the channel is open: all requests leave at once, as OpenSSH's own client does it, and the replies come in order.

import { SshError } from "../bytes/errors.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { Writer } from "../bytes/wire.ts";
import type { Channel } from "./channel.ts";
import type { Exit } from "./exit.ts";
import { readExit } from "./exit-report.ts";
import type { Chunk } from "./inbox.ts";
import type { Keystrokes } from "./keystrokes.ts";
import type { Multiplexer } from "./multiplexer.ts";
import { COOKED, encodeTerminalModes, type TerminalModes } from "./terminal-modes.ts";
import type { TerminalSize } from "./terminal-size.ts";
import { cancelled } from "./waits.ts";

interface Pty {
  readonly size: TerminalSize;
  /** TERM over there. */
  readonly term?: string;
  readonly modes?: TerminalModes;
}

interface SessionOptions {
  /** Offered to the server, which takes what its AcceptEnv allows and says nothing of the rest. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Bytes of output that the server may send before any is credited. */
  readonly window?: number;
  /** Gives up while the session is being opened. */
  readonly signal?: AbortSignal;
}

export type ShellOptions = Pty & SessionOptions;
export type ExecuteOptions = SessionOptions & { readonly pty?: Pty };

const NOTHING = new Uint8Array(0);

export class Session {
  readonly #channel: Channel;
  readonly #keystrokes: Keystrokes | undefined;
  readonly #send = (bytes: Uint8Array): Promise<void> => this.#channel.write(bytes);
  /**
   * How the program ended. Known at CLOSE and not before: the report may come after EOF, twice, or never. Rejects with the
   * cause when the connection died, for then nobody knows; also with the reason given to `close`.
   */
  readonly exit: Promise<Exit>;
  /** Settles when the session is over: undefined after a clean end, else the cause. Never rejects. */
  readonly closed: Promise<SshError | undefined>;

  /** With `keystrokes`, what is written is typed by a person. */
  constructor(channel: Channel, reported: () => Exit, keystrokes?: Keystrokes) {
    this.#channel = channel;
    this.#keystrokes = keystrokes;
    keystrokes?.terminal(channel.closed);
    this.closed = channel.closed;
    this.exit = channel.closed.then((cause) => {
      if (cause) throw cause;
      return reported();
    });
    this.exit.catch(() => undefined); // nobody has to ask how it ended
  }

  /** As Channel.read. */
  read(): Promise<Chunk | null> {
    return this.#channel.read();
  }

  /** As Channel.credit: call it once the bytes are on the screen or in the file. */
  credit(bytes: number): void {
    this.#channel.credit(bytes);
  }

  /** Resolves when it is fine to write more. In a terminal it may leave a step later, to hide the rhythm of typing. */
  write(bytes: Uint8Array): Promise<void> {
    if (!this.#keystrokes || !this.#channel.open) return this.#channel.write(bytes);
    return this.#keystrokes.write(bytes, this.#send);
  }

  end(): void {
    this.#keystrokes?.flush();
    this.#channel.end();
  }

  close(reason?: SshError): void {
    this.#keystrokes?.flush();
    this.#channel.close(reason);
  }

  /** RFC 4254 6.7. No reply is possible, and none is needed. */
  resize(size: TerminalSize): void {
    void this.#channel.request("window-change", sized(new Writer(), size).done(), false);
  }

  /** RFC 4254 6.9: a signal's name without SIG, e.g. "INT". Many servers ignore it. */
  signal(name: string): void {
    void this.#channel.request("signal", new Writer().text(name).done(), false);
  }
}

/** A login shell in a terminal. Rejects with `channel-refused`, `timeout`, or the cause of the connection's death. */
export function openShell(mux: Multiplexer, options: ShellOptions, keystrokes?: Keystrokes): Promise<Session> {
  return start(mux, options, options, keystrokes, async (channel) => {
    if (!(await channel.request("shell", NOTHING, true))) {
      throw new SshError("channel-refused", "The server gives this user no shell. Ask its operator.");
    }
  });
}

/** One command, by default without a terminal. Rejects as `openShell` does. */
export function execute(
  mux: Multiplexer,
  command: string,
  options: ExecuteOptions = {},
  keystrokes?: Keystrokes,
): Promise<Session> {
  return start(mux, options.pty, options, keystrokes, async (channel) => {
    if (!(await channel.request("exec", new Writer().text(command).done(), true))) {
      throw new SshError("channel-refused", "The server does not run commands for this user. Ask its operator.");
    }
  });
}

async function start(
  mux: Multiplexer,
  pty: Pty | undefined,
  { environment = {}, window, signal }: SessionOptions,
  keystrokes: Keystrokes | undefined,
  run: (channel: Channel) => Promise<void>,
): Promise<Session> {
  let reported: Exit | undefined;
  const requested = (name: string, data: Uint8Array, from: Channel): boolean => {
    if (name === "eow@openssh.com") {
      from.stopInput();
      return true;
    }
    const exit = readExit(name, data);
    reported ??= exit; // the first report is the true one
    return exit !== undefined;
  };
  const channel = await mux.openSession({
    requested,
    ...(window === undefined ? {} : { window }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (signal?.aborted) {
    channel.close();
    throw cancelled(signal);
  }
  // Without a terminal nobody types.
  const session = new Session(channel, () => reported ?? { kind: "none" }, pty && keystrokes);
  const onAbort = () => signal && channel.close(cancelled(signal));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    for (const [name, value] of Object.entries(environment)) {
      void channel.request("env", new Writer().text(name).text(value).done(), false);
    }
    // Promise.all hears both rejections, and its first in order of time is the pty's: replies are in order.
    await Promise.all([pty && requestPty(channel, pty), run(channel)]);
    return session;
  } catch (thrown) {
    channel.close();
    throw thrown;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function requestPty(channel: Channel, { size, term = "xterm-256color", modes = COOKED }: Pty): Promise<void> {
  const data = sized(new Writer().text(term), size).string(encodeTerminalModes(modes)).done();
  if (!(await channel.request("pty-req", data, true))) {
    throw new SshError(
      "channel-refused",
      "The server refused a terminal for this user. Ask its operator to allow one (PermitTTY), or run a single command.",
    );
  }
}

/** Columns, rows, and both in pixels: the common part of pty-req and window-change. */
function sized(writer: Writer, size: TerminalSize): Writer {
  return writer.uint32(size.columns).uint32(size.rows).uint32(size.widthPixels).uint32(size.heightPixels);
}

/**
 * Input and output of a session as a stream of bytes, for whatever speaks a protocol of its own over a command. Bytes are
 * credited when the next ones are asked for; stderr is dropped.
 */
export function sessionStream(session: Session): ByteStream {
  let unpaid = 0;
  return {
    async read() {
      session.credit(unpaid);
      unpaid = 0;
      for (let chunk = await session.read(); chunk; chunk = await session.read()) {
        if (chunk.stream === "stdout") {
          unpaid = chunk.bytes.length;
          return chunk.bytes;
        }
        session.credit(chunk.bytes.length);
      }
      return null;
    },
    write: (chunk) => session.write(chunk),
    end: () => session.end(),
    close: (reason) => session.close(reason),
    closed: session.closed,
  };
}
