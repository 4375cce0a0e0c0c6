// A post-quantum key encapsulation beside X25519, so that either alone suffices: what is recorded today stays closed to a
// quantum computer of tomorrow, and to whoever breaks the younger of the two (draft-ietf-sshm-mlkem-hybrid-kex, RFC 9941).

import { concat } from "../bytes/bytes.ts";
import { protocolError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import { Writer } from "../bytes/wire.ts";
import { X25519_BYTES, x25519Pair } from "./curve25519.ts";
import type { Hash, StartExchange } from "./exchange.ts";
import { type Agreement, twoMessageExchange } from "./two-message-exchange.ts";

export interface Encapsulation {
  readonly ciphertextBytes: number;
  keygen(random: Random): { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array };
  /** Never fails on a ciphertext of the right length: one that is not for this key gives a secret that nobody shares. */
  decapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array;
}

export interface Hybrid {
  readonly start: StartExchange;
  /**
   * Runs it with nothing at stake, so that it is compiled when it counts: cold, a lattice takes tens of milliseconds. Does
   * nothing once it has run. Its numbers are made up, for randomness that is passed in may be counted or replayed.
   */
  rehearse(): void;
}

export function hybridWithX25519(kem: Encapsulation, hash: Hash): Hybrid {
  const serverBytes = kem.ciphertextBytes + X25519_BYTES;
  let hasRun = false;
  const generate = (random: Random): Agreement => {
    const classical = x25519Pair(random);
    const { publicKey, secretKey } = kem.keygen(random);
    return {
      publicValue: concat(publicKey, classical.publicValue),
      agree(serverPublic) {
        if (serverPublic.length !== serverBytes) throw protocolError("a hybrid reply of the wrong length");
        const encapsulated = kem.decapsulate(serverPublic.subarray(0, kem.ciphertextBytes), secretKey);
        secretKey.fill(0);
        const both = concat(encapsulated, classical.shared(serverPublic.subarray(kem.ciphertextBytes)));
        // K is a string here, not an mpint: the hash of both secrets, with all its leading zeros.
        const secret = new Writer().string(hash(both)).done();
        for (const used of [encapsulated, both]) used.fill(0);
        hasRun = true;
        return secret;
      },
    };
  };
  return {
    start: twoMessageExchange(hash, generate),
    rehearse() {
      if (hasRun) return;
      let drawn = 0;
      const madeUp: Random = (length) => Uint8Array.from({ length }, () => Math.imul(++drawn, 0x9e3779b1) >>> 24);
      generate(madeUp).agree(new Uint8Array(serverBytes).fill(9));
    },
  };
}
