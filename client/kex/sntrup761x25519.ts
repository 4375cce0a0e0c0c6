// sntrup761x25519-sha512 (RFC 9941): what OpenSSH 8.5 to 9.8 has in place of ML-KEM.

import { sha512 } from "@noble/hashes/sha2.js";
import { hybridWithX25519 } from "./hybrid.ts";
import { CIPHERTEXT_BYTES, decapsulate, keygen } from "./sntrup761.ts";

export const sntrup761x25519 = hybridWithX25519({ ciphertextBytes: CIPHERTEXT_BYTES, keygen, decapsulate }, sha512);
