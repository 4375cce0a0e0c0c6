// A file that only a passphrase opens: a header with the parameters, then AES-256-GCM over all of the contents, with the
// header as additional data. The key comes from the passphrase by scrypt (RFC 7914), which takes 128 MiB and about a second.
//
//   "periwinkle-backup\n" | version, log2 N, r, p: a byte each | salt: 16 | nonce: 12 | ciphertext and tag

import { ascii, concat, equal } from "../bytes/bytes.ts";
import { loaded } from "../bytes/loaded.ts";
import type { Random } from "../bytes/random.ts";
import { encodeUtf8 } from "../bytes/text.ts";

const MAGIC = ascii("periwinkle-backup\n");
const VERSION = 1;
const SALT = 16;
const NONCE = 12;
const TAG = 16;
const PARAMETERS = MAGIC.length;
const HEADER = PARAMETERS + 4 + SALT + NONCE;
/** In bytes, of a file. */
const FILE_LIMIT = 64 * 1024 * 1024;
/** How long the page may stand still at a time. */
const SLICE_MS = 12;

/** RFC 7914, 2: N is 2 ** `log2N`. */
export interface ScryptCost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

const COST: ScryptCost = { log2N: 17, r: 8, p: 1 };
/** Twice the memory and four times the time of ours: a file must not be able to stop the page. */
const MOST_MEMORY = 2 ** 18 * 8;
const MOST_WORK = 2 ** 19 * 8;

export type BackupProblem = "foreign" | "newer" | "sealed" | "large" | "costly" | "memory" | "insecure" | "contents";

/** A file that cannot be made or opened. The message is a sentence for a person. */
export class BackupError extends Error {
  override readonly name = "BackupError";
  readonly problem: BackupProblem;

  constructor(problem: BackupProblem, cause?: unknown) {
    super(SENTENCES[problem], cause === undefined ? undefined : { cause });
    this.problem = problem;
  }
}

const SENTENCES: Readonly<Record<BackupProblem, string>> = {
  foreign: "This is not a backup that Periwinkle made. Choose another file.",
  newer: "This backup was made by a newer Periwinkle. Reload the page to get the newest one, and try again.",
  sealed: "The passphrase is wrong, or the file was changed after it was made. Try again, or choose another copy.",
  large: "A backup is never larger than 64 MiB. Choose another file, or remove known hosts that you do not need.",
  costly: "This backup asks for more work than Periwinkle ever does: it was changed. Choose another copy.",
  memory: "There is not enough memory for this. Close other tabs and try again.",
  insecure: "The browser encrypts only for pages that came over HTTPS. Open Periwinkle at an https: address.",
  contents: "What is inside this backup cannot be read. Choose another copy.",
};

/** For work that takes a second: `progress` is told 0 to 1, and `signal` ends it with its reason. */
export interface SlowWork {
  readonly progress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SealWork extends SlowWork {
  readonly random: Random;
  /** For tests. */
  readonly cost?: ScryptCost | undefined;
}

/** Rejects with BackupError, or with the signal's reason. */
export async function seal(contents: Uint8Array, passphrase: string, work: SealWork): Promise<Uint8Array<ArrayBuffer>> {
  if (HEADER + contents.length + TAG > FILE_LIMIT) throw new BackupError("large");
  const { random, cost = COST } = work;
  const parameters = Uint8Array.of(VERSION, cost.log2N, cost.r, cost.p);
  const header = concat(MAGIC, parameters, random(SALT), random(NONCE));
  const key = await deriveKey(header, passphrase, "encrypt", work);
  return concat(header, new Uint8Array(await crypto.subtle.encrypt(gcm(header), key, concat(contents))));
}

/** What `seal` was given. Rejects with BackupError, or with the signal's reason. */
export async function unseal(file: Uint8Array, passphrase: string, work: SlowWork): Promise<Uint8Array> {
  if (file.length > FILE_LIMIT) throw new BackupError("large");
  if (!equal(file.subarray(0, PARAMETERS), MAGIC)) throw new BackupError("foreign");
  if ((file[PARAMETERS] ?? 0) > VERSION) throw new BackupError("newer");
  if (file.length < HEADER + TAG) throw new BackupError("sealed");
  const header = concat(file.subarray(0, HEADER));
  const key = await deriveKey(header, passphrase, "decrypt", work);
  const sealed = concat(file.subarray(HEADER));
  try {
    return new Uint8Array(await crypto.subtle.decrypt(gcm(header), key, sealed));
  } catch (cause) {
    throw new BackupError("sealed", cause);
  }
}

function gcm(header: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: "AES-GCM", iv: header.subarray(HEADER - NONCE), additionalData: header };
}

async function deriveKey(
  header: Uint8Array,
  passphrase: string,
  use: "encrypt" | "decrypt",
  { progress, signal }: SlowWork,
): Promise<CryptoKey> {
  signal?.throwIfAborted();
  const [log2N = 0, r = 0, p = 0] = header.subarray(PARAMETERS + 1, PARAMETERS + 4);
  const isOurs = log2N > 0 && r > 0 && p > 0;
  if (!isOurs || 2 ** log2N * r > MOST_MEMORY || 2 ** log2N * r * p > MOST_WORK) throw new BackupError("costly");
  // Absent on plain HTTP.
  if ((crypto.subtle as SubtleCrypto | undefined) === undefined) throw new BackupError("insecure");
  const { scryptAsync } = await loaded(import("@noble/hashes/scrypt.js"));
  // The same words typed at another keyboard are the same passphrase.
  const secret = encodeUtf8(passphrase.normalize("NFC"));
  const salt = header.subarray(PARAMETERS + 4, PARAMETERS + 4 + SALT);
  const onProgress = (done: number): void => {
    signal?.throwIfAborted();
    progress?.(done);
  };
  try {
    const options = { N: 2 ** log2N, r, p, dkLen: 32, asyncTick: SLICE_MS, onProgress };
    const raw = concat(await scryptAsync(secret, salt, options));
    const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, [use]);
    raw.fill(0);
    return key;
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown instanceof RangeError ? new BackupError("memory", thrown) : thrown;
  } finally {
    secret.fill(0);
  }
}
