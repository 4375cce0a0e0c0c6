// Is this signature by this key over this data? The name inside the signature must be the algorithm that was agreed on,
// and both must suit the key: nothing here falls back, and nothing here knows SHA-1.

import { ed25519 } from "@noble/curves/ed25519.js";
import { concat } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import type { Maybe } from "../bytes/stream.ts";
import { Reader, toBigEndian } from "../bytes/wire.ts";
import { CURVES, isScalar } from "./curves.ts";
import type { EcdsaPublicKey, PublicKey } from "./public-key.ts";
import { isRsaAlgorithm, verifyRsa } from "./rsa.ts";

/**
 * `algorithm` is the negotiated signature algorithm, `signatureBlob` is string algorithm, string signature (RFC 4253 6.6).
 * False for everything that is not exactly a good signature. Only RSA answers later; it rejects with SshError `unsupported`
 * when the browser cannot use the key.
 */
export function verifySignature(
  algorithm: string,
  key: PublicKey,
  signatureBlob: Uint8Array,
  data: Uint8Array,
): Maybe<boolean> {
  const signature = signatureNamed(algorithm, signatureBlob);
  if (signature === undefined) return false;
  switch (key.kind) {
    case "ed25519":
      // zip215: false is RFC 8032 5.1.7 to the letter: s below the order, canonical points, no key of small order.
      return (
        algorithm === key.type &&
        signature.length === 64 &&
        ed25519.verify(signature, data, key.point, { zip215: false })
      );
    case "ecdsa":
      return algorithm === key.type && verifyEcdsa(key, signature, data);
    case "rsa":
      return isRsaAlgorithm(algorithm) && verifyRsa(key, algorithm, signature, data);
  }
}

function signatureNamed(algorithm: string, blob: Uint8Array): Uint8Array | undefined {
  return readOrUndefined(() => {
    const reader = new Reader(blob);
    const name = reader.text();
    const signature = reader.string();
    reader.end();
    return name === algorithm ? signature : undefined;
  });
}

/** RFC 5656 3.1.2: two mpints, which the library wants side by side in fixed width. */
function verifyEcdsa(key: EcdsaPublicKey, signature: Uint8Array, data: Uint8Array): boolean {
  const curve = CURVES[key.curve];
  const pair = readOrUndefined(() => {
    const reader = new Reader(signature);
    const [r, s] = [reader.mpint(), reader.mpint()];
    reader.end();
    if (!isScalar(curve, r) || !isScalar(curve, s)) return undefined;
    return concat(toBigEndian(r, curve.bytes), toBigEndian(s, curve.bytes));
  });
  // s and order - s are both good in SSH: refusing the larger one is a rule of other protocols.
  return pair !== undefined && curve.ecdsa.verify(pair, data, key.point, { lowS: false });
}

function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SshError) return undefined;
    throw error;
  }
}
