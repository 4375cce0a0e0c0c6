// mlkem768x25519-sha256: ML-KEM-768 and X25519 together, so that either alone suffices
// (draft-ietf-sshm-mlkem-hybrid-kex). What is recorded today stays closed to a quantum computer of tomorrow.

import { sha256 } from "@noble/hashes/sha2.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { concat } from "../bytes/bytes.ts";
import { protocolError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import { Writer } from "../bytes/wire.ts";
import { X25519_BYTES, x25519Pair } from "./curve25519.ts";
import { type Agreement, twoMessageExchange } from "./two-message-exchange.ts";

const SEED_BYTES = 64;
const CIPHERTEXT_BYTES = 1088;

function generate(random: Random): Agreement {
  const classical = x25519Pair(random);
  const quantum = ml_kem768.keygen(random(SEED_BYTES));
  return {
    publicValue: concat(quantum.publicKey, classical.publicValue),
    agree(serverPublic) {
      if (serverPublic.length !== CIPHERTEXT_BYTES + X25519_BYTES)
        throw protocolError("a hybrid reply of the wrong length");
      const encapsulated = ml_kem768.decapsulate(serverPublic.subarray(0, CIPHERTEXT_BYTES), quantum.secretKey);
      const shared = classical.shared(serverPublic.subarray(CIPHERTEXT_BYTES));
      quantum.secretKey.fill(0);
      // K is a string here, not an mpint: the hash of both secrets, with all its leading zeros.
      return new Writer().string(sha256(concat(encapsulated, shared))).done();
    },
  };
}

export const mlkem768x25519 = twoMessageExchange(sha256, generate);
