// A key in the words and pictures of ssh-keygen, for the screens on which a person decides.

import { cleanLine } from "../bytes/text.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import type { PublicKey } from "../keys/public-key.ts";
import { randomart } from "../keys/randomart.ts";
import type { HostKeyQuestion } from "./claim.ts";

const TYPE_LENGTH_SHOWN = 64;

const LABELS: Readonly<Record<string, string | undefined>> = {
  "ssh-ed25519": "ED25519",
  "ssh-rsa": "RSA",
  "ssh-dss": "DSA",
  "ecdsa-sha2-nistp256": "ECDSA",
  "ecdsa-sha2-nistp384": "ECDSA",
  "ecdsa-sha2-nistp521": "ECDSA",
};

export function describeKey({
  label,
  bits,
  blob,
}: PublicKey): Pick<HostKeyQuestion, "keyType" | "bits" | "fingerprint" | "randomart"> {
  return { keyType: label, bits, fingerprint: fingerprint(blob), randomart: randomart(blob) };
}

/** The known hosts may hold keys that we do not use: those go by the name of their type. */
export function keyLabel(keyType: string): string {
  return LABELS[keyType] ?? cleanLine(keyType, TYPE_LENGTH_SHOWN);
}
