// What stands inside an OpenSSH private key once it is unlocked (OpenSSH's PROTOCOL.key): the public fields again, then
// the secret ones. Every secret is checked against the public key, since a signature with a wrong one can give it away.

import { ed25519 } from "@noble/curves/ed25519.js";
import { equal } from "../bytes/bytes.ts";
import { cleanLine } from "../bytes/text.ts";
import { Reader, toBigEndian } from "../bytes/wire.ts";
import { CURVES, isScalar } from "./curves.ts";
import { readingKey, unreadableKey } from "./key-errors.ts";
import { NIST } from "./nist.ts";
import type { EcdsaPublicKey, Ed25519PublicKey, PublicKey, RsaPublicKey } from "./public-key.ts";
import type { RsaSecret } from "./rsa.ts";

export type PrivateKey =
  /** 32 bytes (RFC 8032 5.1.5). */
  | { readonly kind: "ed25519"; readonly publicKey: Ed25519PublicKey; readonly seed: Uint8Array }
  /** Big-endian, as long as a coordinate. */
  | { readonly kind: "ecdsa"; readonly publicKey: EcdsaPublicKey; readonly scalar: Uint8Array }
  | { readonly kind: "rsa"; readonly publicKey: RsaPublicKey; readonly secret: RsaSecret };

const COMMENT_LIMIT = 200;

/** Reads what follows the two check numbers, to the end of the padding. Throws SshError `key-format`. */
export function readPrivateFields(fields: Uint8Array, publicKey: PublicKey): { key: PrivateKey; comment: string } {
  return readingKey(() => {
    const reader = new Reader(fields);
    if (reader.text() !== publicKey.type) throw mismatch();
    const key = readSecret(reader, publicKey);
    const comment = cleanLine(reader.text(), COMMENT_LIMIT);
    const padding = reader.rest();
    if (!padding.every((byte, i) => byte === i + 1)) throw unreadableKey("its padding is damaged");
    return { key, comment };
  });
}

function readSecret(reader: Reader, publicKey: PublicKey): PrivateKey {
  switch (publicKey.kind) {
    case "ed25519":
      return readEd25519(reader, publicKey);
    case "ecdsa":
      return readEcdsa(reader, publicKey);
    case "rsa":
      return readRsa(reader, publicKey);
  }
}

function readEd25519(reader: Reader, publicKey: Ed25519PublicKey): PrivateKey {
  const point = reader.string();
  const secret = reader.string();
  const seed = secret.slice(0, 32);
  const fits =
    secret.length === 64 &&
    equal(point, publicKey.point) &&
    equal(secret.subarray(32), point) &&
    equal(ed25519.getPublicKey(seed), point);
  if (!fits) throw mismatch();
  return { kind: "ed25519", publicKey, seed };
}

function readEcdsa(reader: Reader, publicKey: EcdsaPublicKey): PrivateKey {
  const curve = CURVES[publicKey.curve];
  if (reader.text() !== publicKey.curve || !equal(reader.string(), publicKey.point)) throw mismatch();
  const value = reader.mpint();
  if (!isScalar(curve, value)) throw mismatch();
  const scalar = toBigEndian(value, curve.bytes);
  if (!equal(NIST[publicKey.curve].getPublicKey(scalar, false), publicKey.point)) throw mismatch();
  return { kind: "ecdsa", publicKey, scalar };
}

function readRsa(reader: Reader, publicKey: RsaPublicKey): PrivateKey {
  const [modulus, publicExponent] = [reader.mpint(), reader.mpint()];
  const [exponent, inverse, p, q] = [reader.mpint(), reader.mpint(), reader.mpint(), reader.mpint()];
  // RFC 8017 3.2. A wrong inverse or half would betray a prime with the first signature made by it.
  const fits =
    modulus === publicKey.modulus &&
    publicExponent === publicKey.exponent &&
    exponent < modulus &&
    p > 1n &&
    q > 1n &&
    p * q === modulus &&
    (exponent * publicExponent) % (p - 1n) === 1n &&
    (exponent * publicExponent) % (q - 1n) === 1n &&
    inverse < p &&
    (inverse * q) % p === 1n;
  if (!fits) throw mismatch();
  return { kind: "rsa", publicKey, secret: { exponent, p, q, inverse } };
}

const mismatch = () => unreadableKey("its private half does not belong to its public half");
