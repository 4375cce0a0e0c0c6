// Two proposals -> what both use, or a named error. Pure (RFC 4253 7.1).

import { SshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import { cipherSuites } from "../framing/suites.ts";
import { type KexInit, type Preferences, STRICT_SERVER } from "./proposal.ts";

export interface DirectionAlgorithms {
  readonly cipher: string;
  /** Undefined where the cipher authenticates by itself. */
  readonly mac: string | undefined;
}

export interface Negotiated {
  readonly kex: string;
  readonly hostKey: string;
  readonly outgoing: DirectionAlgorithms;
  readonly incoming: DirectionAlgorithms;
  /** Strict key exchange (OpenSSH PROTOCOL 1.10): the server's first proposal carries the marker. */
  readonly strict: boolean;
  /** The server sent a guess that is wrong: its next packet of 30..49 is to be dropped. */
  readonly dropGuess: boolean;
}

/** Ciphers that a prefix can be cut from without strict key exchange (Terrapin, CVE-2023-48795). */
const NEEDS_STRICT = ["chacha20-poly1305@openssh.com"];

/** `settled` is what the first exchange made of `strict`; later proposals change nothing about it. */
export function negotiate(ours: Preferences, theirs: KexInit, settled?: boolean): Negotiated {
  const strict = settled ?? theirs.kex.includes(STRICT_SERVER);
  const kex = choose("key exchange", ours.kex, theirs.kex);
  const hostKey = choose("host key algorithm", ours.hostKey, theirs.hostKey);
  const direction = (
    way: string,
    theirCiphers: readonly string[],
    theirMacs: readonly string[],
  ): DirectionAlgorithms => {
    const cipher = choose(`cipher (${way})`, ours.cipher, theirCiphers);
    // The server chooses by the same rule, so a better one further down cannot be taken instead: it would not know.
    if (!strict && NEEDS_STRICT.includes(cipher)) throw withoutStrict(cipher);
    // No MAC is negotiated for a cipher that has its own: an empty list is fine then.
    const mac = cipherSuites[cipher]?.authenticated ? undefined : choose(`MAC (${way})`, ours.mac, theirMacs);
    return { cipher, mac };
  };
  choose("compression (to the server)", ["none"], theirs.compressionClientToServer);
  choose("compression (from the server)", ["none"], theirs.compressionServerToClient);
  return {
    kex,
    hostKey,
    outgoing: direction("to the server", theirs.cipherClientToServer, theirs.macClientToServer),
    incoming: direction("from the server", theirs.cipherServerToClient, theirs.macServerToClient),
    strict,
    // A guess is right when both first names agree (RFC 4253 7): ours are never sent, but theirs may have been.
    dropGuess: theirs.firstKexPacketFollows && (theirs.kex[0] !== ours.kex[0] || theirs.hostKey[0] !== ours.hostKey[0]),
  };
}

function withoutStrict(cipher: string): SshError {
  return new SshError(
    "negotiation",
    `The server has no better cipher than ${cipher}, and no strict key exchange, without which it is not safe. The server needs an update.`,
  );
}

/** Our first name that they have too. */
function choose(what: string, ours: readonly string[], theirs: readonly string[]): string {
  const chosen = ours.find((name) => theirs.includes(name));
  if (chosen !== undefined) return chosen;
  const offered = theirs.length > 0 ? cleanLine(theirs.join(", "), 400) : "nothing";
  throw new SshError("negotiation", `No common ${what}. We offer ${ours.join(", ")}.`, { quoted: offered });
}
