// Two byte streams joined in memory, for tests and for anything that speaks SSH inside one process. How the bytes are cut
// into chunks is the test's choice, so that every parser meets every split.

import type { SshError } from "./errors.ts";
import type { ByteStream } from "./stream.ts";

export interface PairOptions {
  /** Cuts what was written into what is read; whole by default. */
  readonly cut?: (chunk: Uint8Array) => readonly Uint8Array[];
}

export const intoSingleBytes = (chunk: Uint8Array): readonly Uint8Array[] =>
  Array.from(chunk, (byte) => Uint8Array.of(byte));

/** Two ends: what is written to one is read from the other. Writes resolve once read, so a stalled reader is felt. */
export function memoryPair(options: PairOptions = {}): [ByteStream, ByteStream] {
  const forth = new Pipe(options);
  const back = new Pipe(options);
  return [end(back, forth), end(forth, back)];
}

function end(incoming: Pipe, outgoing: Pipe): ByteStream {
  let settle: (reason: SshError | undefined) => void = () => {};
  const closed = new Promise<SshError | undefined>((resolve) => {
    settle = resolve;
  });
  void Promise.all([incoming.over, outgoing.over]).then(([reason]) => settle(reason));
  return {
    read: () => incoming.read(),
    write: (chunk) => outgoing.write(chunk),
    end: () => outgoing.end(undefined),
    close(reason) {
      settle(reason);
      outgoing.end(undefined);
      incoming.end(undefined);
    },
    closed,
  };
}

class Pipe {
  readonly #cut: (chunk: Uint8Array) => readonly Uint8Array[];
  readonly #chunks: { bytes: Uint8Array; taken: () => void }[] = [];
  #reader: ((chunk: Uint8Array | null) => void) | undefined;
  #ended = false;
  #finish: (reason: SshError | undefined) => void = () => {};
  readonly over = new Promise<SshError | undefined>((resolve) => {
    this.#finish = resolve;
  });

  constructor({ cut = (chunk) => [chunk] }: PairOptions) {
    this.#cut = cut;
  }

  read(): Promise<Uint8Array | null> {
    const next = this.#chunks.shift();
    if (next) {
      next.taken();
      return Promise.resolve(next.bytes);
    }
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#ended) throw new Error("written after the end");
    // A copy, since the writer may hand in a view of a buffer that it uses again.
    await Promise.all(this.#cut(chunk.slice()).map((bytes) => this.#offer(bytes)));
  }

  end(reason: SshError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { taken } of this.#chunks) taken();
    this.#reader?.(null);
    this.#reader = undefined;
    this.#finish(reason);
  }

  #offer(bytes: Uint8Array): Promise<void> {
    const reader = this.#reader;
    if (reader) {
      this.#reader = undefined;
      reader(bytes);
      return Promise.resolve();
    }
    return new Promise((taken) => {
      this.#chunks.push({ bytes, taken });
    });
  }
}
