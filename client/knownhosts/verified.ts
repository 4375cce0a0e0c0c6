// From a host key that the server showed to one that a login may be built on. Each step gives a value that only the step itself
// can make, and the login takes nothing but the last: whatever fails or lies on the way, no step can be passed over (security
// notes R-HK-1; CVE-2025-26465 was an error path that counted as a success).

import { asSshError, SshError } from "../bytes/errors.ts";
import type { HostKeyProof } from "../kex/handshake.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { readHostKey } from "../keys/host-key.ts";
import type { KeyRules, PublicKey } from "../keys/public-key.ts";
import { verifySignature } from "../keys/verify.ts";
import type { HostKeyPlace, HostKeyVerifier } from "./claim.ts";

/** The server owns this key: it signed the exchange hash with it. */
export class ProvedHostKey {
  readonly algorithm: string;
  /** The plain key, also where it came in a certificate: that is what a person can compare. */
  readonly key: PublicKey;
  readonly #blob: Uint8Array;

  private constructor(shown: HostKeyProof, key: PublicKey) {
    this.#blob = shown.hostKey.slice();
    this.algorithm = shown.algorithm;
    this.key = key;
  }

  /** Undefined if the signature is wrong. Throws SshError `host-key-unproved` for a key that cannot be used. */
  static async prove(shown: HostKeyProof, rules: KeyRules): Promise<ProvedHostKey | undefined> {
    const key = await readKey(shown, rules);
    const good = await verifySignature(shown.algorithm, key, shown.signature, shown.exchangeHash, rules);
    return good === true ? new ProvedHostKey(shown, key) : undefined;
  }

  /** What the server showed. */
  get blob(): Uint8Array {
    return this.#blob;
  }

  get fingerprint(): string {
    return fingerprint(this.key.blob);
  }
}

/** And it is the key of the host that was asked for, as far as the known hosts or a person can tell. */
export class VerifiedHostKey {
  readonly #proved: ProvedHostKey;

  private constructor(proved: ProvedHostKey) {
    this.#proved = proved;
  }

  /** Rejects with SshError `host-key-rejected`, or with what the verifier or the signal says. */
  static async decide(
    proved: ProvedHostKey,
    place: HostKeyPlace,
    verifier: HostKeyVerifier,
    { signal, legacy }: KeyRules & { readonly signal: AbortSignal },
  ): Promise<VerifiedHostKey> {
    const { algorithm, blob } = proved;
    const verdict = await verifier.verify({ ...place, legacy: legacy === true, keyBlob: blob, algorithm }, signal);
    if (signal.aborted) throw asSshError(signal.reason);
    // Anything but a plain yes is a no, whatever a broken verifier returns.
    if (verdict !== "accept" && verdict !== "accept-once")
      throw new SshError("host-key-rejected", "You did not trust the server's host key. Nothing was sent.");
    return new VerifiedHostKey(proved);
  }

  /** A private field is a mark that neither a cast nor a copied prototype can make. */
  static isVerified(value: unknown): value is VerifiedHostKey {
    return typeof value === "object" && value !== null && #proved in value;
  }

  get blob(): Uint8Array {
    return this.#proved.blob;
  }
}

/** A host key that is too short, damaged or of another kind is the server's fault, not one of a file the person gave. */
async function readKey({ algorithm, hostKey }: HostKeyProof, rules: KeyRules): Promise<PublicKey> {
  try {
    return await readHostKey(algorithm, hostKey, rules);
  } catch (error) {
    const { code, message, quoted } = asSshError(error);
    if (code !== "key-format" && code !== "unsupported") throw error;
    throw new SshError("host-key-unproved", `The server's host key cannot be used. ${message}`, {
      cause: error,
      ...(quoted === undefined ? {} : { quoted }),
    });
  }
}
