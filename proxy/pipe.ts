// One WebSocket and one TCP socket, byte for byte, while both live. Backpressure runs both ways: a stalled reader on
// either side costs this process less than 1 MiB. Each direction ends on its own (half-close), and 4000 follows both ends.

import type { WebSocket } from "ws";
import type { CloseName } from "../shared/close-codes.ts";
import type { RelayControl } from "../shared/relay-protocol.ts";
import { Backlog } from "./backlog.ts";
import type { Dialled } from "./dial.ts";

/** Stop reading the target when so much waits for the client: with one more message of 256 KiB it is 768 KiB. */
const DOWN = { high: 512 * 1024, low: 256 * 1024 } as const;
/** The same for the client, so that one message of 256 KiB can arrive while another goes out. */
const UP = { high: 512 * 1024, low: 256 * 1024 } as const;
/** Pieces smaller than this on average are copied out of the reads they came in, which may be 64 KiB, before they wait. */
const WORTH_KEEPING = 16 * 1024;
/** A read of this size is part of a flood: what follows is joined, */
const FLOOD = 16 * 1024;
/** to one message of this size at most, which a browser takes faster than many small ones, */
const LOAD = 256 * 1024;
/** or of what has come in this time. */
const GATHER_MS = 2;
/** A client that was told of the target's end has so long to end too. */
const LINGER_MS = 30_000;
/** What a client sent before it left may need a moment to go out: its last words are a DISCONNECT. */
const FLUSH_MS = 5_000;
/** A socket that is held back is not read, so only writing finds out that its peer is gone. */
const PROBE_MS = 30_000;

const BINARY = { binary: true } as const;
const EOF = JSON.stringify({ type: "eof" } satisfies RelayControl);

export interface PipeOptions {
  /** Milliseconds without a byte either way; 0 is for ever. */
  readonly idleTimeout: number;
  /** Called once: why both should be closed. The pipe has let go of the target by then. */
  readonly ended: (close: CloseName) => void;
}

export class Pipe {
  bytesUp = 0;
  bytesDown = 0;
  readonly #ws: WebSocket;
  readonly #target: Dialled;
  readonly #options: PipeOptions;
  readonly #probe: NodeJS.Timeout;
  readonly #idle: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #clientEnded = false;
  /** "told": the client has the last byte and the eof after it. */
  #targetEnd: "no" | "seen" | "told" = "no";
  readonly #down: Backlog;
  readonly #up: Backlog;
  /** What came from the client in this turn of the event loop. */
  #batch: Buffer[] = [];
  /** What came from the target in a flood, behind a message that has left. */
  #load: Buffer | undefined;
  #loadBytes = 0;
  #loadReads = 0;
  /** One that has gone, for the next: fresh memory costs more than the copy into it. */
  #spare: Buffer | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #released = false;

