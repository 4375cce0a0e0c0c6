// The plain key inside a certificate (OpenSSH's PROTOCOL.certkeys), taken out without a look at the rest.

import { type Reader, Writer } from "../bytes/wire.ts";
import { withoutCertificate } from "./algorithms.ts";

/** How many fields, each with its length in front, make the plain key. */
const KEY_FIELDS: Readonly<Record<string, number | undefined>> = {
  "ssh-ed25519": 1,
  "ecdsa-sha2-nistp256": 2,
  "ecdsa-sha2-nistp384": 2,
  "ecdsa-sha2-nistp521": 2,
  "ssh-rsa": 2,
};

export interface CertifiedKey {
  readonly type: string;
  readonly blob: Uint8Array;
}

/** Reads from the start of a certificate to the end of its key. Undefined for kinds that we do not use; throws where it is cut short. */
export function readCertifiedKey(reader: Reader): CertifiedKey | undefined {
  const type = reader.text();
  const plainType = withoutCertificate(type);
  const fields = Object.hasOwn(KEY_FIELDS, plainType) ? KEY_FIELDS[plainType] : undefined;
  if (fields === undefined || plainType === type) return undefined;
  reader.string(); // the nonce, which only makes the signature unpredictable
  const plain = new Writer().text(plainType);
  for (let field = 0; field < fields; field++) plain.string(reader.string());
  return { type: plainType, blob: plain.done() };
}
