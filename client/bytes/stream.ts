// A duplex stream of bytes. A relayed socket, a memory pair and an SSH channel are all one of these, so a jump host is
// nothing special: connect over the stream that another connection dialled.

import type { SshError } from "./errors.ts";

/** A value now, or later. Hot paths ask `isPromise` and never await a value that is already there. */
export type Maybe<T> = T | Promise<T>;

export function isPromise<T>(value: Maybe<T>): value is Promise<T> {
  return value instanceof Promise;
}

export interface ByteStream {
  /** The next bytes, in pieces of any size; null after the peer's clean end. The reader owns the array. One read at a time. */
  read(): Promise<Uint8Array | null>;
  /** Resolves when it is fine to write more. The stream owns the array from the call on. Rejects once closed. */
  write(chunk: Uint8Array): Promise<void>;
  /** True where `write` has copied the chunk when it returns, so that the writer may use the array again. */
  readonly copiesWrites?: boolean;
  /** No more writes; reading goes on. */
  end(): void;
  /** Ends both directions at once. The first reason wins. Bytes already received can still be read. */
  close(reason?: SshError): void;
  /** Settles when both directions are over, with the cause if it was not a clean end. Never rejects. */
  readonly closed: Promise<SshError | undefined>;
}
