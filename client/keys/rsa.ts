// RSA as Web Crypto wants it: keys go in as JWK (RFC 7518 6.3), each bound to one hash; RSASSA-PKCS1-v1_5 (RFC 8332 3).

import { SshError } from "../bytes/errors.ts";
import { fromBigEndian, toBigEndian } from "../bytes/wire.ts";
import { base64Url } from "./jwk.ts";
import type { KeyRules, RsaPublicKey } from "./public-key.ts";

/** By the SSH name of the signature algorithm. */
const HASHES = { "rsa-sha2-512": "SHA-512", "rsa-sha2-256": "SHA-256" } as const;
/** What old servers sign with. Accepted where old algorithms are allowed for a host, and never made (R-AU-5). */
const LEGACY_HASHES = { "ssh-rsa": "SHA-1" } as const;

type LegacyHash = (typeof LEGACY_HASHES)[keyof typeof LEGACY_HASHES];
type Hash = (typeof HASHES)[keyof typeof HASHES];

/** Undefined for a signature algorithm that may not be used with an RSA key under these rules. */
export function rsaHash(algorithm: string, { legacy }: KeyRules): Hash | LegacyHash | undefined {
  const hashes: Readonly<Record<string, Hash | LegacyHash>> = legacy ? { ...HASHES, ...LEGACY_HASHES } : HASHES;
  return Object.hasOwn(hashes, algorithm) ? hashes[algorithm] : undefined;
}

/** What the private half adds to a public key; p and q are its primes, `inverse` is q^-1 mod p. */
export interface RsaSecret {
  readonly exponent: bigint;
  readonly p: bigint;
  readonly q: bigint;
  readonly inverse: bigint;
}

/** With the secret, for signing: never with SHA-1. */
export function importRsaSecret(key: RsaPublicKey, hash: Hash, secret: RsaSecret): Promise<CryptoKey> {
  return importRsa(key, hash, "sign", {
    d: base64UrlNumber(secret.exponent),
    p: base64UrlNumber(secret.p),
    q: base64UrlNumber(secret.q),
    // The OpenSSH format leaves these two out: they follow from d (RFC 8017 3.2).
    dp: base64UrlNumber(secret.exponent % (secret.p - 1n)),
    dq: base64UrlNumber(secret.exponent % (secret.q - 1n)),
    qi: base64UrlNumber(secret.inverse),
  });
}

async function importRsa(
  key: RsaPublicKey,
  hash: Hash | LegacyHash,
  usage: "sign" | "verify",
  secret: object = {},
): Promise<CryptoKey> {
  const jwk = { kty: "RSA", n: base64UrlNumber(key.modulus), e: base64UrlNumber(key.exponent), ...secret };
  try {
    return await crypto.subtle.importKey("jwk", jwk, { name: "RSASSA-PKCS1-v1_5", hash }, false, [usage]);
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
  hash: Hash | LegacyHash,
  signature: Uint8Array,
  data: Uint8Array,
): Promise<boolean> {
  const modulusBytes = Math.ceil(key.bits / 8);
  if (signature.length > modulusBytes) return false;
  const value = fromBigEndian(signature);
  // RFC 8017 8.2.2 and 5.2.2: a number at or above the modulus is another spelling of a smaller one.
  if (value >= key.modulus) return false;
  // Some signers drop leading zero bytes, and OpenSSH puts them back.
  const padded = toBigEndian(value, modulusBytes);
  return crypto.subtle.verify("RSASSA-PKCS1-v1_5", await importRsa(key, hash, "verify"), padded, data);
}

function base64UrlNumber(value: bigint): string {
  const hex = value.toString(16);
  return base64Url(toBigEndian(value, Math.ceil(hex.length / 2)));
}
