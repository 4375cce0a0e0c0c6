// The names of host key algorithms, taken apart: which type of key blob comes with one, and which name its signatures bear.

import { Reader } from "../bytes/wire.ts";

/** OpenSSH's PROTOCOL.certkeys. */
const CERTIFICATE = /-cert-v01@openssh\.com$/;

export function isCertificateName(name: string): boolean {
  return CERTIFICATE.test(name);
}

/** A certificate's key signs as if there were no certificate: the name without it. Others are as they are. */
export function withoutCertificate(name: string): string {
  return name.replace(CERTIFICATE, "");
}

/** RFC 8332 3: RSA keys have one type and several signature algorithms. Every other algorithm is named like its key type. */
export function keyTypeOf(algorithm: string): string {
  return algorithm.replace(/^rsa-sha2-(?:256|512)(?=$|-cert-)/, "ssh-rsa");
}

/** What a key blob says it is; undefined where it says nothing. */
export function typeOf(blob: Uint8Array): string | undefined {
  try {
    return new Reader(blob).text();
  } catch {
    return undefined;
  }
}
