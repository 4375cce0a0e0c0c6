// Compression of payloads (RFC 4253 6.2), one stream for each direction. It sits between the payload and its padding; a new
// key exchange makes both streams anew.

import { loaded } from "../bytes/loaded.ts";
import type { OpeningCipher, SealingCipher } from "./cipher.ts";

export interface Deflater {
  /** The payload, deflated and flushed, so that the other side can inflate this packet without waiting for the next. */
  deflate(payload: Uint8Array): Uint8Array;
}

export interface Inflater {
  /** The payload again. Throws a protocol error on damaged data, and before it grows past what a packet may hold. */
  inflate(payload: Uint8Array): Uint8Array;
}

export interface Compression {
  /** zlib@openssh.com begins only once the user is authenticated; zlib with the first packet under the new keys. */
  readonly delayed: boolean;
  deflater(): Promise<Deflater>;
  inflater(): Promise<Inflater>;
}

/** Everything that changes in our direction with our NEWKEYS. */
export interface OutgoingKeys {
  readonly cipher: SealingCipher;
  readonly compression: { readonly stream: Deflater; readonly delayed: boolean } | undefined;
}

/** Everything that changes in the server's direction with its NEWKEYS. */
export interface IncomingKeys {
  readonly cipher: OpeningCipher;
  readonly compression: { readonly stream: Inflater; readonly delayed: boolean } | undefined;
}

/** A chunk of its own: most connections never compress. */
const zlib = () => loaded(import("./zlib.ts"));

const zlibCompression = (delayed: boolean): Compression => ({
  delayed,
  deflater: async () => (await zlib()).zlibDeflater(),
  inflater: async () => (await zlib()).zlibInflater(),
});

/** By name on the wire. `none` is no row: where nothing is done, there is nothing to look up. */
export const compressions: Readonly<Record<string, Compression>> = {
  "zlib@openssh.com": zlibCompression(true),
  zlib: zlibCompression(false),
};
