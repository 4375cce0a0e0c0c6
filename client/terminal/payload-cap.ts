// A filter in front of xterm.js: an OSC, DCS, SOS, PM or APC string that is too long is cancelled, so that a server cannot
// make the parser hoard. It follows strings across chunks and looks at nothing else; ordinary output passes uncopied.

import { concat } from "../bytes/bytes.ts";

/** Far above any title, link or colour table (we draw no images); xterm.js itself would keep ten million characters. */
export const PAYLOAD_LIMIT = 256 * 1024;

const BEL = 0x07;
const CAN = 0x18;
const SUB = 0x1a;
const ESC = 0x1b;
/** First byte of every C1 control in UTF-8: U+0080-U+009F are C2 80 - C2 9F. */
const C1 = 0xc2;

type State =
  | { readonly kind: "text" }
  | { readonly kind: "escape" }
  | { readonly kind: "string"; readonly osc: boolean; length: number };

const TEXT: State = { kind: "text" };
const ESCAPE: State = { kind: "escape" };

/** What the byte after ESC opens: `P X ] ^ _`; a C1 control is the same byte plus 0x40. */
function opened(byte: number): State {
  const strings = byte === 0x50 || byte === 0x58 || byte === 0x5d || byte === 0x5e || byte === 0x5f;
  return strings ? { kind: "string", osc: byte === 0x5d, length: 0 } : TEXT;
}

export class PayloadCap {
  #state: State = TEXT;
  #afterC2 = false;

  /** What of `chunk` may reach the parser: the chunk itself, unless something had to go. */
  filter(chunk: Uint8Array): Uint8Array {
    const kept: Uint8Array[] = [];
    let keepFrom = this.#dropping ? chunk.length : 0;
    for (let at = 0; at < chunk.length; at++) {
      if (!this.#afterC2) at += this.#run(chunk, at);
      if (at === chunk.length) break;
      const byte = chunk[at] ?? 0;
      const wasDropping = this.#dropping;
      const heldC2 = this.#afterC2;
      this.#advance(byte);
      if (wasDropping && !this.#dropping) {
        // The string is over. Its BEL would ring now that the parser is back in text; ESC and C1 may open what follows.
        if (heldC2 && byte >= 0x80) kept.push(Uint8Array.of(C1));
        keepFrom = byte === BEL ? at + 1 : at;
      } else if (!wasDropping && this.#dropping) {
        // CAN makes the parser forget what it has gathered (and it is what a real terminal would obey).
        kept.push(chunk.subarray(keepFrom, at), Uint8Array.of(CAN));
        keepFrom = chunk.length;
      }
    }
    if (kept.length === 0 && keepFrom === 0) return chunk;
    kept.push(chunk.subarray(keepFrom));
    return concat(...kept);
  }

  /** What comes next is not the continuation of what came before. */
  reset(): void {
    this.#state = TEXT;
    this.#afterC2 = false;
  }

  get #dropping(): boolean {
    return this.#state.kind === "string" && this.#state.length > PAYLOAD_LIMIT;
  }

  /** How many bytes from `at` on change nothing but the string's length: nearly all, so this loop asks little of each. */
  #run(chunk: Uint8Array, at: number): number {
    const state = this.#state;
    if (state.kind === "escape") return 0;
    const end = state.kind === "text" || this.#dropping ? chunk.length : at + PAYLOAD_LIMIT - state.length;
    const plainFrom = state.kind === "text" ? 0 : ESC + 1;
    let to = at;
    for (let byte = chunk[to]; byte !== undefined && to < end; byte = chunk[++to]) {
      if (byte < plainFrom || byte === ESC || byte === C1) break;
    }
    if (state.kind === "string") state.length += to - at;
    return to - at;
  }

  #advance(byte: number): void {
    const control = this.#afterC2 && byte >= 0x80 && byte <= 0x9f;
    this.#afterC2 = byte === C1;
    if (byte === ESC) this.#state = ESCAPE;
    else if (control) this.#state = opened(byte - 0x40);
    else if (byte === CAN || byte === SUB) this.#state = TEXT;
    else if (this.#state.kind === "string") {
      if (byte === BEL && this.#state.osc) this.#state = TEXT;
      else this.#state.length++;
    } else if (this.#state.kind === "escape" && byte >= 0x20 && byte < 0x7f) this.#state = opened(byte);
  }
}
