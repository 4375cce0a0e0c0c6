// The keys that a touch keyboard lacks, as bytes, and what a held Ctrl or Alt does to the next key. Pure.

import { ascii, concat } from "../bytes/bytes.ts";

export interface Modifiers {
  readonly ctrl: boolean;
  readonly alt: boolean;
}

export const NO_MODIFIERS: Modifiers = { ctrl: false, alt: false };

export interface TouchKey {
  /** On the key. */
  readonly label: string;
  /** Said by a screen reader. */
  readonly name: string;
  readonly text: string;
}

export const TOUCH_KEYS: readonly TouchKey[] = [
  { label: "Esc", name: "Escape", text: "\x1b" },
  { label: "Tab", name: "Tab", text: "\t" },
  { label: "\u2191", name: "Arrow up", text: "\x1b[A" },
  { label: "\u2193", name: "Arrow down", text: "\x1b[B" },
  { label: "\u2190", name: "Arrow left", text: "\x1b[D" },
  { label: "\u2192", name: "Arrow right", text: "\x1b[C" },
  { label: "|", name: "Pipe", text: "|" },
  { label: "~", name: "Tilde", text: "~" },
];

const ESCAPE = Uint8Array.of(0x1b);
const ARROW = /^\x1b[[O]([A-D])$/;

/** What a key sends: an arrow depends on what the program asked for (DECCKM), as on a real keyboard. */
export function keyBytes({ text }: TouchKey, applicationCursorKeys: boolean): Uint8Array {
  const bytes = ascii(text);
  const arrow = arrowOf(bytes);
  return applicationCursorKeys && arrow !== undefined ? ascii(`\x1bO${arrow}`) : bytes;
}

/** Is this one key of a person? A held Ctrl or Alt waits for one, and leaves the terminal's own replies alone. */
export function isKey(bytes: Uint8Array): boolean {
  return arrowOf(bytes) !== undefined || bytes.length === 1 || (bytes.length <= 4 && bytes[0] !== 0x1b);
}

/** Ctrl makes a control character of one letter (or one of `@[\]^_?` and space); Alt puts ESC in front. */
export function modify(bytes: Uint8Array, { ctrl, alt }: Modifiers): Uint8Array {
  if ((!ctrl && !alt) || !isKey(bytes)) return bytes;
  const arrow = arrowOf(bytes);
  // xterm's parameter: 1 + 2 for Alt + 4 for Ctrl.
  if (arrow !== undefined) return ascii(`\x1b[1;${1 + (alt ? 2 : 0) + (ctrl ? 4 : 0)}${arrow}`);
  const [first] = bytes;
  const controlled = ctrl && bytes.length === 1 && first !== undefined ? Uint8Array.of(control(first)) : bytes;
  return alt ? concat(ESCAPE, controlled) : controlled;
}

function arrowOf(bytes: Uint8Array): string | undefined {
  return bytes.length === 3 ? ARROW.exec(String.fromCharCode(...bytes))?.[1] : undefined;
}

function control(code: number): number {
  if (code === 0x3f) return 0x7f;
  if (code === 0x20) return 0;
  const letter = code >= 0x61 && code <= 0x7a ? code - 0x20 : code;
  return letter >= 0x40 && letter <= 0x5f ? letter & 0x1f : code;
}
