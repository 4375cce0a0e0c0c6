// Something that can sign for one public key: a key that was pasted, later one from the vault or a passkey.

export interface Signer {
  /** The SSH public key blob (RFC 4253 6.6). */
  readonly publicKey: Uint8Array;
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` ... */
  readonly keyType: string;
  /** The comment in the key file, cleaned; for people only. */
  readonly comment: string;
  /** Signature algorithms this key can be used with, best first. Never SHA-1. */
  readonly algorithms: readonly string[];
  /** The SSH signature blob: string algorithm, string signature (RFC 4253 6.6, RFC 8332, RFC 5656). */
  sign(algorithm: string, data: Uint8Array): Promise<Uint8Array>;
}
