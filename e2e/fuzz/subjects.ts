// The connections whose every bit is flipped: each kind of key exchange, cipher and compression once.

import type { Subject } from "./recording.ts";

const subject = (kex: string, cipher: string, mac?: string, compression = "none"): Subject => ({
  name: [kex, cipher, mac ?? "implicit", compression].join(", "),
  server: { kex: [kex], cipher: [cipher], compression: [compression], ...(mac === undefined ? {} : { mac: [mac] }) },
  client: { legacy: true },
});

export const SUBJECTS: readonly Subject[] = [
  subject("curve25519-sha256", "chacha20-poly1305@openssh.com"),
  subject("mlkem768x25519-sha256", "aes128-gcm@openssh.com"),
  subject("ecdh-sha2-nistp256", "aes256-ctr", "hmac-sha2-256"),
  subject("curve25519-sha256", "aes128-ctr", "hmac-sha2-512-etm@openssh.com", "zlib@openssh.com"),
  subject("diffie-hellman-group-exchange-sha256", "aes128-cbc", "hmac-sha2-256"),
  subject("diffie-hellman-group14-sha256", "aes256-gcm@openssh.com", undefined, "zlib"),
];
