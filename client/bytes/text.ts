// Words of a peer, made safe to show. Everything a server or a relay says passes through here before it reaches a person.

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** C0 but tab and newline, DEL, C1, and every bidi or invisible format character that can reorder or hide what follows. */
const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

/** Never throws: invalid UTF-8 becomes U+FFFD (a strict decoder has killed connections in other clients). */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Control and bidi characters become U+FFFD, CRLF becomes LF, and what is past `limit` characters an ellipsis. */
export function cleanText(text: string, limit: number): string {
  const cleaned = text.replace(/\r\n?/g, "\n").replace(UNSAFE, "\ufffd");
  if (cleaned.length <= limit) return cleaned;
  // Not through the middle of a surrogate pair: half a character is none.
  return `${cleaned.slice(0, limit).replace(/[\ud800-\udbff]$/, "")}\u2026`;
}

/** The same for a place that has one line only. */
export function cleanLine(text: string, limit: number): string {
  return cleanText(text, limit).replace(/[\n\t]+/g, " ");
}

export function cleanUtf8(bytes: Uint8Array, limit: number): string {
  // Four bytes a character at most: what cannot be shown need not be decoded.
  return cleanText(decodeUtf8(bytes.subarray(0, limit * 4 + 4)), limit);
}