  constructor(ws: WebSocket, target: Dialled, options: PipeOptions) {
    this.#ws = ws;
    this.#target = target;
    this.#options = options;
    this.#down = new Backlog(DOWN, () => {
      if (!this.#released) target.socket.resume();
    });
    this.#up = new Backlog(UP, () => ws.resume());
    this.#probe = setInterval(() => ws.ping(), PROBE_MS);
    const { idleTimeout } = options;
    this.#idle = idleTimeout > 0 ? setTimeout(() => this.#end("idle-timeout"), idleTimeout) : undefined;
    target.socket.on("end", () => this.#targetEnded());
    target.socket.on("error", () => this.#targetFailed());
    target.start((chunk) => this.#toClient(chunk));
  }

  /** The client's next bytes. Takes ownership. */
  toTarget(bytes: Buffer): void {
    if (this.#clientEnded || this.#released || bytes.length === 0) return;
    this.bytesUp += bytes.length;
    this.#idle?.refresh();
    // Written when this turn has read all there is: a server that hangs up resets the connection if we still write, and
    // with a failed write the system's last words from it, a DISCONNECT perhaps, would be thrown away unread.
    if (this.#batch.push(bytes) === 1) setImmediate(() => this.#flush());
    if (this.#up.add(bytes.length)) this.#ws.pause();
  }

  get clientEnded(): boolean {
    return this.#clientEnded;
  }

  /** No more bytes from the client: FIN after what it has sent. */
  endClient(): void {
    this.#clientEnded = true;
    this.#flush();
    this.#target.socket.end();
    this.#closeWhenBothEnded();
  }

  /** The WebSocket is going or gone: what waits for the target still goes out, what comes from it is dropped. */
  release(): void {
    if (this.#released) return;
    this.#sendLoad(); // what came before a reset still belongs to the client
    this.#released = true;
    clearInterval(this.#probe);
    clearTimeout(this.#idle);
    clearTimeout(this.#linger);
    clearTimeout(this.#gathering);
    this.#flush();
    const { socket } = this.#target;
    this.#target.start(() => true);
    socket.end();
    const flush = setTimeout(() => socket.destroy(), FLUSH_MS);
    socket.once("close", () => clearTimeout(flush));
  }

  #flush(): void {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    const length = batch.reduce((sum, part) => sum + part.length, 0);
    const parts = length >= WORTH_KEEPING * batch.length ? batch : [Buffer.concat(batch)];
    const { socket } = this.#target;
    // One system call for all of them, without joining them first.
    socket.cork();
    for (const part of parts.slice(0, -1)) socket.write(part);
    socket.write(parts.at(-1) ?? "", () => this.#up.remove(length, batch.length));
    socket.uncork();
  }

  /** `chunk` is the target's only until this returns. */
  #toClient(chunk: Buffer): boolean {
    this.bytesDown += chunk.length;
    this.#idle?.refresh();
    const held = this.#down.add(chunk.length);
    if (this.#gathering) this.#gather(chunk);
    else {
      this.#send(Buffer.from(chunk), 1);
      if (chunk.length >= FLOOD) this.#gathering = setTimeout(() => this.#gathered(), GATHER_MS);
    }
    return !held;
  }

  #gather(chunk: Buffer): void {
    if (this.#loadBytes + chunk.length > LOAD) this.#sendLoad();
    this.#load ??= this.#spare ?? Buffer.allocUnsafeSlow(LOAD);
    this.#spare = undefined;
    this.#load.set(chunk, this.#loadBytes);
    this.#loadBytes += chunk.length;
    this.#loadReads++;
  }

  #gathered(): void {
    this.#gathering = this.#loadBytes >= FLOOD ? setTimeout(() => this.#gathered(), GATHER_MS) : undefined;
    this.#sendLoad();
  }

  #sendLoad(): void {
    const load = this.#load;
    const length = this.#loadBytes;
    const reads = this.#loadReads;
    if (!load || length === 0) return;
    this.#loadBytes = 0;
    this.#loadReads = 0;
    // What is little goes as a copy: what waits must not hold four times its bytes.
    if (length < LOAD / 2) return this.#send(Buffer.from(load.subarray(0, length)), reads);
    this.#load = undefined;
    this.#send(load.subarray(0, length), reads, () => {
      this.#spare = load;
    });
  }

  #send(bytes: Buffer, reads: number, gone = (): void => {}): void {
    this.#ws.send(bytes, BINARY, () => {
      gone();
      this.#down.remove(bytes.length, reads);
    });
  }

  #targetEnded(): void {
    if (this.#released) return;
    this.#targetEnd = "seen";
    this.#sendLoad();
    this.#ws.send(EOF, () => {
      this.#targetEnd = "told";
      if (!this.#released) this.#linger = setTimeout(() => this.#end("target-closed"), LINGER_MS);
      this.#closeWhenBothEnded();
    });
  }

  #targetFailed(): void {
    // Writing to a target that has already said its last word is no failure: it has simply gone.
    if (this.#targetEnd === "no") this.#end("target-reset");
    else {
      this.#clientEnded = true;
      this.#closeWhenBothEnded();
    }
  }

  #closeWhenBothEnded(): void {
    if (this.#clientEnded && this.#targetEnd === "told") this.#end("target-closed");
  }

  #end(close: CloseName): void {
    if (this.#released) return;
    this.release();
    this.#options.ended(close);
  }
}
