// One key exchange method, as a value with a beginning and steps. It knows nothing of who signs or who trusts.

import type { Random } from "../bytes/random.ts";
import type { Maybe } from "../bytes/stream.ts";

export type Hash = (data: Uint8Array) => Uint8Array;

export interface ExchangeResult {
  /** K_S, exactly as received: what is hashed is never a re-encoding. */
  readonly hostKey: Uint8Array;
  readonly signature: Uint8Array;
  /** K as it enters hash and derivation, its length in front: an mpint, or for hybrids a string. */
  readonly secret: Uint8Array;
  /** What the method puts between K_S and K, encoded and in order. */
  readonly publicValues: readonly Uint8Array[];
  readonly hash: Hash;
}

export type ExchangeStep = { readonly send: Uint8Array } | { readonly done: ExchangeResult };

export interface KeyExchange {
  /** Our first message. */
  start(): Uint8Array;
  /** The server's next message, 30..49. Throws a protocol error on anything that is not exactly what comes next. */
  step(payload: Uint8Array): Maybe<ExchangeStep>;
}

/** What a method may want to know before it begins. */
export interface ExchangeContext {
  readonly random: Random;
  /** Bits of symmetric strength that were negotiated (key, block, IV and MAC): what a group's size is chosen by (RFC 4419 3). */
  readonly strength: number;
  /** The server's version line: a few peers choke on large groups. */
  readonly serverIdentification: string;
}

/** A promise only where the method's code must be loaded first. */
export type StartExchange = (context: ExchangeContext) => Maybe<KeyExchange>;
