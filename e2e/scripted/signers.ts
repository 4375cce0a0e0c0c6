// Keys to log in with: one that really signs, and one that a test alters as it likes.

import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { ascii } from "../../client/bytes/bytes.ts";
import { Reader, Writer } from "../../client/bytes/wire.ts";
import type { Signer } from "../../client/keys/signer.ts";

export function ed25519Signer(): Signer & { verifies(signature: Uint8Array, data: Uint8Array): boolean } {
  const { privateKey } = generateKeyPairSync("ed25519");
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return {
    publicKey: new Writer().text("ssh-ed25519").string(spki.subarray(-32)).done(),
    keyType: "ssh-ed25519",
    comment: "",
    algorithms: ["ssh-ed25519"],
    sign: async (algorithm, data) =>
      new Writer()
        .text(algorithm)
        .string(sign(null, data, privateKey))
        .done(),
    verifies(signature, data) {
      const reader = new Reader(signature);
      return reader.text() === "ssh-ed25519" && verify(null, data, createPublicKey(privateKey), reader.string());
    },
  };
}

export const rsaSigner = (over: Partial<Signer> = {}): Signer => ({
  publicKey: ascii("an RSA key"),
  keyType: "ssh-rsa",
  comment: "",
  algorithms: ["rsa-sha2-512", "rsa-sha2-256"],
  sign: async (algorithm) => new Writer().text(algorithm).text("signature").done(),
  ...over,
});
