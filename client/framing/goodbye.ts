// What our DISCONNECT says about why (RFC 4253 11.1): a code, and never our words, which are for the person here.

import type { SshError } from "../bytes/errors.ts";
import { DISCONNECT } from "./numbers.ts";

/** The code for our DISCONNECT; undefined where there is nobody left to tell. */
export function goodbyeCode(cause: SshError): number | undefined {
  switch (cause.code) {
    case "peer-disconnect":
    case "lost":
    case "not-ssh":
      return undefined;
    case "integrity":
      return DISCONNECT.MAC_ERROR;
    case "negotiation":
      return DISCONNECT.KEY_EXCHANGE_FAILED;
    case "host-key-changed":
    case "host-key-rejected":
    case "host-key-revoked":
    case "host-key-unproved":
    case "trust-store":
      return DISCONNECT.HOST_KEY_NOT_VERIFIABLE;
    case "authentication":
      return DISCONNECT.NO_MORE_AUTH_METHODS;
    case "aborted":
      return DISCONNECT.BY_APPLICATION;
    default:
      return DISCONNECT.PROTOCOL_ERROR;
  }
}
