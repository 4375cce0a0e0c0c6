// mlkem768x25519-sha256 (draft-ietf-sshm-mlkem-hybrid-kex).

import { sha256 } from "@noble/hashes/sha2.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { hybridWithX25519 } from "./hybrid.ts";

const SEED_BYTES = 64;

export const mlkem768x25519 = hybridWithX25519(
  {
    ciphertextBytes: 1088,
    keygen: (random) => ml_kem768.keygen(random(SEED_BYTES)),
    decapsulate: (ciphertext, secretKey) => ml_kem768.decapsulate(ciphertext, secretKey),
  },
  sha256,
);
