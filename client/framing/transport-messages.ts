// The transport's own messages, declared in wire order, and what those that end or explain things say to a person.

import { SshError } from "../bytes/errors.ts";
import { boolean, message, optionalText, string, text, uint32 } from "../bytes/message.ts";
import { cleanLine, cleanText } from "../bytes/text.ts";
import { DISCONNECT_REASONS, MSG } from "./numbers.ts";

/** RFC 4253 11.1; some servers leave the language out. */
export const Disconnect = message(MSG.DISCONNECT, { reason: uint32, description: text, language: optionalText });
/** RFC 4253 11.2 */
export const Ignore = message(MSG.IGNORE, { data: string });
/** RFC 4253 11.4: the sequence number of the packet that was not understood. */
export const Unimplemented = message(MSG.UNIMPLEMENTED, { sequence: uint32 });
/** RFC 4253 11.3 */
export const Debug = message(MSG.DEBUG, { alwaysDisplay: boolean, text: text, language: optionalText });
/** OpenSSH PROTOCOL 1.8: the answer carries what the question carried. */
export const Ping = message(MSG.PING, { data: string });
export const Pong = message(MSG.PONG, { data: string });

/** The longest description that is shown. */
const DESCRIPTION_LIMIT = 1000;

/** The server's DISCONNECT as the cause of the end: our words for its code, its own words quoted. */
export function disconnectedBy(payload: Uint8Array): SshError {
  const { reason, description } = Disconnect.decode(payload);
  const why = DISCONNECT_REASONS[reason] ?? `of reason ${reason}`;
  const said = cleanText(description, DESCRIPTION_LIMIT).trim();
  return new SshError(
    "peer-disconnect",
    `The server ended the connection: ${why}.`,
    said === "" ? {} : { quoted: said },
  );
}

/** The server's DEBUG as one line for a log. */
export function debugLine(payload: Uint8Array): string {
  return cleanLine(Debug.decode(payload).text, DESCRIPTION_LIMIT);
}
