// Is this certificate, by an authority that the known hosts name for this host, good for it? Each thing that can be wrong
// has its own sentence, because each has another remedy. Loaded with the first certificate.

import { asSshError, SshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import { typeOf } from "../keys/algorithms.ts";
import { type Certificate, isAuthorityAlgorithm, isSigned } from "../keys/certificate.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import type { ShownCertificate } from "./claim.ts";
import { matchesGlob } from "./names.ts";

export interface CertificateUse {
  /** The normalised name that was asked for, or its alias; a certificate never speaks of ports. */
  readonly host: string;
  /** For people. */
  readonly where: string;
  /** Wall-clock time in ms since 1970. */
  readonly now: number;
  readonly legacy: boolean;
}

const QUOTED_LIMIT = 400;
const PRINCIPALS_SHOWN = 16;
const PRINCIPAL_LENGTH_SHOWN = 255;
const FOR_EVER = 2n ** 64n - 1n;
/** What an ECMAScript date can hold, in seconds. */
const LAST_DATE = 8_640_000_000_000n;

/** The first thing that is wrong with it, as SshError `host-key-certificate`; undefined when all is well. */
export async function flawOf(certificate: Certificate, use: CertificateUse): Promise<SshError | undefined> {
  const flaw = (problem: string, detail: { readonly quoted?: string; readonly cause?: unknown } = {}): SshError =>
    new SshError("host-key-certificate", `The certificate of ${use.where} ${problem}.`, detail);
  const quoting = (names: readonly string[]) => ({ quoted: cleanLine(names.join(", "), QUOTED_LIMIT) });

  const algorithm = typeOf(certificate.signature) ?? "";
  if (!isAuthorityAlgorithm(algorithm, use)) {
    const remedy =
      algorithm === "ssh-rsa"
        ? ': its authority should sign with rsa-sha2-512, or "Old algorithms" in Options allows it'
        : "";
    return flaw(`is signed by a method that is not accepted${remedy}`, quoting([algorithm]));
  }
  try {
    if (!(await isSigned(certificate, use)))
      return flaw("is not signed by the authority that it names: it was altered");
  } catch (thrown) {
    const { message, code } = asSshError(thrown);
    if (code === "not-loaded" || code === "internal") throw thrown;
    return flaw(`is by an authority whose key cannot be used. ${message.replace(/\.$/, "")}`, { cause: thrown });
  }
  if (certificate.holder !== "host") return flaw("was made for a user, and is none for a host");

  const seconds = BigInt(Math.floor(use.now / 1000));
  if (seconds < certificate.validAfter) {
    return flaw(`is not valid before ${date(certificate.validAfter)}. Check the date of this computer`);
  }
  if (seconds >= certificate.validBefore) {
    return flaw(
      `was valid until ${date(certificate.validBefore)}. The server needs a new one; check the date of this computer, too`,
    );
  }
  // OpenSSH took a certificate without names for one that fits every host, and does so no more.
  if (certificate.principals.length === 0) return flaw("names no host, so it is good for none");
  if (!certificate.principals.some((principal) => matchesGlob(principal, use.host))) {
    return flaw(`is for other hosts than ${use.host}`, quoting(certificate.principals));
  }
  const { criticalOptions } = certificate;
  // None is defined for hosts, and one that is not understood must be obeyed by refusing.
  if (criticalOptions.length > 0) {
    return flaw("sets conditions that Periwinkle does not know", quoting(criticalOptions.map(({ name }) => name)));
  }
  return undefined;
}

/** What it says of itself. Nothing of it was checked, for its authority is unknown. */
export function shownCertificate(certificate: Certificate): ShownCertificate {
  const { authority, keyId, serial, validAfter, validBefore, principals } = certificate;
  return {
    authority: fingerprint(authority),
    keyId,
    serial: serial.toString(),
    validAfter: validAfter === 0n ? "always" : date(validAfter),
    validBefore: validBefore === FOR_EVER ? "always" : date(validBefore),
    principals: principals.slice(0, PRINCIPALS_SHOWN).map((name) => cleanLine(name, PRINCIPAL_LENGTH_SHOWN)),
  };
}

/** To the minute, in UTC: `2030-01-31 12:00 UTC`. */
function date(seconds: bigint): string {
  if (seconds === FOR_EVER || seconds > LAST_DATE) return "the end of time";
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
