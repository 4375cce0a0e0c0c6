// OpenSSH certificates (OpenSSH's PROTOCOL.certkeys): a key, what is said of it, and the signature of an authority over
// both. Reading one trusts nothing: whether the authority counts, and for whom, is asked elsewhere.

import { cleanLine, decodeUtf8 } from "../bytes/text.ts";
import { Reader } from "../bytes/wire.ts";
import { isCertificateName, typeOf } from "./algorithms.ts";
import { readCertifiedKey } from "./certified-key.ts";
import { readingKey, unreadableKey, unsupportedKeyType } from "./key-errors.ts";
import { type KeyRules, type PublicKey, parsePublicKey } from "./public-key.ts";
import { verifySignature } from "./verify.ts";

export interface Certificate {
  /** The exact bytes that were parsed. */
  readonly blob: Uint8Array;
  /** `ssh-ed25519-cert-v01@openssh.com`, `ssh-rsa-cert-v01@openssh.com` ... */
  readonly type: string;
  /** The certified key, as if it stood alone. */
  readonly key: PublicKey;
  readonly holder: "user" | "host";
  readonly serial: bigint;
  /** The authority's name for it, cleaned; for people only. */
  readonly keyId: string;
  /** Names of hosts or users, as written: to be compared, and cleaned before they are shown. */
  readonly principals: readonly string[];
  /** Seconds since 1970, from the first to before the second; 2^64 - 1 is for ever. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly criticalOptions: readonly CertificateOption[];
  readonly extensions: readonly CertificateOption[];
  /** The authority's public key blob: a plain key, of any type. */
  readonly authority: Uint8Array;
  readonly signature: Uint8Array;
  /** What the signature is over. */
  readonly signed: Uint8Array;
}

export interface CertificateOption {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Room for two RSA keys of 16384 bits, a signature, and more names than anyone has. */
const BLOB_LIMIT = 32_768;
/** As many as OpenSSH reads. */
const PRINCIPALS_LIMIT = 256;
const OPTIONS_LIMIT = 256;
const KEY_ID_SHOWN = 200;

const HOLDERS: Readonly<Record<number, Certificate["holder"] | undefined>> = { 1: "user", 2: "host" };

/** Throws SshError `key-format` for anything but exactly one certificate, `unsupported` for a key inside it that we do not use. */
export function parseCertificate(bytes: Uint8Array, rules: KeyRules = {}): Certificate {
  if (bytes.length > BLOB_LIMIT) throw unreadableKey("it is longer than any certificate we know");
  return readingKey(() => readCertificate(bytes.slice(), rules));
}

function readCertificate(blob: Uint8Array, rules: KeyRules): Certificate {
  const reader = new Reader(blob);
  const type = typeOf(blob) ?? "";
  const certified = readCertifiedKey(reader);
  if (!certified) throw unsupportedKeyType(type);
  const key = parsePublicKey(certified.blob, rules);
  const serial = reader.uint64();
  const holder = HOLDERS[reader.uint32()];
  if (holder === undefined) throw unreadableKey("its certificate is neither for a host nor for a user");
  const keyId = cleanLine(reader.text(), KEY_ID_SHOWN);
  const principals = readStrings(reader.string(), PRINCIPALS_LIMIT).map(decodeUtf8);
  const validAfter = reader.uint64();
  const validBefore = reader.uint64();
  const criticalOptions = readOptions(reader.string());
  const extensions = readOptions(reader.string());
  reader.string(); // reserved
  const authority = reader.string();
  // An authority that is itself vouched for would be a chain, which OpenSSH's certificates do not have.
  if (isCertificateName(typeOf(authority) ?? ""))
    throw unreadableKey("its certificate is signed by another certificate");
  if (authority.length === 0) throw unreadableKey("its certificate names no authority");
  const signed = blob.subarray(0, blob.length - reader.remaining);
  const signature = reader.string();
  reader.end();
  return {
    ...{ blob, type, key, holder, serial, keyId, principals, validAfter, validBefore },
    ...{ criticalOptions, extensions, authority, signature, signed },
  };
}

function readStrings(bytes: Uint8Array, limit: number): Uint8Array[] {
  const reader = new Reader(bytes);
  const strings: Uint8Array[] = [];
  while (reader.remaining > 0) {
    if (strings.length === limit) throw unreadableKey("its certificate has more entries in a list than we read");
    strings.push(reader.string());
  }
  return strings;
}

/** Names and data in turn; each name once, in ascending order, so that nobody can read two different lists in one. */
function readOptions(bytes: Uint8Array): readonly CertificateOption[] {
  const strings = readStrings(bytes, 2 * OPTIONS_LIMIT);
  if (strings.length % 2 !== 0) throw unreadableKey("its certificate has an option without a value");
  const options: CertificateOption[] = [];
  for (let i = 0; i < strings.length; i += 2) {
    const name = decodeUtf8(strings[i] ?? new Uint8Array(0));
    const last = options.at(-1);
    if (last !== undefined && last.name >= name) throw unreadableKey("its certificate has options out of order");
    options.push({ name, data: strings[i + 1] ?? new Uint8Array(0) });
  }
  return options;
}

/** What authorities sign with. No SHA-1, and no algorithm that leads to another certificate. */
const AUTHORITY_ALGORITHMS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];

/** May an authority sign with this algorithm? */
export function isAuthorityAlgorithm(name: string, { legacy }: KeyRules): boolean {
  return AUTHORITY_ALGORITHMS.includes(name) || (legacy === true && name === "ssh-rsa");
}

/** Did the authority sign this? Rejects with SshError `key-format` or `unsupported` when the authority's key cannot be used. */
export async function isSigned(certificate: Certificate, rules: KeyRules = {}): Promise<boolean> {
  // A signature begins with a name just as a key does (RFC 4253 6.6).
  const algorithm = typeOf(certificate.signature);
  if (algorithm === undefined || !isAuthorityAlgorithm(algorithm, rules)) return false;
  const authority = parsePublicKey(certificate.authority, rules);
  return verifySignature(algorithm, authority, certificate.signature, certificate.signed, rules);
}
