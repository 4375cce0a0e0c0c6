// The exchange hash H (RFC 4253 8, RFC 5656 4): everything both sides said, and the secret.

import { concat } from "../bytes/bytes.ts";
import { Writer } from "../bytes/wire.ts";
import type { ExchangeResult } from "./exchange.ts";

export interface Transcript {
  /** Identifications without CR LF. */
  readonly clientIdentification: Uint8Array;
  readonly serverIdentification: Uint8Array;
  /** Whole KEXINIT payloads, number included. */
  readonly clientKexInit: Uint8Array;
  readonly serverKexInit: Uint8Array;
}

export function exchangeHash(transcript: Transcript, result: ExchangeResult): Uint8Array {
  const said = new Writer()
    .string(transcript.clientIdentification)
    .string(transcript.serverIdentification)
    .string(transcript.clientKexInit)
    .string(transcript.serverKexInit)
    .string(result.hostKey)
    .done();
  return result.hash(concat(said, ...result.publicValues, result.secret));
}
