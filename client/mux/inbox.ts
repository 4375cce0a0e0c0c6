// What a channel has received and nobody has read yet, in order of arrival. The window bounds its bytes; this file bounds
// what many tiny pieces cost beside their bytes.

import { protocolError, SshError } from "../bytes/errors.ts";

/** A piece of output. The reader owns the bytes. */
export interface Chunk {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Uint8Array;
}

/** Neighbours of one stream are joined up to this size, so that single bytes do not cost an object each. */
const JOINED_LIMIT = 4096;

/** Only a peer that alternates between streams byte by byte, while nobody reads, comes near this: about 10 MB. */
const CHUNKS_LIMIT = 65_536;

interface Queued {
  readonly stream: "stdout" | "stderr";
  /** May be longer than `length`: room to join what comes next. */
  buffer: Uint8Array;
  length: number;
}

interface Waiting {
  readonly resolve: (chunk: Chunk | null) => void;
  readonly reject: (cause: SshError) => void;
}

type End = { readonly cause: SshError | undefined };

export class Inbox {
  readonly #queue: Queued[] = [];
  #first = 0; // entries before this one are spent
  #waiting: Waiting | undefined;
  #end: End | undefined;

  /** Throws a protocol error at a flood of tiny pieces. Empty pieces and those after the end are dropped. */
  push(chunk: Chunk): void {
    if (chunk.bytes.length === 0 || this.#end) return;
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      waiting.resolve(chunk);
      return;
    }
    const last = this.#queue.at(-1);
    if (last?.stream === chunk.stream && last.length + chunk.bytes.length <= JOINED_LIMIT) join(last, chunk.bytes);
    else {
      if (this.#queue.length - this.#first >= CHUNKS_LIMIT) throw protocolError("a flood of tiny channel packets");
      this.#queue.push({ stream: chunk.stream, buffer: chunk.bytes, length: chunk.bytes.length });
    }
  }

  /** The next piece; null after the end. What arrived before the end, or before the connection died, comes first. */
  read(): Promise<Chunk | null> {
    if (this.#waiting) {
      return Promise.reject(new SshError("internal", "Two readers at one channel: one of them would miss output."));
    }
    const next = this.#queue[this.#first];
    if (next) {
      this.#drop();
      return Promise.resolve({ stream: next.stream, bytes: next.buffer.subarray(0, next.length) });
    }
    if (this.#end) return this.#end.cause ? Promise.reject(this.#end.cause) : Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Nothing more will come: for a clean reason, or because of `cause`. The first end counts. */
  end(cause?: SshError): void {
    if (this.#end) return;
    this.#end = { cause };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (cause) waiting?.reject(cause);
    else waiting?.resolve(null);
  }

  #drop(): void {
    this.#first++;
    // Compacting for every piece would be quadratic.
    if (this.#first === this.#queue.length || this.#first >= 256) {
      this.#queue.splice(0, this.#first);
      this.#first = 0;
    }
  }
}

function join(last: Queued, bytes: Uint8Array): void {
  const length = last.length + bytes.length;
  // The first buffer is a view of a packet, whose length is its own: it is never written into.
  if (length > last.buffer.length) {
    const grown = new Uint8Array(Math.min(JOINED_LIMIT, 2 * length));
    grown.set(last.buffer.subarray(0, last.length));
    last.buffer = grown;
  }
  last.buffer.set(bytes, last.length);
  last.length = length;
}
