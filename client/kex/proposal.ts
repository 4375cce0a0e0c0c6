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
  readonly compression: readonly string[];
}

/**
 * Post-quantum first. What browsers compute natively before ChaCha20: it is constant in time and several times as fast,
 * and Terrapin never touched it, so that a server without strict key exchange is met on safe ground if it has any.
 * Certificates last: without an authority that is known for the host they bring nothing (knownhosts/algorithms.ts).
 */
export const DEFAULT_PREFERENCES: Preferences = {
  kex: [
    "mlkem768x25519-sha256",
    "sntrup761x25519-sha512",
    "sntrup761x25519-sha512@openssh.com",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
  ],
  hostKey: [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-ed25519-cert-v01@openssh.com",
    "ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "ecdsa-sha2-nistp384-cert-v01@openssh.com",
    "ecdsa-sha2-nistp521-cert-v01@openssh.com",
    "rsa-sha2-512-cert-v01@openssh.com",
    "rsa-sha2-256-cert-v01@openssh.com",
  ],
  cipher: [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "chacha20-poly1305@openssh.com",
  ],
  mac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
  compression: ["none", "zlib@openssh.com"],
};

/**
 * What only old servers need, each for a known weakness: SHA-1, groups of 1024 bits, CBC, compression before the login. Behind
 * everything else, and only for hosts that a person has allowed it for.
 */
export const LEGACY: Preferences = {
  kex: ["diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"],
  hostKey: ["ssh-rsa"],
  cipher: ["aes256-cbc", "aes192-cbc", "aes128-cbc"],
  mac: ["hmac-sha1-etm@openssh.com", "hmac-sha1"],
  compression: ["zlib"],
};

/** What is offered, with or without the old algorithms. */
export function preferencesFor(legacy: boolean): Preferences {
  if (!legacy) return DEFAULT_PREFERENCES;
  const both = (list: keyof Preferences): readonly string[] => [...DEFAULT_PREFERENCES[list], ...LEGACY[list]];
  return {
    kex: both("kex"),
    hostKey: both("hostKey"),
    cipher: both("cipher"),
    mac: both("mac"),
    compression: both("compression"),
  };
}

/** Markers in the kex list that are no key exchanges: never chosen, and only in a first KEXINIT. */
export const STRICT_CLIENT = "kex-strict-c-v00@openssh.com";
export const STRICT_SERVER = "kex-strict-s-v00@openssh.com";
export const EXT_INFO_CLIENT = "ext-info-c";
export const EXT_INFO_SERVER = "ext-info-s";

/** Our KEXINIT. Later ones omit the markers, as OpenSSH does: they speak of the whole connection (RFC 8308 2.1). */
export function propose(preferences: Preferences, cookie: Uint8Array, first: boolean): Uint8Array {
  const { kex, hostKey, cipher, mac, compression } = preferences;
  return KexInit.encode({
    cookie,
    kex: first ? [...kex, EXT_INFO_CLIENT, STRICT_CLIENT] : kex,
    hostKey,
    cipherClientToServer: cipher,
    cipherServerToClient: cipher,
    macClientToServer: mac,
    macServerToClient: mac,
    compressionClientToServer: compression,
    compressionServerToClient: compression,
    languageClientToServer: [],
    languageServerToClient: [],
    // We never guess: the rules are read differently by different servers.
    firstKexPacketFollows: false,
    reserved: 0,
  });
}

export function isLegacy(name: string): boolean {
  return Object.values(LEGACY).some((names: readonly string[]) => names.includes(name));
}
