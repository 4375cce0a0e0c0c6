// Pasted text made safe for a shell. xterm.js 6.0.0 lets a pasted ESC[201~ end the bracket early, so that what follows runs
// as if typed; therefore no paste reaches xterm's own path, and every one goes through here.

import { encodeUtf8 } from "../bytes/text.ts";
import { pieces } from "./pieces.ts";

/** One message to the connection; a paste of any size goes out in order, in these. */
const PIECE = 16 * 1024;

/** C0 but tab and CR, DEL, and C1: nothing of these was meant as text, and each of them can be a command. */
const CONTROLS = /[\u0000-\u0008\u000a-\u000c\u000e-\u001f\u007f-\u009f]/g;

/** What would be typed: every line ending as the Enter key has it, and no control character but that and tab. */
export function cleanPaste(text: string): string {
  return text.replace(/\r\n?|\n/g, "\r").replace(CONTROLS, "");
}

/** Without brackets each line runs as it arrives; the person sees it first, also if it is one line with its Enter. */
export function asksFirst(cleaned: string, bracketed: boolean): boolean {
  return !bracketed && cleaned.includes("\r");
}

/** The bytes of a cleaned paste, in arrays of their own. */
export function pasteBytes(cleaned: string, bracketed: boolean): Uint8Array[] {
  if (cleaned === "") return [];
  const bytes = encodeUtf8(bracketed ? `\x1b[200~${cleaned}\x1b[201~` : cleaned);
  // Copies, since each is transferred to the worker and a transfer takes the whole buffer along.
  return Array.from(pieces(bytes, PIECE), (piece) => piece.slice());
}
