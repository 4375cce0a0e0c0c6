// Private keys in OpenSSH's own file format, openssh-key-v1 (OpenSSH's PROTOCOL.key): a public half that anyone can read,
// and a private half that may be locked with a passphrase. The whole frame is checked before any slow work begins.

import { ascii, equal } from "../bytes/bytes.ts";
import { aborted, SshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import { Reader } from "../bytes/wire.ts";
import { opensshKeyBytes } from "./armor.ts";
import { bcryptPbkdf, type SlowWork } from "./bcrypt-pbkdf.ts";
import { KEY_CIPHERS, type KeyCipher } from "./key-cipher.ts";
import { readingKey, unreadableKey } from "./key-errors.ts";
import { makeSigner } from "./key-signer.ts";
import { readPrivateFields } from "./private-key.ts";
import { type PublicKey, parsePublicKey } from "./public-key.ts";
import type { Signer } from "./signer.ts";

export type PrivateKeyReading =
  | { readonly kind: "ready"; readonly signer: Signer }
  | {
      readonly kind: "locked";
      readonly publicKey: PublicKey;
      /** Throws SshError `key-passphrase` for a wrong one, `key-format` for a damaged key, `aborted`. May be tried again. */
      unlock(passphrase: Uint8Array, work: SlowWork): Promise<Signer>;
    };

const MAGIC = ascii("openssh-key-v1\0");
/** The block of the cipher "none". */
const PLAIN_BLOCK = 8;
/** ssh-keygen takes 16 to 24 by default; 2048 take about 20 s here, and the number comes from the file. */
const ROUNDS_LIMIT = 2048;
const SALT_LIMIT = 64;

interface Lock {
  readonly cipher: KeyCipher;
  readonly salt: Uint8Array;
  readonly rounds: number;
  readonly tag: Uint8Array;
}
interface KeyFile {
  readonly publicKey: PublicKey;
  readonly body: Uint8Array;
  readonly lock: Lock | undefined;
}

/**
 * The key in a text of 64 KiB at most. Throws SshError `key-format` or `unsupported`, with a sentence for each other
 * kind of text that people take for an OpenSSH private key.
 */
export async function openPrivateKey(text: Uint8Array): Promise<PrivateKeyReading> {
  const file = readingKey(() => readFrame(opensshKeyBytes(text)));
  const { publicKey, lock } = file;
  if (!lock)
    return { kind: "ready", signer: await signerIn(file.body, publicKey, () => unreadableKey("it is damaged")) };
  return { kind: "locked", publicKey, unlock: (passphrase, work) => unlock(file, lock, passphrase, work) };
}

/** The same in one step. Without the passphrase that a key needs it throws SshError `key-passphrase`. */
export async function readPrivateKey(
  text: Uint8Array,
  passphrase: Uint8Array | undefined,
  work: SlowWork,
): Promise<Signer> {
  const reading = await openPrivateKey(text);
  if (reading.kind === "ready") return reading.signer;
  if (passphrase === undefined || passphrase.length === 0) {
    throw new SshError("key-passphrase", "This key is locked: type its passphrase.");
  }
  return reading.unlock(passphrase, work);
}

function readFrame(bytes: Uint8Array): KeyFile {
  const reader = new Reader(bytes);
  if (!equal(reader.bytes(MAGIC.length), MAGIC)) throw unreadableKey("it does not begin like an OpenSSH key");
  const cipherName = reader.text();
  const kdfName = reader.text();
  const kdfOptions = reader.string();
  if (reader.uint32() !== 1) throw unreadableKey("it should hold one key");
  const publicKey = parsePublicKey(reader.string());
  const body = reader.string();
  const lock = readLock(cipherName, kdfName, kdfOptions, reader);
  reader.end();
  const blockBytes = lock?.cipher.blockBytes ?? PLAIN_BLOCK;
  if (body.length === 0 || body.length % blockBytes !== 0) throw unreadableKey("its private half is incomplete");
  return { publicKey, body, lock };
}

function readLock(cipherName: string, kdfName: string, kdfOptions: Uint8Array, reader: Reader): Lock | undefined {
  if (cipherName === "none" && kdfName === "none" && kdfOptions.length === 0) return undefined;
  const cipher = KEY_CIPHERS.get(cipherName);
  if (!cipher || kdfName !== "bcrypt") {
    throw new SshError(
      "unsupported",
      "This key is locked with a method that is not supported. Lock it anew with: ssh-keygen -p -Z aes256-ctr -f FILE",
      { quoted: cleanLine(`${cipherName} ${kdfName}`, 100) },
    );
  }
  const options = new Reader(kdfOptions);
  const salt = options.string();
  const rounds = options.uint32();
  options.end();
  if (salt.length === 0 || salt.length > SALT_LIMIT || rounds === 0) throw unreadableKey("its lock is damaged");
  if (rounds > ROUNDS_LIMIT) {
    throw new SshError(
      "unsupported",
      `Unlocking this key takes ${rounds} rounds, and more than ${ROUNDS_LIMIT} take too long in a browser. Lower them with: ssh-keygen -p -a 100 -f FILE`,
    );
  }
  return { cipher, salt, rounds, tag: reader.bytes(cipher.tagBytes) };
}

async function unlock(file: KeyFile, lock: Lock, passphrase: Uint8Array, work: SlowWork): Promise<Signer> {
  const { cipher, salt, rounds, tag } = lock;
  if (work.signal?.aborted) throw aborted(work.signal.reason);
  const derived = await bcryptPbkdf(passphrase, salt, rounds, cipher.keyBytes + cipher.ivBytes, work);
  const key = derived.subarray(0, cipher.keyBytes);
  const iv = derived.subarray(cipher.keyBytes);
  const opened = cipher.open(key, iv, file.body, tag);
  derived.fill(0);
  if (opened === undefined) throw wrongPassphrase();
  return signerIn(opened, file.publicKey, wrongPassphrase);
}

/** `unequal` is what it means when the two check numbers, made equal by the writer, differ. */
async function signerIn(body: Uint8Array, publicKey: PublicKey, unequal: () => SshError): Promise<Signer> {
  try {
    if (!equal(body.subarray(0, 4), body.subarray(4, 8))) throw unequal();
    const { key, comment } = readPrivateFields(body.subarray(8), publicKey);
    return await makeSigner(key, comment);
  } finally {
    body.fill(0);
  }
}

const wrongPassphrase = () => new SshError("key-passphrase", "This passphrase does not unlock the key: try again.");
