// A cipher that does not authenticate by itself, joined with a MAC, in both forms: over the plain packet with its length
// encrypted too (RFC 4253 6.4), or over the ciphertext with its length in clear (OpenSSH PROTOCOL 1.5).

import { equal, readUint32 } from "../bytes/bytes.ts";
import type { Maybe } from "../bytes/stream.ts";
import type { KeyedMac, Layout, MacAlgorithm, OpeningCipher, SealingCipher } from "./cipher.ts";
import { notAuthentic } from "./integrity.ts";
import { andThen, both } from "./maybe.ts";
import { BULK_FROM } from "./padding.ts";

/** Of AES, the only block cipher here. */
export const BLOCK = 16;

/**
 * One direction of a block cipher in a mode. A call takes its place in the counter or the chain at once, so that calls in
 * flight together never share one; what it returns does the work, and may be called later.
 */
export type Transformation = (data: Uint8Array) => () => Maybe<Uint8Array>;

export interface Deciphering {
  readonly next: Transformation;
  /** The next block, decrypted without moving on. */
  readonly peek: (block: Uint8Array) => Uint8Array;
}

export function sealingWith(encipher: Transformation, keyed: KeyedMac, mac: MacAlgorithm): SealingCipher {
  return mac.encryptThenMac
    ? cipherMacSealing(encipher, keyed, lengthInClear(mac.tagBytes))
    : plainMacSealing(encipher, keyed, lengthEncrypted(mac.tagBytes));
}

/** `concealed` where the mode lets an attacker choose what the length is made of: see `Layout.concealed`. */
export function openingWith(
  decipher: Deciphering,
  keyed: KeyedMac,
  mac: MacAlgorithm,
  concealed: boolean,
): OpeningCipher {
  return mac.encryptThenMac
    ? cipherMacOpening(decipher, keyed, lengthInClear(mac.tagBytes))
    : plainMacOpening(decipher, keyed, { ...lengthEncrypted(mac.tagBytes), concealed });
}

const lengthEncrypted = (tag: number): Layout => ({ head: BLOCK, block: BLOCK, lengthAligned: true, tag });
const lengthInClear = (tag: number): Layout => ({ head: 4, block: BLOCK, lengthAligned: false, tag });

/** Encrypt-and-MAC: the MAC reads the plain packet, and the length is under the cipher like the rest. */
const plainMacSealing = (encipher: Transformation, mac: KeyedMac, layout: Layout): SealingCipher => ({
  layout,
  seal(sequence, packet) {
    return both(encipher(packet)(), mac.compute(sequence, packet), (bytes, tag) => {
      if (packet.length < BULK_FROM) packet.fill(0); // it may be a password
      return [bytes, tag];
    });
  },
});

const plainMacOpening = (decipher: Deciphering, mac: KeyedMac, layout: Layout): OpeningCipher => ({
  layout,
  length: (_sequence, head) => readUint32(decipher.peek(head.subarray(0, BLOCK)), 0),
  open(sequence, record) {
    const end = record.length - layout.tag;
    return andThen(decipher.next(record.subarray(0, end))(), (packet) =>
      andThen(mac.compute(sequence, packet), (tag) => {
        if (!equal(tag, record.subarray(end))) throw notAuthentic();
        return packet.subarray(4);
      }),
    );
  },
});

/** Encrypt-then-MAC: nothing is decrypted before the MAC over length and ciphertext holds. */
const cipherMacSealing = (encipher: Transformation, mac: KeyedMac, layout: Layout): SealingCipher => ({
  layout,
  seal(sequence, packet) {
    const length = packet.slice(0, 4);
    return andThen(encipher(packet.subarray(4))(), (bytes) => {
      if (packet.length < BULK_FROM) packet.fill(0, 4);
      return andThen(mac.compute(sequence, length, bytes), (tag) => [length, bytes, tag]);
    });
  },
});

const cipherMacOpening = (decipher: Deciphering, mac: KeyedMac, layout: Layout): OpeningCipher => ({
  layout,
  length: (_sequence, head) => readUint32(head, 0),
  open(sequence, record) {
    const end = record.length - layout.tag;
    const decipherNow = decipher.next(record.subarray(4, end));
    return andThen(mac.compute(sequence, record.subarray(0, end)), (tag) => {
      if (!equal(tag, record.subarray(end))) throw notAuthentic();
      return decipherNow();
    });
  },
});
