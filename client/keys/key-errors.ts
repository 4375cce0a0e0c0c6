// The refusals of this folder. A key reaches us from a server, from a known_hosts text or from a person's clipboard, so
// no sentence says that "the server" did wrong: the caller knows where the key came from.

import { SshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";

/** `problem` ends the sentence "This key cannot be read: ...". */
export function unreadableKey(problem: string, cause?: unknown): SshError {
  return new SshError("key-format", `This key cannot be read: ${problem}.`, { cause });
}

/** A type of key that exists and that we do not use; its name is the peer's word, and travels as a quotation. */
export function unsupportedKeyType(type: string): SshError {
  return new SshError("unsupported", "This type of key is not supported: use an Ed25519, ECDSA or RSA key.", {
    quoted: cleanLine(type, 64),
  });
}

/** Runs a parser. What a `Reader` finds wrong is a flaw of the key here, not of the protocol. */
export function readingKey<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SshError && error.code !== "protocol") throw error;
    throw unreadableKey("it is damaged or incomplete", error);
  }
}
