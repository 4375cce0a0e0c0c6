// RFC 8308, both ways: what we tell the server after our first NEWKEYS, and what it tells of itself.

import { ascii, equal } from "../bytes/bytes.ts";
import { protocolError } from "../bytes/errors.ts";
import { parseNames, Reader, Writer } from "../bytes/wire.ts";
import { MSG } from "../framing/numbers.ts";

/** Real servers send two to five. */
const EXTENSIONS_LIMIT = 64;
const MESSAGES_LIMIT = 2;
/** The version of each of OpenSSH's extensions that we speak. */
const VERSION = ascii("0");

/**
 * Ours, with one entry: the server may tell more once it knows who logs in (OpenSSH PROTOCOL 1.10). For servers whose first
 * KEXINIT has ext-info-s, as the packet right behind our first NEWKEYS (RFC 8308 2.4).
 */
export function ourExtensionInfo(): Uint8Array {
  return new Writer().byte(MSG.EXT_INFO).uint32(1).text("ext-info-in-auth@openssh.com").string(VERSION).done();
}

export class ExtensionInfo {
  /** From `server-sig-algs`; undefined when the server did not say. */
  signatureAlgorithms: readonly string[] | undefined;
  /** publickey-hostbound@openssh.com: the login may be bound to the host key. */
  hostBound = false;
  /** ping@openssh.com: the server answers PING. */
  ping = false;
  /** Ours went out, so the server may tell more at any time of the login. */
  offeredInAuth = false;
  #messages = 0;
  #beforeSuccess = false;

  /**
   * EXT_INFO. `first` where it is the packet right behind the server's first NEWKEYS; any other belongs into the login, and
   * right before USERAUTH_SUCCESS where we did not offer more (RFC 8308 2.4). It may change nothing but server-sig-algs.
   */
  receive(payload: Uint8Array, first: boolean): void {
    if (++this.#messages > MESSAGES_LIMIT) throw protocolError("extension information more often than twice");
    this.#beforeSuccess = !first && !this.offeredInAuth;
    const reader = new Reader(payload, 1);
    const count = reader.uint32();
    if (count > EXTENSIONS_LIMIT) throw protocolError("too many extensions");
    for (let i = 0; i < count; i++) this.#extension(reader.text(), reader.string(), first);
    reader.end();
  }

  /** Every message of the login passes here first: what was announced as the last before SUCCESS must be that. */
  loginMessage(number: number): void {
    if (this.#beforeSuccess && number !== MSG.USERAUTH_SUCCESS)
      throw protocolError("extension information where none may come (RFC 8308 2.4)");
  }

  #extension(name: string, value: Uint8Array, first: boolean): void {
    if (name === "server-sig-algs") this.signatureAlgorithms = parseNames(value); // without a length of its own (RFC 8308 3.1)
    if (!first) return;
    if (name === "publickey-hostbound@openssh.com") this.hostBound = equal(value, VERSION);
    if (name === "ping@openssh.com") this.ping = equal(value, VERSION);
  }
}
