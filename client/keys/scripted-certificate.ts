// For tests: certificates with any flaw, by an Ed25519 authority. ssh-keygen makes only good ones.

import { ed25519 } from "@noble/curves/ed25519.js";
import { concat } from "../bytes/bytes.ts";
import { Reader, Writer } from "../bytes/wire.ts";

export const secretOf = (seed: number): Uint8Array => new Uint8Array(32).fill(seed);

/** A plain Ed25519 key blob. */
export const edKey = (seed: number): Uint8Array =>
  new Writer()
    .text("ssh-ed25519")
    .string(ed25519.getPublicKey(secretOf(seed)))
    .done();

export interface CertificateFields {
  /** The plain key blob that is certified. */
  readonly key: Uint8Array;
  /** Its name with `-cert-v01@openssh.com`, unless given. */
  readonly type?: string;
  readonly serial?: bigint;
  /** 1 a user, 2 a host. */
  readonly holder?: number;
  readonly keyId?: string;
  readonly principals?: readonly string[];
  readonly validAfter?: bigint;
  readonly validBefore?: bigint;
  readonly criticalOptions?: readonly string[];
  readonly extensions?: readonly string[];
  /** The authority's key blob, unless it is that of `signer`. */
  readonly authority?: Uint8Array;
  readonly signer: number;
  /** The whole signature blob in the place of a good one. */
  readonly signature?: Uint8Array;
  /** Bytes after the end. */
  readonly more?: Uint8Array;
}

export function certificateOf(fields: CertificateFields): Uint8Array {
  const key = new Reader(fields.key);
  const plainType = key.text();
  const type = fields.type ?? `${plainType}-cert-v01@openssh.com`;
  const strings = (texts: readonly string[] = []): Uint8Array =>
    concat(...texts.map((text) => new Writer().text(text).done()));
  const signed = new Writer()
    .text(type)
    .string(secretOf(7))
    .bytes(key.rest())
    .uint64(fields.serial ?? 5n)
    .uint32(fields.holder ?? 2)
    .text(fields.keyId ?? "the key of a host")
    .string(strings(fields.principals ?? ["db1.example.net"]))
    .uint64(fields.validAfter ?? 0n)
    .uint64(fields.validBefore ?? 2n ** 64n - 1n)
    .string(strings(fields.criticalOptions))
    .string(strings(fields.extensions))
    .text("")
    .string(fields.authority ?? edKey(fields.signer))
    .done();
  const signature =
    fields.signature ??
    new Writer()
      .text("ssh-ed25519")
      .string(ed25519.sign(signed, secretOf(fields.signer)))
      .done();
  return concat(new Writer().bytes(signed).string(signature).done(), fields.more ?? new Uint8Array(0));
}
