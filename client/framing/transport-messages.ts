// The transport's own messages, declared in wire order.

import { boolean, message, optionalText, string, text, uint32 } from "../bytes/message.ts";
import { MSG } from "./numbers.ts";

/** RFC 4253 11.1; some servers leave the language out. */
export const Disconnect = message(MSG.DISCONNECT, { reason: uint32, description: text, language: optionalText });
/** RFC 4253 11.2 */
export const Ignore = message(MSG.IGNORE, { data: string });
/** RFC 4253 11.4: the sequence number of the packet that was not understood. */
export const Unimplemented = message(MSG.UNIMPLEMENTED, { sequence: uint32 });
/** RFC 4253 11.3 */
export const Debug = message(MSG.DEBUG, { alwaysDisplay: boolean, text: text, language: optionalText });
