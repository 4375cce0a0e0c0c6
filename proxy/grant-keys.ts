// The keys that an operator takes grants from: an Ed25519 public key as PEM, or a secret. A key belongs to one algorithm: a
// public key that were taken for an HMAC secret would let everybody sign (RFC 8725 2.1).

import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { ConfigError } from "./config-error.ts";
import { clean } from "./log.ts";

export interface GrantKey {
  readonly algorithm: "EdDSA" | "HS256";
  readonly key: KeyObject;
}

/** One line of base64url; 43 characters are 32 bytes, which is what HS256 needs (RFC 7518 3.2). */
const SECRET = /^[\w-]{43,1024}={0,2}$/;

/** `source` is the setting's name, for the error, which says nothing of what is in the file. @throws ConfigError */
export function readGrantKey(text: string, path: string, source: string): GrantKey {
  const fail = (why: string): never => {
    throw new ConfigError(`${source}: the file ${clean(path, 200)} ${why}.`);
  };
  const trimmed = text.trim();
  if (SECRET.test(trimmed)) return { algorithm: "HS256", key: createSecretKey(trimmed, "base64url") };
  if (trimmed.includes("PRIVATE KEY-----"))
    return fail("holds a private key, which belongs where grants are signed: give its public half");
  if (!trimmed.startsWith("-----BEGIN PUBLIC KEY-----"))
    return fail(
      "holds neither an Ed25519 public key as PEM, nor a secret of 32 bytes or more as one line of base64url",
    );
  const key = publicKey(trimmed);
  return key?.asymmetricKeyType === "ed25519"
    ? { algorithm: "EdDSA", key }
    : fail("holds a public key of another kind than Ed25519");
}

function publicKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}
