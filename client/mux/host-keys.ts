// hostkeys-00@openssh.com (OpenSSH PROTOCOL 2.5): a server that is known by one key tells its others, and proves that it has
// them, so that it can change keys without becoming a stranger. What is done with them is for others to decide.

import { equal } from "../bytes/bytes.ts";
import { asSshError, protocolError } from "../bytes/errors.ts";
import { Reader, Writer } from "../bytes/wire.ts";
import { type PublicKey, parsePublicKey } from "../keys/public-key.ts";
import { verifySignature } from "../keys/verify.ts";
import type { ProveHostKeys } from "../knownhosts/rotation.ts";
import type { Multiplexer } from "./multiplexer.ts";

const ANNOUNCE = "hostkeys-00@openssh.com";
const PROVE = "hostkeys-prove-00@openssh.com";
const CERTIFICATE = "-cert-v01@openssh.com";
/** Real servers have three or four. */
const KEYS_LIMIT = 32;
/** SHA-1 proves nothing any more. */
const RSA_ALGORITHMS = ["rsa-sha2-512", "rsa-sha2-256"];

export interface HostKeysOptions {
  /** Of the connection; asked for when it is needed. */
  readonly sessionId: () => Uint8Array;
  /** The host key of the first exchange, which was proved there. */
  readonly hostKey: () => Uint8Array | undefined;
  /**
   * Told once, if the server announces: every key that it calls its own and that we understand, the connection's among them. What
   * it did not prove yet is proved by `prove`, which costs a round trip and the server a signature a key: only what is new is worth it.
   */
  readonly announced: ((keys: readonly Uint8Array[], prove: ProveHostKeys) => void) | undefined;
  readonly log: (line: string) => void;
}

export class HostKeys {
  readonly #mux: () => Pick<Multiplexer, "globalRequest">;
  readonly #options: HostKeysOptions;
  #announced = false;

  constructor(mux: () => Pick<Multiplexer, "globalRequest">, options: HostKeysOptions) {
    this.#mux = mux;
    this.#options = options;
  }

  /** A global request of the server's. True if it was the announcement. Throws a protocol error on a second or a damaged one. */
  requested(name: string, data: Uint8Array): boolean {
    if (name !== ANNOUNCE) return false;
    if (this.#announced) throw protocolError("it announced its host keys twice");
    this.#announced = true;
    const keys = readKeys(data);
    if (!keys) this.#options.log("the server announced a host key twice: its announcement is ignored");
    else {
      this.#options.announced?.(
        keys.map(({ blob }) => blob),
        (wanted) => this.#prove(keys.filter(({ blob }) => wanted.some((one) => equal(one, blob)))),
      );
    }
    return true;
  }

  /** The connection's own key was proved by the exchange. */
  async #prove(keys: readonly PublicKey[]): Promise<readonly Uint8Array[]> {
    const { sessionId, hostKey, log } = this.#options;
    const own = hostKey();
    const others = keys.filter(({ blob }) => own === undefined || !equal(blob, own));
    try {
      const good = others.length === 0 ? [] : await this.#ask(others, sessionId());
      if (good) return keys.filter((key) => !others.includes(key) || good.includes(key)).map(({ blob }) => blob);
      log("the server could not prove the host keys it announced: they are ignored");
    } catch (error) {
      log(`host keys were not proved: ${asSshError(error).message}`);
    }
    return [];
  }

  /** Those that were proved; undefined if the server refused, or if any signature is wrong. */
  async #ask(keys: readonly PublicKey[], sessionId: Uint8Array): Promise<readonly PublicKey[] | undefined> {
    const request = new Writer();
    for (const { blob } of keys) request.string(blob);
    const reply = await this.#mux().globalRequest(PROVE, request.done(), true);
    if (!reply) return undefined;
    const reader = new Reader(reply);
    const signatures = keys.map(() => reader.string());
    reader.end();
    const good: PublicKey[] = [];
    for (const [index, key] of keys.entries()) {
      const signature = signatures[index] ?? new Uint8Array(0);
      const algorithm = algorithmOf(key, signature);
      if (algorithm === undefined) continue;
      const signed = new Writer().text(PROVE).string(sessionId).string(key.blob).done();
      if ((await verifySignature(algorithm, key, signature, signed)) !== true) return undefined;
      good.push(key);
    }
    return good;
  }
}

/** The keys that we understand: others, certificates among them, are skipped. Undefined if one comes twice. */
function readKeys(data: Uint8Array): readonly PublicKey[] | undefined {
  const reader = new Reader(data);
  const keys: PublicKey[] = [];
  for (let count = 1; reader.remaining > 0; count++) {
    if (count > KEYS_LIMIT) throw protocolError("it announced host keys without end");
    const key = readKey(reader.string());
    if (!key) continue;
    if (keys.some(({ blob }) => equal(blob, key.blob))) return undefined;
    keys.push(key);
  }
  return keys;
}

function readKey(blob: Uint8Array): PublicKey | undefined {
  try {
    if (new Reader(blob).text().endsWith(CERTIFICATE)) return undefined; // says nothing that its key does not
    return parsePublicKey(blob);
  } catch {
    return undefined; // of a kind, a size or a form that we would not accept as a host key either
  }
}

/** An RSA key may sign with one of two; undefined for a third: that key is skipped, as OpenSSH does it. */
function algorithmOf(key: PublicKey, signature: Uint8Array): string | undefined {
  if (key.kind !== "rsa") return key.type;
  const name = new Reader(signature).text();
  return RSA_ALGORITHMS.find((algorithm) => algorithm === name);
}
