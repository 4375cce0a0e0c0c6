// One cipher object per direction, and never one for both. A sealing cipher turns a padded packet into what goes on the
// wire; an opening cipher does the reverse and throws `integrity` on anything that does not authenticate. Counters (GCM
// invocation counter, CTR counter) advance inside the call, before any promise: calls may overlap, in call order.

import type { Maybe } from "../bytes/stream.ts";

/** How a suite lays a packet out (RFC 4253 6, RFC 5647 7.2, OpenSSH PROTOCOL 1.7 and PROTOCOL.chacha20poly1305). */
export interface Layout {
  /** Bytes of a record that must have arrived before its length can be known: 4, or one cipher block for encrypt-and-MAC. */
  readonly head: number;
  /** Padding alignment, at least 8. */
  readonly block: number;
  /** Do the four length bytes count towards the alignment? Yes for encrypt-and-MAC, no for GCM, ChaCha20 and EtM. */
  readonly lengthAligned: boolean;
  /** Bytes of tag or MAC behind the packet. */
  readonly tag: number;
  /**
   * True where whoever alters packets could make a block that he wants to know into the length of one, and learn it from where
   * we stop (CBC with encrypt-and-MAC, CVE-2008-5161). The reader then ends the connection only when as many bytes have come
   * as the longest packet has.
   */
  readonly concealed?: boolean;
}

export interface SealingCipher {
  readonly layout: Layout;
  /**
   * `packet` is uint32 packet_length, byte padding_length, payload, padding; the cipher may overwrite it. Its bytes are the
   * writer's again when the call returns, and no part of the result may be a view of them.
   * The result is what to write, as parts one after another (so that no part is copied only to be joined).
   */
  seal(sequence: number, packet: Uint8Array): Maybe<readonly Uint8Array[]>;
}

export interface OpeningCipher {
  readonly layout: Layout;
  /** packet_length, out of the first `layout.head` bytes of a record. May be called more than once for one record. Not yet authenticated: the caller checks its bounds. */
  length(sequence: number, head: Uint8Array): number;
  /**
   * `record` is the whole record: length, packet, tag. Called once per record, in order. The result is the packet without
   * its length field: byte padding_length, payload, padding. It is an array of its own, never a view of `record`: data goes
   * on to the page as it is, its buffer with it.
   * Throws or rejects with SshError `integrity`.
   */
  open(sequence: number, record: Uint8Array): Maybe<Uint8Array>;
}

/** What RFC 4253 7.2 derives for one direction. Lengths are the suite's and the MAC's. */
export interface DirectionKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly mac: Uint8Array;
}

export interface CipherSuite {
  readonly name: string;
  readonly keyBytes: number;
  readonly ivBytes: number;
  /** True where the cipher authenticates by itself and no MAC is negotiated. */
  readonly authenticated: boolean;
  /** `mac` is given exactly when `authenticated` is false. A promise only where a key must be imported first. */
  sealing(keys: DirectionKeys, mac: MacAlgorithm | undefined): Maybe<SealingCipher>;
  opening(keys: DirectionKeys, mac: MacAlgorithm | undefined): Maybe<OpeningCipher>;
}

export interface MacAlgorithm {
  readonly name: string;
  readonly keyBytes: number;
  readonly tagBytes: number;
  readonly encryptThenMac: boolean;
  /** The MAC over sequence number and data, for a fixed key. */
  keyed(key: Uint8Array): Maybe<KeyedMac>;
}

export interface KeyedMac {
  /** MAC of uint32 sequence followed by all of `data` (RFC 4253 6.4), which is read before the call returns. */
  compute(sequence: number, ...data: readonly Uint8Array[]): Maybe<Uint8Array>;
}
