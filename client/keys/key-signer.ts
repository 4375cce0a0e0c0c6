// A Signer over a private key that was read. Where Web Crypto knows the algorithm the secret moves into a key that cannot
// be taken out again, and our copy is wiped; where it does not (Ed25519 in older browsers, P-521 in some) noble signs.

import { ed25519 } from "@noble/curves/ed25519.js";
import { SshError } from "../bytes/errors.ts";
import { mpintFromBigEndian, Writer } from "../bytes/wire.ts";
import { CURVES, halves } from "./curves.ts";
import { base64Url } from "./jwk.ts";
import { NIST } from "./nist.ts";
import type { PrivateKey } from "./private-key.ts";
import type { EcdsaPublicKey, Ed25519PublicKey, RsaPublicKey } from "./public-key.ts";
import { importRsaSecret, type RsaSecret } from "./rsa.ts";
import type { Signer } from "./signer.ts";

/** The inner signature, without the name of its algorithm. */
type Sign = (data: Uint8Array) => Promise<Uint8Array>;

/** Takes over the secret. Throws SshError `unsupported` when the browser cannot use an RSA key. */
export async function makeSigner(key: PrivateKey, comment: string): Promise<Signer> {
  const { blob, type } = key.publicKey;
  const methods = await signingMethods(key);
  return {
    publicKey: blob,
    keyType: type,
    comment,
    algorithms: [...methods.keys()],
    async sign(algorithm, data) {
      const sign = methods.get(algorithm);
      if (!sign) throw new SshError("unsupported", "This key does not sign with the algorithm that was asked for.");
      return new Writer()
        .text(algorithm)
        .string(await sign(data))
        .done();
    },
  };
}

/** Best first. */
async function signingMethods(key: PrivateKey): Promise<ReadonlyMap<string, Sign>> {
  switch (key.kind) {
    case "ed25519":
      return new Map([[key.publicKey.type, await signEd25519(key.publicKey, key.seed)]]);
    case "ecdsa":
      return new Map([[key.publicKey.type, await signEcdsa(key.publicKey, key.scalar)]]);
    case "rsa":
      return signRsa(key.publicKey, key.secret);
  }
}

/** RFC 8709 6: the 64 bytes of RFC 8032. */
async function signEd25519({ point }: Ed25519PublicKey, seed: Uint8Array): Promise<Sign> {
  const jwk = { kty: "OKP", crv: "Ed25519", x: base64Url(point), d: base64Url(seed) };
  const native = await importOrUndefined(jwk, { name: "Ed25519" });
  if (!native) return async (data) => ed25519.sign(data, seed);
  seed.fill(0);
  return async (data) => new Uint8Array(await crypto.subtle.sign("Ed25519", native, data));
}

/** RFC 5656 3.1.2: mpint r, mpint s. */
async function signEcdsa({ curve: name, point }: EcdsaPublicKey, scalar: Uint8Array): Promise<Sign> {
  const { webName, hash } = CURVES[name];
  const [x, y] = halves(point.subarray(1));
  const jwk = { kty: "EC", crv: webName, x: base64Url(x), y: base64Url(y), d: base64Url(scalar) };
  const native = await importOrUndefined(jwk, { name: "ECDSA", namedCurve: webName });
  // noble draws its nonce from key and message (RFC 6979): there is none of our own to get wrong.
  if (!native) return async (data) => asMpints(NIST[name].sign(data, scalar, { lowS: false }));
  scalar.fill(0);
  return async (data) => asMpints(new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash }, native, data)));
}

function asMpints(pair: Uint8Array): Uint8Array {
  const [r, s] = halves(pair);
  return new Writer().string(mpintFromBigEndian(r)).string(mpintFromBigEndian(s)).done();
}

/** RFC 8332 3. A Web Crypto key is bound to one hash, so there are two. */
async function signRsa(key: RsaPublicKey, secret: RsaSecret): Promise<ReadonlyMap<string, Sign>> {
  const sign = async (hash: "SHA-512" | "SHA-256"): Promise<Sign> => {
    const native = await importRsaSecret(key, hash, secret);
    return async (data) => new Uint8Array(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", native, data));
  };
  return new Map([
    ["rsa-sha2-512", await sign("SHA-512")],
    ["rsa-sha2-256", await sign("SHA-256")],
  ]);
}

async function importOrUndefined(jwk: object, algorithm: object): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
  } catch {
    return undefined;
  }
}
