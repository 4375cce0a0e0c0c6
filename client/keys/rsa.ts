// RSA as Web Crypto wants it: keys go in as JWK (RFC 7518 6.3), each bound to one hash; RSASSA-PKCS1-v1_5 (RFC 8332 3).

import { SshError } from "../bytes/errors.ts";
import { fromBigEndian, toBigEndian } from "../bytes/wire.ts";
import { base64Url } from "./jwk.ts";
import type { RsaPublicKey } from "./public-key.ts";

/** By the SSH name of the signature algorithm. `ssh-rsa`, which is SHA-1, is not here and must never be. */
const RSA_HASHES = { "rsa-sha2-512": "SHA-512", "rsa-sha2-256": "SHA-256" } as const;
export type RsaAlgorithm = keyof typeof RSA_HASHES;

export function isRsaAlgorithm(name: string): name is RsaAlgorithm {
  return Object.hasOwn(RSA_HASHES, name);
}

/** What the private half adds to a public key; p and q are its primes, `inverse` is q^-1 mod p. */
export interface RsaSecret {
  readonly exponent: bigint;
  readonly p: bigint;
  readonly q: bigint;
  readonly inverse: bigint;
}

export async function importRsa(key: RsaPublicKey, algorithm: RsaAlgorithm, secret?: RsaSecret): Promise<CryptoKey> {
  const jwk = {
    kty: "RSA",
    n: base64UrlNumber(key.modulus),
    e: base64UrlNumber(key.exponent),
    ...(secret && {
      d: base64UrlNumber(secret.exponent),
      p: base64UrlNumber(secret.p),
      q: base64UrlNumber(secret.q),
      // The OpenSSH format leaves these two out: they follow from d (RFC 8017 3.2).
      dp: base64UrlNumber(secret.exponent % (secret.p - 1n)),
      dq: base64UrlNumber(secret.exponent % (secret.q - 1n)),
      qi: base64UrlNumber(secret.inverse),
    }),
  };
  const name = { name: "RSASSA-PKCS1-v1_5", hash: RSA_HASHES[algorithm] };
  try {
    return await crypto.subtle.importKey("jwk", jwk, name, false, [secret ? "sign" : "verify"]);
  } catch {
    // The cause is left out: an engine may quote what it was given.
    throw new SshError(
      "unsupported",
      `This browser cannot use an RSA key of ${key.bits} bits: use another key or browser.`,
    );
  }
}

export async function verifyRsa(
  key: RsaPublicKey,
  algorithm: RsaAlgorithm,
  signature: Uint8Array,
  data: Uint8Array,
): Promise<boolean> {
  const modulusBytes = Math.ceil(key.bits / 8);
  if (signature.length > modulusBytes) return false;
  // Some signers drop leading zero bytes, and OpenSSH puts them back.
  const padded = toBigEndian(fromBigEndian(signature), modulusBytes);
  return crypto.subtle.verify("RSASSA-PKCS1-v1_5", await importRsa(key, algorithm), padded, data);
}

function base64UrlNumber(value: bigint): string {
  const hex = value.toString(16);
  return base64Url(toBigEndian(value, Math.ceil(hex.length / 2)));
}
