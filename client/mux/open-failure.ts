// Refusing to open a channel (RFC 4254 5.1): what a server's reason means to a person, and our refusal of every channel
// that a server would open. Forwardings are not asked for yet, so none of them can be right.

import { SshError } from "../bytes/errors.ts";
import type { Decoded } from "../bytes/message.ts";
import { cleanLine } from "../bytes/text.ts";
import type { ChannelOpen, ChannelOpenFailure } from "./connection-messages.ts";

/** RFC 4254 5.1 */
const PROHIBITED = 1;
const UNKNOWN_TYPE = 3;

const SENTENCES: Readonly<Record<number, string>> = {
  1: "The server's rules do not allow this session. Ask its operator.",
  2: "The server could not open a session. It may already run as many as it allows: close one and try again.",
  3: "The server does not offer sessions, so there can be no shell here.",
  4: "The server has no room for another session. Try again later.",
};

/** Types that we know, and that a server has no business opening here (a session never: RFC 4254 6.1). */
const KNOWN_TYPES: ReadonlySet<string> = new Set([
  "session",
  "x11",
  "forwarded-tcpip",
  "direct-tcpip",
  "auth-agent@openssh.com",
  "agent-connect",
  "forwarded-streamlocal@openssh.com",
  "direct-streamlocal@openssh.com",
  "tun@openssh.com",
]);

/** The refusal of a channel that the server would open. Nothing is kept of it. */
export function refusalOf(open: Decoded<typeof ChannelOpen>): Decoded<typeof ChannelOpenFailure> {
  const known = KNOWN_TYPES.has(open.type);
  return {
    recipient: open.sender,
    reason: known ? PROHIBITED : UNKNOWN_TYPE,
    description: known ? "not allowed" : "unknown channel type",
    language: "",
  };
}

export function openingRefused(failure: Decoded<typeof ChannelOpenFailure>): SshError {
  const sentence = SENTENCES[failure.reason] ?? "The server refused to open a session.";
  const words = cleanLine(failure.description, 256);
  return new SshError("channel-refused", sentence, words === "" ? {} : { quoted: words });
}
