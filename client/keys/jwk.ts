// The base64 that JSON Web Keys are written in (RFC 4648 5, RFC 7515 2): two letters differ, and there is no padding.

import { toBase64 } from "../bytes/base64.ts";

export function base64Url(bytes: Uint8Array): string {
  return toBase64(bytes, false).replaceAll("+", "-").replaceAll("/", "_");
}
