// The only place with message numbers and disconnect codes (RFC 4250 4.1.2 and 4.2.2, RFC 8308).

export const MSG = {
  DISCONNECT: 1,
  IGNORE: 2,
  UNIMPLEMENTED: 3,
  DEBUG: 4,
  SERVICE_REQUEST: 5,
  SERVICE_ACCEPT: 6,
  EXT_INFO: 7,
  KEXINIT: 20,
  NEWKEYS: 21,
  /** 30..49 mean what the running key exchange says they mean. */
  KEX_FIRST: 30,
  KEX_LAST: 49,
  USERAUTH_REQUEST: 50,
  USERAUTH_FAILURE: 51,
  USERAUTH_SUCCESS: 52,
  USERAUTH_BANNER: 53,
  USERAUTH_LAST: 79,
  CONNECTION_FIRST: 80,
  CONNECTION_LAST: 127,
  /** ping@openssh.com (OpenSSH PROTOCOL 1.8), from the numbers for local extensions. */
  PING: 192,
  PONG: 193,
} as const;

/** RFC 4253 11.1. The words are ours, for a person; the server's own description is shown beside them. */
export const DISCONNECT_REASONS: Readonly<Record<number, string>> = {
  1: "it does not allow this connection",
  2: "it found a protocol error",
  3: "the key exchange failed",
  5: "a packet did not authenticate",
  6: "compression failed",
  7: "the service is not available",
  8: "it does not speak this protocol version",
  9: "it could not verify a host key",
  10: "the connection was lost",
  11: "it ended the connection",
  12: "it has too many connections",
  13: "the login was cancelled",
  14: "there were too many failed logins",
  15: "the user name is not allowed",
};

export const DISCONNECT = {
  PROTOCOL_ERROR: 2,
  KEY_EXCHANGE_FAILED: 3,
  MAC_ERROR: 5,
  HOST_KEY_NOT_VERIFIABLE: 9,
  BY_APPLICATION: 11,
  AUTH_CANCELLED_BY_USER: 13,
  NO_MORE_AUTH_METHODS: 14,
} as const;
