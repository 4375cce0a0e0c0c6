// RFC 4253 4.2: the lines a server may say before its version, and the version itself. Its exact bytes, without the line
// end, enter the exchange hash.

import { ascii } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { cleanLine, cleanUtf8, decodeUtf8 } from "../bytes/text.ts";

/** OpenSSH's limits for what comes before the version (ssh.h); the version line itself has RFC 4253's 255. */
const LINES_LIMIT = 1024;
const LINE_LIMIT = 8192;
const VERSION_LIMIT = 255;

export const OUR_IDENTIFICATION = ascii("SSH-2.0-Periwinkle_0.1");

export interface Identification {
  /** Without CR LF: what is hashed. */
  readonly raw: Uint8Array;
  /** Cleaned, for people. */
  readonly text: string;
}

/**
 * Reads until the server has said who it is; what came behind it is `rest`. Where it ends before, throws what `ended` knows
 * of why, else `not-ssh`.
 */
export async function readIdentification(
  read: () => Promise<Uint8Array | null>,
  ended: () => Promise<SshError | undefined>,
): Promise<{ readonly identification: Identification; readonly rest: Uint8Array }> {
  const lines = new IdentificationReader();
  for (;;) {
    const chunk = await read();
    if (chunk === null) throw (await ended()) ?? lines.notSsh();
    const found = lines.push(chunk);
    if (found) return found;
  }
}

/** By the software version (RFC 4253 4.2): for extensions that OpenSSH sends only to itself, because others abort on them. */
export function isOpenSsh(identification: string): boolean {
  return /^SSH-(2\.0|1\.99)-OpenSSH/.test(identification);
}

export class IdentificationReader {
  readonly #line = new Uint8Array(LINE_LIMIT);
  #length = 0;
  #lines = 0;
  #firstLine: string | undefined;

  /** Takes bytes until the version line is whole; then what came behind it is `rest`. Throws `not-ssh` or `version`. */
  push(chunk: Uint8Array): { readonly identification: Identification; readonly rest: Uint8Array } | undefined {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0;
      if (byte === 0x0a) {
        const found = this.#lineEnded();
        if (found) return { identification: found, rest: chunk.subarray(i + 1) };
      } else if (this.#length === LINE_LIMIT) throw this.notSsh();
      else this.#line[this.#length++] = byte;
    }
    return undefined;
  }

  /** The error for a server that ended, or went on for too long, without a version line. */
  notSsh(): SshError {
    const said =
      this.#firstLine || (this.#length > 0 ? cleanUtf8(this.#line.subarray(0, this.#length), 200) : undefined);
    if (!said) {
      return new SshError(
        "not-ssh",
        "The server closed the connection before it said a word. It may be too busy, or refuse your address.",
      );
    }
    return new SshError("not-ssh", "What answers there does not speak SSH. Check the port.", {
      quoted: cleanLine(said, 200),
    });
  }

  #lineEnded(): Identification | undefined {
    const ended = this.#length > 0 && this.#line[this.#length - 1] === 0x0d ? this.#length - 1 : this.#length;
    const raw = this.#line.slice(0, ended);
    this.#length = 0;
    if (decodeUtf8(raw.subarray(0, 4)) !== "SSH-") {
      this.#firstLine ||= cleanLine(cleanUtf8(raw, 200), 200);
      if (++this.#lines >= LINES_LIMIT) throw this.notSsh();
      return undefined;
    }
    const text = cleanLine(cleanUtf8(raw, VERSION_LIMIT), VERSION_LIMIT);
    if (raw.length > VERSION_LIMIT || raw.includes(0)) {
      throw new SshError("not-ssh", "The server's version line is not as SSH wants it.", { quoted: text });
    }
    // 1.99 is a server that also speaks 1.x (RFC 4253 5.1).
    if (!/^SSH-(2\.0|1\.99)-/.test(text)) {
      throw new SshError(
        "version",
        "The server speaks a version of SSH that is no longer safe, or not known. Periwinkle needs SSH 2.",
        { quoted: text },
      );
    }
    return { raw, text };
  }
}
