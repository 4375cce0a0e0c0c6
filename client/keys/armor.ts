// From what a person pastes or drops in to the bytes of an OpenSSH private key; everything else that people take for one
// is recognised, and answered with what to do.

import { fromBase64 } from "../bytes/base64.ts";
import { SshError, type SshErrorCode } from "../bytes/errors.ts";
import { decodeUtf8 } from "../bytes/text.ts";
import { unreadableKey } from "./key-errors.ts";

const BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END = "-----END OPENSSH PRIVATE KEY-----";
/** An RSA key of 16384 bits takes 13 KiB. */
const TEXT_LIMIT = 65_536;

const CONVERT =
  "This private key is in an older format. Make a copy of the file, convert the copy with: ssh-keygen -p -f FILE, and use that.";
const PUTTY =
  "This is a PuTTY key. Open it in PuTTYgen, choose Conversions, Export OpenSSH key (force new file format), then use the exported file.";
const PUBLIC =
  "This is the public half of a key, which cannot log in. The private key is in the file of the same name without .pub.";

/** The first row that matches speaks. */
const OTHERS: readonly (readonly [pattern: RegExp, code: SshErrorCode, sentence: string])[] = [
  [/^\s*$/, "key-format", "There is no key here: paste the whole text of the private key file, or drop the file in."],
  [
    /-----BEGIN DSA PRIVATE KEY-----/,
    "unsupported",
    "DSA keys are no longer safe, and servers refuse them: make a new key with ssh-keygen.",
  ],
  [/-----BEGIN (?:RSA |EC |ENCRYPTED )?PRIVATE KEY-----/, "unsupported", CONVERT],
  [
    /---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----/,
    "unsupported",
    "This is a key of SSH Communications' own format. Convert it with: ssh-keygen -i -f FILE",
  ],
  [
    /SSH PRIVATE KEY FILE FORMAT 1/,
    "unsupported",
    "This is a key for version 1 of SSH, which is not in use any more: make a new key with ssh-keygen.",
  ],
  [/PuTTY-User-Key-File-\d/, "unsupported", PUTTY],
  [/-----BEGIN (?:RSA )?PUBLIC KEY-----|---- BEGIN SSH2 PUBLIC KEY ----/, "key-format", PUBLIC],
  [/(?:^|\s)[\w.@-]+[ \t]+AAAA[A-Za-z0-9+/]/, "key-format", PUBLIC],
  [/-----BEGIN CERTIFICATE-----/, "key-format", "This is a certificate, not a private key."],
];

/** The decoded body. Throws SshError `key-format` or `unsupported` with a sentence on what to do instead. */
export function opensshKeyBytes(text: Uint8Array): Uint8Array {
  if (text.length > TEXT_LIMIT) throw unreadableKey("the file is larger than any private key");
  const pasted = decodeUtf8(text);
  const start = pasted.indexOf(BEGIN);
  if (start === -1) throw notOurs(pasted);
  const end = pasted.indexOf(END, start);
  if (end === -1) throw unreadableKey(`its end is missing. Copy the whole file, down to ${END}`);
  const bytes = fromBase64(pasted.slice(start + BEGIN.length, end).replace(/\s+/g, ""));
  if (bytes === undefined)
    throw unreadableKey("the text between its first and last line is damaged. Copy the file again");
  return bytes;
}

function notOurs(pasted: string): SshError {
  for (const [pattern, code, sentence] of OTHERS) {
    if (pattern.test(pasted)) return new SshError(code, sentence);
  }
  return new SshError("key-format", `This is not a private key: the text of one begins with ${BEGIN}`);
}
