// zlib streams over packets (RFC 4253 6.2), on pako's port of zlib itself: its plain steps let us bound what comes out and see
// where blocks end. Loaded only when compression was agreed on.

import {
  Z_BUF_ERROR,
  Z_DEFAULT_STRATEGY,
  Z_OK,
  Z_PARTIAL_FLUSH,
  Z_TREES,
  ZStream,
  zlibDeflate,
  zlibDeflateInit2,
  zlibInflate,
  zlibInflateInit,
} from "pako";
import { concat } from "../bytes/bytes.ts";
import { protocolError, SshError } from "../bytes/errors.ts";
import type { Deflater, Inflater } from "./compression.ts";
import { MAX_PACKET } from "./padding.ts";

/** As OpenSSH does it: the usual middle between time and size. */
const LEVEL = 6;
const WINDOW_BITS = 15;
const MEMORY_LEVEL = 8;
const PIECE = 64 * 1024;

/** The bits of `data_type` that tell of an edge: inflation stands in front of a block, or right behind the header of one. */
const AT_AN_EDGE = 128 | 256;

export function zlibDeflater(): Deflater {
  const stream = new ZStream();
  const begun = zlibDeflateInit2(stream, LEVEL, 8, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
  if (begun !== Z_OK) throw new SshError("internal", "Compression could not be started.");
  stream.output = new Uint8Array(PIECE);
  return {
    deflate(payload) {
      stream.input = payload;
      stream.next_in = 0;
      stream.avail_in = payload.length;
      const pieces: Uint8Array[] = [];
      // What does not compress grows a little: everything there is, however much, until zlib leaves room in a piece.
      do {
        stream.next_out = 0;
        stream.avail_out = PIECE;
        const status = zlibDeflate(stream, Z_PARTIAL_FLUSH);
        if (status !== Z_OK && status !== Z_BUF_ERROR) throw new SshError("internal", "Compression failed.");
        pieces.push(stream.output.slice(0, stream.next_out));
      } while (stream.avail_out === 0);
      const [only] = pieces;
      return only && pieces.length === 1 ? only : concat(...pieces);
    },
  };
}

export function zlibInflater(): Inflater {
  const stream = new ZStream();
  if (zlibInflateInit(stream) !== Z_OK) throw new SshError("internal", "Decompression could not be started.");
  // One for all packets, and one byte longer than any may be: whatever comes, nothing else is ever allocated for it.
  stream.output = new Uint8Array(MAX_PACKET + 1);
  return {
    inflate(payload) {
      stream.input = payload;
      stream.next_in = 0;
      stream.avail_in = payload.length;
      stream.next_out = 0;
      stream.avail_out = stream.output.length;
      if (!inflateToFlush(stream)) throw protocolError("a compressed packet that is not whole (RFC 4253 6.2)");
      return stream.output.slice(0, stream.next_out);
    },
  };
}

/**
 * Inflates all of the input, block by block. True if nothing came out behind the last edge of a block: that is where a sender
 * has flushed. (Of the empty block that ends a partial flush, up to seven bits stay with the sender.)
 */
function inflateToFlush(stream: ZStream): boolean {
  let edge = -1;
  for (;;) {
    const before = stream.data_type;
    const status = zlibInflate(stream, Z_TREES);
    // The end of the stream is damage too: a new one only begins with new keys.
    if (status !== Z_OK && status !== Z_BUF_ERROR) throw protocolError("damaged compressed data (RFC 4253 6.2)");
    if (stream.avail_out === 0) throw protocolError("a compressed packet that grows beyond all bounds");
    if (stream.data_type & AT_AN_EDGE) edge = stream.next_out;
    // No byte in or out, and of the bits that it holds back none moved either.
    if (status === Z_BUF_ERROR && stream.data_type === before) return edge === stream.next_out;
  }
}
