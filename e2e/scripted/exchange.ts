// The server's half of each key exchange, and its host key: what our client meets in a test. Curves and ML-KEM are of the
// same libraries; Diffie-Hellman is written here once more, in the plainest way, so that the client's can be wrong.

import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { concat } from "../../client/bytes/bytes.ts";
import type { Random } from "../../client/bytes/random.ts";
import { fromBigEndian, mpintBytes, mpintFromBigEndian, Reader, Writer } from "../../client/bytes/wire.ts";
import type { Hash } from "../../client/kex/exchange.ts";
import { group1, group14, group16, group18 } from "../../client/kex/groups.ts";
import type { DhGroup } from "../../client/kex/modp.ts";
import { encapsulate, PUBLIC_KEY_BYTES as SNTRUP_KEY_BYTES } from "../../client/kex/sntrup761.ts";

export interface Agreed {
  /** What the reply has between host key and signature: the inside of a string or of an mpint. */
  readonly serverPublic: Uint8Array;
  /** K as it is hashed, its length in front. */
  readonly secret: Uint8Array;
  /** What is hashed between K_S and K. */
  readonly publicValues: readonly Uint8Array[];
  readonly hash: Hash;
  /** The reply's message number. */
  readonly replyNumber: number;
}

export interface ServerExchange {
  /** Takes the client's next message: what to say to it, or what both have agreed on. */
  step(payload: Uint8Array): { readonly send: Uint8Array } | Agreed;
}

type StartServerExchange = (random: Random) => ServerExchange;

function open(payload: Uint8Array, number: number): Reader {
  const reader = new Reader(payload);
  if (reader.byte() !== number) throw new Error(`message ${payload[0]} where ${number} belongs`);
  return reader;
}

type Agree = (clientPublic: Uint8Array, random: Random) => Pick<Agreed, "serverPublic" | "secret">;

/** RFC 5656 4, and the hybrids. */
const twoMessages =
  (hash: Hash, agree: Agree): StartServerExchange =>
  (random) => ({
    step(payload) {
      const clientPublic = open(payload, 30).string();
      const agreed = agree(clientPublic, random);
      const publicValues = [clientPublic, agreed.serverPublic].map((value) => new Writer().string(value).done());
      return { ...agreed, publicValues, hash, replyNumber: 31 };
    },
  });

const mpint = (bytes: Uint8Array): Uint8Array => new Writer().string(mpintFromBigEndian(bytes)).done();

const curve25519 = twoMessages(sha256, (clientPublic, random) => {
  const own = random(32);
  return { serverPublic: x25519.getPublicKey(own), secret: mpint(x25519.getSharedSecret(own, clientPublic)) };
});

const ecdh = (curve: typeof p256, hash: Hash): StartServerExchange =>
  twoMessages(hash, (clientPublic, random) => {
    const own = curve.utils.randomSecretKey(random(curve.lengths.seed ?? 0));
    const shared = curve.getSharedSecret(own, clientPublic, false);
    const secret = mpint(shared.subarray(1, (shared.length + 1) / 2));
    return { serverPublic: curve.getPublicKey(own, false), secret };
  });

/** K is a string, the hash of both secrets. */
const hybrid = (
  hash: Hash,
  keyBytes: number,
  encapsulated: (key: Uint8Array, random: Random) => { cipherText: Uint8Array; sharedSecret: Uint8Array },
): StartServerExchange =>
  twoMessages(hash, (clientPublic, random) => {
    const own = random(32);
    const { cipherText, sharedSecret } = encapsulated(clientPublic.subarray(0, keyBytes), random);
    const classical = x25519.getSharedSecret(own, clientPublic.subarray(keyBytes));
    return {
      serverPublic: concat(cipherText, x25519.getPublicKey(own)),
      secret: new Writer().string(hash(concat(sharedSecret, classical))).done(),
    };
  });

const ML_KEM_KEY_BYTES = 1184;
const mlkem768x25519 = hybrid(sha256, ML_KEM_KEY_BYTES, (key, random) => ml_kem768.encapsulate(key, random(32)));
const sntrup761x25519 = hybrid(sha512, SNTRUP_KEY_BYTES, encapsulate);

/** Bit by bit. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === "1") result = (result * base) % modulus;
  }
  return result;
}

/** What both Diffie-Hellman forms end with. */
function answer({ p, g }: DhGroup, e: bigint, random: Random) {
  const own = fromBigEndian(random(32));
  const f = power(g, own, p);
  return { f, serverPublic: mpintBytes(f), secret: new Writer().mpint(power(e, own, p)).done() };
}

/** RFC 4253 8 */
const dh =
  (group: DhGroup, hash: Hash): StartServerExchange =>
  (random) => ({
    step(payload) {
      const e = open(payload, 30).mpint();
      const { f, serverPublic, secret } = answer(group, e, random);
      const publicValues = [e, f].map((value) => new Writer().mpint(value).done());
      return { serverPublic, secret, publicValues, hash, replyNumber: 31 };
    },
  });

/** RFC 4419, with the smallest of the known groups that is as large as was asked for. */
const groupExchange =
  (hash: Hash): StartServerExchange =>
  (random) => {
    let chosen: { readonly group: DhGroup; readonly request: Uint8Array } | undefined;
    return {
      step(payload) {
        if (!chosen) {
          const wanted = open(payload, 34);
          const [, preferred] = [wanted.uint32(), wanted.uint32()];
          const group = [group14, group16].find(({ p }) => p.toString(2).length >= preferred) ?? group18;
          chosen = { group, request: payload.slice(1) };
          return { send: new Writer().byte(31).mpint(group.p).mpint(group.g).done() };
        }
        const { group, request } = chosen;
        const e = open(payload, 32).mpint();
        const { f, serverPublic, secret } = answer(group, e, random);
        const values = [group.p, group.g, e, f].map((value) => new Writer().mpint(value).done());
        return { serverPublic, secret, publicValues: [request, ...values], hash, replyNumber: 33 };
      },
    };
  };

export const serverExchanges: Readonly<Record<string, StartServerExchange>> = {
  "mlkem768x25519-sha256": mlkem768x25519,
  "sntrup761x25519-sha512": sntrup761x25519,
  "sntrup761x25519-sha512@openssh.com": sntrup761x25519,
  "curve25519-sha256": curve25519,
  "curve25519-sha256@libssh.org": curve25519,
  "ecdh-sha2-nistp256": ecdh(p256, sha256),
  "ecdh-sha2-nistp384": ecdh(p384, sha384),
  "ecdh-sha2-nistp521": ecdh(p521, sha512),
  "diffie-hellman-group-exchange-sha256": groupExchange(sha256),
  "diffie-hellman-group16-sha512": dh(group16, sha512),
  "diffie-hellman-group18-sha512": dh(group18, sha512),
  "diffie-hellman-group14-sha256": dh(group14, sha256),
  "diffie-hellman-group-exchange-sha1": groupExchange(sha1),
  "diffie-hellman-group14-sha1": dh(group14, sha1),
  "diffie-hellman-group1-sha1": dh(group1, sha1),
};

export interface HostKey {
  readonly blob: Uint8Array;
  /** string algorithm, string signature */
  sign(data: Uint8Array): Uint8Array;
}

/** An Ed25519 host key out of 32 bytes. */
export function ed25519HostKey(seed: Uint8Array): HostKey {
  return {
    blob: new Writer().text("ssh-ed25519").string(ed25519.getPublicKey(seed)).done(),
    sign: (data) => new Writer().text("ssh-ed25519").string(ed25519.sign(data, seed)).done(),
  };
}
