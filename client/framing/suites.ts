// Every cipher and MAC we can do, by its name on the wire. `none` is in neither table, so no peer can talk us into it.
// Which of them are offered, and in what order, is the proposal's matter.

import { aes128Cbc, aes192Cbc, aes256Cbc } from "./aes-cbc.ts";
import { aes128Ctr, aes192Ctr, aes256Ctr } from "./aes-ctr.ts";
import { aes128Gcm, aes256Gcm } from "./aes-gcm.ts";
import { chaCha20Poly1305 } from "./chacha20-poly1305.ts";
import type { CipherSuite, MacAlgorithm } from "./cipher.ts";
import { hmacSha1, hmacSha1Etm, hmacSha256, hmacSha256Etm, hmacSha512, hmacSha512Etm } from "./mac.ts";

export const cipherSuites: Readonly<Record<string, CipherSuite>> = {
  "aes128-gcm@openssh.com": aes128Gcm,
  "aes256-gcm@openssh.com": aes256Gcm,
  "chacha20-poly1305@openssh.com": chaCha20Poly1305,
  "aes128-ctr": aes128Ctr,
  "aes192-ctr": aes192Ctr,
  "aes256-ctr": aes256Ctr,
  "aes128-cbc": aes128Cbc,
  "aes192-cbc": aes192Cbc,
  "aes256-cbc": aes256Cbc,
};

export const macs: Readonly<Record<string, MacAlgorithm>> = {
  "hmac-sha2-256-etm@openssh.com": hmacSha256Etm,
  "hmac-sha2-512-etm@openssh.com": hmacSha512Etm,
  "hmac-sha2-256": hmacSha256,
  "hmac-sha2-512": hmacSha512,
  "hmac-sha1-etm@openssh.com": hmacSha1Etm,
  "hmac-sha1": hmacSha1,
};
