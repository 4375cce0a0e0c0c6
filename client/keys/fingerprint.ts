// SHA256 fingerprints, written as ssh-keygen writes them and read as people paste them.

import { sha256 } from "@noble/hashes/sha2.js";
import { fromBase64, toBase64 } from "../bytes/base64.ts";
import { readUint32 } from "../bytes/bytes.ts";
import { decodeUtf8 } from "../bytes/text.ts";

const PREFIX = "SHA256:";
/** 32 bytes in base64 without padding. */
const DIGITS = 43;
/** A paste longer than this is not a fingerprint, nor a line with a key. */
const PASTE_LIMIT = 8192;

/** `SHA256:` and 43 characters of base64, for any key blob. */
export function fingerprint(blob: Uint8Array): string {
  return PREFIX + toBase64(sha256(blob), false);
}

/** The 43 characters in groups of four (the last has three), for eyes. */
export function fingerprintGroups(fingerprint: string): readonly string[] {
  return fingerprint.replace(PREFIX, "").match(/.{1,4}/g) ?? [];
}

/**
 * What a person pastes to say which key to expect: a fingerprint with or without its prefix, in groups, on several lines,
 * with padding; a line of `ssh-keygen -l` or of ssh's own question; a public key, alone or in a line of known_hosts.
 * Undefined if there is no fingerprint in it; MD5 fingerprints are none.
 */
export function parseFingerprint(pasted: string): string | undefined {
  if (pasted.length > PASTE_LIMIT) return undefined;
  const text = pasted.trim();
  return fingerprintOfKeyIn(text) ?? fingerprintAfterPrefix(text) ?? bareFingerprint(text);
}

function fingerprintAfterPrefix(text: string): string | undefined {
  const start = text.search(/sha256:/i);
  if (start === -1) return undefined;
  // The first word after the prefix, and as many more as make 43 characters: groups end where the comment begins.
  let digits = "";
  for (const word of text.slice(start + PREFIX.length).split(/\s+/)) {
    digits += word.replace(/[=.,;:)'"]+$/, "");
    if (digits.length >= DIGITS) break;
  }
  return canonical(digits);
}

function bareFingerprint(text: string): string | undefined {
  return canonical(text.replace(/\s+/g, "").replace(/=$/, ""));
}

function canonical(digits: string): string | undefined {
  return digits.length === DIGITS && fromBase64(digits) !== undefined ? PREFIX + digits : undefined;
}

/** A word of base64 that begins with the name in front of it is a key, whatever its type. */
function fingerprintOfKeyIn(text: string): string | undefined {
  const found = /(?:^|\s)(\S+)[ \t]+(AAAA\S+)/.exec(text);
  const blob = found?.[2] === undefined ? undefined : fromBase64(found[2]);
  if (blob === undefined || decodeUtf8(blob.subarray(4, 4 + readUint32(blob, 0))) !== found?.[1]) return undefined;
  return fingerprint(blob);
}
