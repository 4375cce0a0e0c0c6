// Two proposals -> what both use, or a named error. Pure (RFC 4253 7.1).

import { SshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import { cipherSuites } from "../framing/suites.ts";
import { EXT_INFO_SERVER, type KexInit, LEGACY, type Preferences, STRICT_SERVER } from "./proposal.ts";

export interface DirectionAlgorithms {
  readonly cipher: string;
  /** Undefined where the cipher authenticates by itself. */
  readonly mac: string | undefined;
  readonly compression: string;
}

export interface Negotiated {
  readonly kex: string;
  readonly hostKey: string;
  readonly outgoing: DirectionAlgorithms;
  readonly incoming: DirectionAlgorithms;
  /** Strict key exchange (OpenSSH PROTOCOL 1.10): the server's first proposal carries the marker. */
  readonly strict: boolean;
  /** The server takes EXT_INFO from us (RFC 8308 2.1). */
  readonly takesExtensionInfo: boolean;
  /** The server sent a guess that is wrong: its next packet of 30..49 is to be dropped. */
  readonly dropGuess: boolean;
}

/** `settled` is what the first exchange made of `strict`; later proposals change nothing about it. */
export function negotiate(ours: Preferences, theirs: KexInit, settled?: boolean): Negotiated {
  const strict = settled ?? theirs.kex.includes(STRICT_SERVER);
  const kex = choose("key exchange", "kex", ours, theirs.kex);
  const hostKey = choose("host key algorithm", "hostKey", ours, theirs.hostKey);
  const direction = (
    way: string,
    theirCiphers: readonly string[],
    theirMacs: readonly string[],
    theirCompressions: readonly string[],
  ): DirectionAlgorithms => {
    const cipher = choose(`cipher (${way})`, "cipher", ours, theirCiphers);
    // No MAC is negotiated for a cipher that has its own: an empty list is fine then.
    const mac = cipherSuites[cipher]?.authenticated ? undefined : choose(`MAC (${way})`, "mac", ours, theirMacs);
    // The server chooses by the same rule, so a better one further down cannot be taken instead: it would not know.
    if (!strict && needsStrict(cipher, mac)) throw withoutStrict(cipher);
    return { cipher, mac, compression: choose(`compression (${way})`, "compression", ours, theirCompressions) };
  };
  return {
    kex,
    hostKey,
    outgoing: direction(
      "to the server",
      theirs.cipherClientToServer,
      theirs.macClientToServer,
      theirs.compressionClientToServer,
    ),
    incoming: direction(
      "from the server",
      theirs.cipherServerToClient,
      theirs.macServerToClient,
      theirs.compressionServerToClient,
    ),
    strict,
    takesExtensionInfo: theirs.kex.includes(EXT_INFO_SERVER),
    // A guess is right when both first names agree (RFC 4253 7): ours are never sent, but theirs may have been.
    dropGuess: theirs.firstKexPacketFollows && (theirs.kex[0] !== ours.kex[0] || theirs.hostKey[0] !== ours.hostKey[0]),
  };
}

/** Without strict key exchange a prefix can be cut from these unseen (Terrapin, CVE-2023-48795). */
function needsStrict(cipher: string, mac: string | undefined): boolean {
  return cipher.startsWith("chacha20-poly1305") || (cipher.endsWith("-cbc") && mac?.includes("-etm@") === true);
}

function withoutStrict(cipher: string): SshError {
  return new SshError(
    "negotiation",
    `The server has no better cipher than ${cipher}, and no strict key exchange, without which it is not safe. The server needs an update.`,
  );
}

/** Our first name that they have too. */
function choose(what: string, list: keyof Preferences, ours: Preferences, theirs: readonly string[]): string {
  const chosen = ours[list].find((name) => theirs.includes(name));
  if (chosen !== undefined) return chosen;
  // What was already offered would have been found.
  const legacy = LEGACY[list].filter((name) => theirs.includes(name));
  const help =
    legacy.length > 0
      ? "The server has only old ones. If you must use it, allow old algorithms for this host under Options."
      : "The server has none that Periwinkle knows. It needs an update, or other settings.";
  const names = theirs.map((name) => cleanLine(name, 64));
  throw new SshError("negotiation", `You and the server have no ${what} in common. ${help}`, {
    quoted: names.length > 0 ? cleanLine(names.join(", "), 400) : "nothing",
    disagreement: { what, ours: ours[list], theirs: names, legacy },
  });
}
