// The server's half of each key exchange, and its host key: what our client meets in a test, made of the same libraries.

import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { concat } from "../../client/bytes/bytes.ts";
import type { Random } from "../../client/bytes/random.ts";
import { mpintFromBigEndian, Writer } from "../../client/bytes/wire.ts";

export interface Agreed {
  readonly serverPublic: Uint8Array;
  /** K as it is hashed, its length in front. */
  readonly secret: Uint8Array;
}

type Agree = (clientPublic: Uint8Array, random: Random) => Agreed;

const mpint = (bytes: Uint8Array): Uint8Array => new Writer().string(mpintFromBigEndian(bytes)).done();

const curve25519: Agree = (clientPublic, random) => {
  const own = random(32);
  return { serverPublic: x25519.getPublicKey(own), secret: mpint(x25519.getSharedSecret(own, clientPublic)) };
};

const nistp256: Agree = (clientPublic, random) => {
  const own = p256.utils.randomSecretKey(random(48));
  const secret = mpint(p256.getSharedSecret(own, clientPublic, false).subarray(1, 33));
  return { serverPublic: p256.getPublicKey(own, false), secret };
};

const ML_KEM_KEY_BYTES = 1184;

const mlkem768x25519: Agree = (clientPublic, random) => {
  const own = random(32);
  const quantum = ml_kem768.encapsulate(clientPublic.subarray(0, ML_KEM_KEY_BYTES), random(32));
  const classical = x25519.getSharedSecret(own, clientPublic.subarray(ML_KEM_KEY_BYTES));
  return {
    serverPublic: concat(quantum.cipherText, x25519.getPublicKey(own)),
    secret: new Writer().string(sha256(concat(quantum.sharedSecret, classical))).done(),
  };
};

/** Every one hashes with SHA-256. */
export const serverExchanges: Readonly<Record<string, Agree>> = {
  "mlkem768x25519-sha256": mlkem768x25519,
  "curve25519-sha256": curve25519,
  "curve25519-sha256@libssh.org": curve25519,
  "ecdh-sha2-nistp256": nistp256,
};

export interface HostKey {
  readonly blob: Uint8Array;
  /** string algorithm, string signature */
  sign(data: Uint8Array): Uint8Array;
}

/** An Ed25519 host key out of 32 bytes. */
export function ed25519HostKey(seed: Uint8Array): HostKey {
  return {
    blob: new Writer().text("ssh-ed25519").string(ed25519.getPublicKey(seed)).done(),
    sign: (data) => new Writer().text("ssh-ed25519").string(ed25519.sign(data, seed)).done(),
  };
}
