// What each side offers (RFC 4253 7.1), ours as one list of preferences.

import { boolean, type Decoded, fixed, message, names, uint32 } from "../bytes/message.ts";
import { MSG } from "../framing/numbers.ts";

/** RFC 4253 7.1 */
export const KexInit = message(MSG.KEXINIT, {
  cookie: fixed(16),
  kex: names,
  hostKey: names,
  cipherClientToServer: names,
  cipherServerToClient: names,
  macClientToServer: names,
  macServerToClient: names,
  compressionClientToServer: names,
  compressionServerToClient: names,
  languageClientToServer: names,
  languageServerToClient: names,
  firstKexPacketFollows: boolean,
  reserved: uint32,
});
export type KexInit = Decoded<typeof KexInit>;

/** Names in order of preference; both directions alike. */
export interface Preferences {
  readonly kex: readonly string[];
  readonly hostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly mac: readonly string[];
}

/**
 * Post-quantum first. What browsers compute natively before ChaCha20: it is constant in time and several times as fast,
 * and Terrapin never touched it, so that a server without strict key exchange is met on safe ground if it has any.
 */
export const DEFAULT_PREFERENCES: Preferences = {
  kex: ["mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256"],
  hostKey: ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"],
  cipher: [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "chacha20-poly1305@openssh.com",
  ],
  mac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
};

/** Markers in the kex list that are no key exchanges: never chosen, and only in a first KEXINIT. */
export const STRICT_CLIENT = "kex-strict-c-v00@openssh.com";
export const STRICT_SERVER = "kex-strict-s-v00@openssh.com";
export const EXT_INFO_CLIENT = "ext-info-c";

/** Our KEXINIT. Later ones omit the markers, as OpenSSH does: they speak of the whole connection (RFC 8308 2.1). */
export function propose(preferences: Preferences, cookie: Uint8Array, first: boolean): Uint8Array {
  const { kex, hostKey, cipher, mac } = preferences;
  return KexInit.encode({
    cookie,
    kex: first ? [...kex, EXT_INFO_CLIENT, STRICT_CLIENT] : kex,
    hostKey,
    cipherClientToServer: cipher,
    cipherServerToClient: cipher,
    macClientToServer: mac,
    macServerToClient: mac,
    compressionClientToServer: ["none"],
    compressionServerToClient: ["none"],
    languageClientToServer: [],
    languageServerToClient: [],
    // We never guess: the rules are read differently by different servers.
    firstKexPacketFollows: false,
    reserved: 0,
  });
}
