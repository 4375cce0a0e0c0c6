// Randomness that comes out the same for the same seed: a handshake can be recorded and replayed, and a finding repeated.

import { shake128 } from "@noble/hashes/sha3.js";
import { ascii } from "../../client/bytes/bytes.ts";
import type { Random } from "../../client/bytes/random.ts";

/** As good as random to the engine, and always the same. */
export function seededRandom(seed: string): Random {
  const stream = shake128.create().update(ascii(seed));
  return (length) => new Uint8Array(stream.xof(length));
}
