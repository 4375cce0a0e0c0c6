// Is this signature by this key over this data? The name inside the signature must be the algorithm that was agreed on,
// and both must suit the key: nothing here falls back, and SHA-1 is known only where old algorithms are allowed.

import { concat } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { loaded } from "../bytes/loaded.ts";
import { Reader, toBigEndian } from "../bytes/wire.ts";
import { withoutCertificate } from "./algorithms.ts";
import { CURVES, isScalar } from "./curves.ts";
import type { EcdsaPublicKey, KeyRules, PublicKey } from "./public-key.ts";
import { rsaHash, verifyRsa } from "./rsa.ts";

const ed25519 = () => loaded(import("./verify-ed25519.ts"));

/**
 * `algorithm` is the negotiated one, also that of a certificate, whose key signs like any other; `signatureBlob` is string
 * algorithm, string signature (RFC 4253 6.6). False for everything that is not exactly a good signature. Rejects with
 * SshError `unsupported` when the browser cannot use an RSA key, and `not-loaded` when a part of the program cannot be loaded.
 */
export async function verifySignature(
  algorithm: string,
  key: PublicKey,
  signatureBlob: Uint8Array,
  data: Uint8Array,
  rules: KeyRules = {},
): Promise<boolean> {
  const plain = withoutCertificate(algorithm);
  const signature = signatureNamed(plain, signatureBlob);
  if (signature === undefined) return false;
  switch (key.kind) {
    case "ed25519":
      if (plain !== key.type || signature.length !== 64) return false;
      return (await ed25519()).verifyEd25519(key.point, signature, data);
    case "ecdsa":
      return plain === key.type && verifyEcdsa(key, signature, data);
    case "rsa": {
      const hash = rsaHash(plain, rules);
      return hash !== undefined && verifyRsa(key, hash, signature, data);
    }
  }
}

/**
 * Loads what checks the commonest signatures while there is something to wait for anyway. A failure shows when the first one is
 * checked, and only then.
 */
export async function prefetchVerification(): Promise<void> {
  await Promise.allSettled([ed25519()]);
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

/** RFC 5656 3.1.2: two mpints, which everybody else wants side by side in fixed width. */
async function verifyEcdsa(key: EcdsaPublicKey, signature: Uint8Array, data: Uint8Array): Promise<boolean> {
  const curve = CURVES[key.curve];
  const pair = readOrUndefined(() => {
    const reader = new Reader(signature);
    const [r, s] = [reader.mpint(), reader.mpint()];
    reader.end();
    if (!isScalar(curve, r) || !isScalar(curve, s)) return undefined;
    return concat(toBigEndian(r, curve.bytes), toBigEndian(s, curve.bytes));
  });
  return pair !== undefined && verifyPair(key, pair, data);
}

async function verifyPair(
  { curve: name, point }: EcdsaPublicKey,
  pair: Uint8Array,
  data: Uint8Array,
): Promise<boolean> {
  const { webName, hash } = CURVES[name];
  const native = await importOrUndefined(point, { name: "ECDSA", namedCurve: webName });
  if (native) return crypto.subtle.verify({ name: "ECDSA", hash }, native, pair, data);
  const { NIST } = await loaded(import("./nist.ts"));
  // s and order - s are both good in SSH: refusing the larger one is a rule of other protocols.
  return NIST[name].verify(pair, data, point, { lowS: false });
}

/** The point was judged when the key was parsed, so a refusal means that the browser lacks the curve. */
async function importOrUndefined(point: Uint8Array, algorithm: object): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey("raw", point, algorithm, false, ["verify"]);
  } catch {
    return undefined;
  }
}

function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SshError) return undefined;
    throw error;
  }
}
