// Base64 (RFC 4648 4) by hand: Node 20 and older browsers lack Uint8Array.fromBase64, and atob is not in the engine's world.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** By character code; a table, because a list of known hosts can be megabytes of it. */
const VALUES = new Int8Array(128).fill(-1);
for (let value = 0; value < 64; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/** What a character stands for, or -1. */
export function base64Value(code: number): number {
  return VALUES[code] ?? -1;
}

export function toBase64(bytes: Uint8Array, padding = true): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += `${ALPHABET[bits >> 18]}${ALPHABET[(bits >> 12) & 63]}`;
    text += b === undefined ? (padding ? "=" : "") : ALPHABET[(bits >> 6) & 63];
    text += c === undefined ? (padding ? "=" : "") : ALPHABET[bits & 63];
  }
  return text;
}

/** Undefined for anything but the canonical form, with or without its padding: one key must not have two spellings. */
export function fromBase64(text: string): Uint8Array | undefined {
  const unpadded = text.replace(/={1,2}$/, "");
  if (unpadded.length !== text.length && text.length % 4 !== 0) return undefined;
  if (unpadded.length % 4 === 1) return undefined;
  const bytes = new Uint8Array((unpadded.length * 3) >> 2);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < unpadded.length; i++) {
    const value = base64Value(unpadded.charCodeAt(i));
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = bits >> held;
    }
  }
  return (bits & ((1 << held) - 1)) === 0 ? bytes : undefined;
}
