// The host key that a server shows: a plain key, or one in a certificate. Which of both is settled by the algorithm that was
// negotiated, and the blob has no say in it.

import { loaded } from "../bytes/loaded.ts";
import { isCertificateName, keyTypeOf, typeOf } from "./algorithms.ts";
import { unreadableKey } from "./key-errors.ts";
import { type KeyRules, type PublicKey, parsePublicKey } from "./public-key.ts";

/**
 * The key that has to have signed the exchange hash; its own `blob` is the plain key, also where `blob` is a certificate.
 * Rejects with SshError `key-format` for another type of key than `algorithm` stands for, and as `parsePublicKey` throws;
 * with `not-loaded` where what reads certificates cannot be loaded.
 */
export async function readHostKey(algorithm: string, blob: Uint8Array, rules: KeyRules): Promise<PublicKey> {
  if (typeOf(blob) !== keyTypeOf(algorithm)) throw unreadableKey("it is of another type than was agreed on");
  if (!isCertificateName(algorithm)) return parsePublicKey(blob, rules);
  const { parseCertificate } = await loaded(import("./certificate.ts"));
  return parseCertificate(blob, rules).key;
}
