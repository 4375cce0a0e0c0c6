// SSH public keys: the blob (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4) as a value, and the one-line text around it.
// Strict: one key has exactly one blob, so that comparing blobs compares keys.

import { fromBase64 } from "../bytes/base64.ts";
import { SshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import { Reader } from "../bytes/wire.ts";
import { CURVES, type CurveName, isCurveName, isPoint } from "./curves.ts";
import { isEdwardsPoint } from "./edwards25519.ts";
import { readingKey, unreadableKey, unsupportedKeyType } from "./key-errors.ts";

interface AnyPublicKey {
  /** The exact bytes that were parsed. */
  readonly blob: Uint8Array;
  readonly bits: number;
}
export interface Ed25519PublicKey extends AnyPublicKey {
  readonly kind: "ed25519";
  readonly type: "ssh-ed25519";
  /** As ssh-keygen names the type. */
  readonly label: "ED25519";
  /** 32 bytes. */
  readonly point: Uint8Array;
}
export interface EcdsaPublicKey extends AnyPublicKey {
  readonly kind: "ecdsa";
  readonly type: `ecdsa-sha2-${CurveName}`;
  readonly label: "ECDSA";
  readonly curve: CurveName;
  /** Uncompressed: 4, x, y. */
  readonly point: Uint8Array;
}
export interface RsaPublicKey extends AnyPublicKey {
  readonly kind: "rsa";
  readonly type: "ssh-rsa";
  readonly label: "RSA";
  readonly modulus: bigint;
  readonly exponent: bigint;
}
export type PublicKey = Ed25519PublicKey | EcdsaPublicKey | RsaPublicKey;

/** Above an RSA key of 16384 bits with everything around it; longer blobs are not looked into. */
const BLOB_LIMIT = 4096;
/** A line has its blob in base64, a type and a comment. */
const LINE_LIMIT = 16_384;
const COMMENT_LIMIT = 200;
/** Below 2048 bits an RSA key is within reach of an attacker; above 16384 checking one signature costs seconds. */
const RSA_BITS = { least: 2048, leastLegacy: 1024, most: 16_384 };
const LET_IT_IN = "its server needs a new one. Until then, allow old algorithms for this host under Options";
/** Larger exponents are refused by some browsers' Web Crypto, slow everywhere, and met nowhere. */
const RSA_EXPONENT_LIMIT = 2n ** 32n;

export interface KeyRules {
  /**
   * Are old algorithms allowed for the host whose key this is? RSA keys of 1024 to 2047 bits and signatures with SHA-1 then
   * count, too. Absent for keys that are no host's, to which the answer is no.
   */
  readonly legacy?: boolean;
}

/**
 * Throws SshError `key-format` for anything but exactly one key, `unsupported` for other types and for sizes
 * of RSA out of range, `negotiation` for a host's RSA key that only old algorithms would allow.
 */
export function parsePublicKey(blob: Uint8Array, rules: KeyRules = {}): PublicKey {
  if (blob.length > BLOB_LIMIT) throw unreadableKey("it is longer than any key we know");
  return readingKey(() => {
    const reader = new Reader(blob);
    const key = readPublicKey(reader.text(), reader, blob.slice(), rules);
    reader.end();
    return key;
  });
}

function readPublicKey(type: string, reader: Reader, blob: Uint8Array, rules: KeyRules): PublicKey {
  if (type === "ssh-ed25519") return readEd25519(reader, blob);
  if (type === "ssh-rsa") return readRsa(reader, blob, rules);
  const curve = type.replace(/^ecdsa-sha2-/, "");
  if (curve !== type && isCurveName(curve)) return readEcdsa(curve, reader, blob);
  throw unsupportedKeyType(type);
}

function readEd25519(reader: Reader, blob: Uint8Array): Ed25519PublicKey {
  const point = reader.string().slice();
  if (!isEdwardsPoint(point)) throw unreadableKey("its point is not on the curve");
  return { kind: "ed25519", type: "ssh-ed25519", label: "ED25519", bits: 256, blob, point };
}

function readEcdsa(curve: CurveName, reader: Reader, blob: Uint8Array): EcdsaPublicKey {
  if (reader.text() !== curve) throw unreadableKey("it names two different curves");
  const point = reader.string().slice();
  if (!isPoint(CURVES[curve], point)) throw unreadableKey("its point is not on the curve");
  return { kind: "ecdsa", type: `ecdsa-sha2-${curve}`, label: "ECDSA", bits: CURVES[curve].bits, blob, curve, point };
}

function readRsa(reader: Reader, blob: Uint8Array, { legacy }: KeyRules): RsaPublicKey {
  const exponent = reader.mpint();
  const modulus = reader.mpint();
  const bits = modulus.toString(2).length;
  if (modulus % 2n === 0n) throw unreadableKey("its modulus is even");
  if (exponent % 2n === 0n || exponent === 1n || exponent >= RSA_EXPONENT_LIMIT) {
    throw unreadableKey("its exponent is out of range");
  }
  const least = legacy ? RSA_BITS.leastLegacy : RSA_BITS.least;
  if (bits < least) {
    const words = (advice: string) => `This RSA key has ${bits} bits, and fewer than ${least} are not safe: ${advice}.`;
    if (legacy !== false || bits < RSA_BITS.leastLegacy)
      throw new SshError("unsupported", words("use an Ed25519 key, or a longer one"));
    const theirs = [`${bits} bits`];
    throw new SshError("negotiation", words(LET_IT_IN), {
      disagreement: { what: "RSA key length", ours: [`${least} bits and more`], theirs, legacy: theirs },
    });
  }
  if (bits > RSA_BITS.most) {
    throw new SshError("unsupported", `This RSA key has ${bits} bits: more than ${RSA_BITS.most} are not supported.`);
  }
  return { kind: "rsa", type: "ssh-rsa", label: "RSA", bits, blob, modulus, exponent };
}

/** A line of a `.pub` file: type, base64, comment (cleaned). Throws as `parsePublicKey` does. */
export function parsePublicKeyLine(text: string): { readonly key: PublicKey; readonly comment: string } {
  const line = text.trim();
  if (line.length > LINE_LIMIT || /[\r\n]/.test(line)) throw unreadableKey("it is not one line of a .pub file");
  const [, type, base64, comment = ""] = /^(\S+)[ \t]+(\S+)(?:[ \t]+(.*))?$/.exec(line) ?? [];
  const blob = base64 === undefined ? undefined : fromBase64(base64);
  if (type === undefined || blob === undefined) throw unreadableKey("it is not a line of type, base64 and comment");
  const key = parsePublicKey(blob);
  if (key.type !== type) throw unreadableKey("the type in front of it is not its own");
  return { key, comment: cleanLine(comment, COMMENT_LIMIT) };
}
