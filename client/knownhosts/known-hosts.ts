// One known_hosts text, made quick to ask: its lines are found by the names they speak of, and read only when they are asked for.
// One pass over the text notes where the first field of each line is and of which sort; what it finds is then judged by
// file.ts and names.ts, so that nothing here decides what a line means.

import { toBase64 } from "../bytes/base64.ts";
import { equal } from "../bytes/bytes.ts";
import { type Entry, parseEntry, refuseTooLong } from "./file.ts";
import { hashSearch } from "./hashed-names.ts";
import { matchesName, parseHostNames } from "./names.ts";

const TAB = 0x09;
const SPACE = 0x20;
const HASH = 0x23;
const STAR = 0x2a;
const COMMA = 0x2c;
const QUESTION = 0x3f;
const AT = 0x40;
const BAR = 0x7c;
const BYTE_ORDER_MARK = 0xfeff;

/** An entry, and where its line is in the text, its ending included. */
export interface Place {
  readonly start: number;
  readonly end: number;
  readonly entry: Entry;
}

export class KnownHosts {
  readonly text: string;
  /** Where first fields begin, by the names they give in full: one number, or several where a name has several lines. */
  readonly #named = new Map<string, number | number[]>();
  readonly #wild: number[] = [];
  readonly #hashed: number[] = [];
  readonly #asked = new Map<string, readonly Place[]>();

  /** Throws SshError `trust-store` for a text above 10 MiB. */
  constructor(text: string) {
    refuseTooLong(text);
    this.text = text;
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = text.indexOf("\n", start) + 1 || text.length;
      this.#note(start, end);
    }
  }

  /** The entries that speak of this name, whatever their marker, in the order of the text. */
  about(name: string): readonly Entry[] {
    return this.placesOf(name).map(({ entry }) => entry);
  }

  /** The same, with where their lines are. */
  placesOf(name: string): readonly Place[] {
    const known = this.#asked.get(name);
    if (known) return known;
    const isHashed = hashSearch(name);
    const fields = [
      ...[this.#named.get(name) ?? []].flat(),
      ...this.#wild,
      ...this.#hashed.filter((at) => isHashed(this.text, at)),
    ].filter((at) => this.#speaksOf(at, name));
    const places = fields.sort((a, b) => a - b).flatMap((at) => this.#placeAt(at) ?? []);
    this.#asked.set(name, places);
    return places;
  }

  /** The entries with this very key, in the order of the text. */
  *withKey(keyBlob: Uint8Array): Generator<Entry> {
    const { text } = this;
    // Without its padding, base64 has one spelling only (bytes/base64.ts), so most lines need not be read.
    const spelling = toBase64(keyBlob, false);
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = this.#endOfLine(start);
      const keyType = nextField(text, fieldOf(text, start, end), end);
      if (!text.startsWith(spelling, nextField(text, keyType, end))) continue;
      const entry = parseEntry(text.slice(start, end));
      if (entry && equal(entry.keyBlob, keyBlob)) yield entry;
    }
  }

  /** Notes the line's first field. What cannot be one is left out; what is left in may still turn out to be none. */
  #note(start: number, end: number): void {
    const { text } = this;
    const field = fieldOf(text, start, end);
    if (field === end) return;
    if (text.charCodeAt(field) === BAR) {
      this.#hashed.push(field);
      return;
    }
    let from = field;
    const names: number[] = [];
    for (let at = field; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === STAR || code === QUESTION) {
        this.#wild.push(field);
        return;
      }
      if (code === COMMA) {
        names.push(from, at);
        from = at + 1;
      } else if (isBlank(code)) {
        names.push(from, at);
        for (let i = 0; i < names.length; i += 2) this.#noteName(text.slice(names[i], names[i + 1]), field);
        return;
      }
    }
  }

  #noteName(written: string, field: number): void {
    const name = written.toLowerCase();
    const known = this.#named.get(name);
    if (known === undefined) this.#named.set(name, field);
    else if (typeof known === "number") {
      if (known !== field) this.#named.set(name, [known, field]);
    } else if (known.at(-1) !== field) known.push(field);
  }

  /** Of the first field only: the key is not read for a line that speaks of others. */
  #speaksOf(field: number, name: string): boolean {
    const [written = ""] = /^[^ \t\n]*/.exec(this.text.slice(field, this.#endOfLine(field))) ?? [];
    const names = parseHostNames(written);
    return names !== undefined && matchesName(names, name);
  }

  #placeAt(at: number): Place | undefined {
    const start = this.text.lastIndexOf("\n", at) + 1;
    const end = this.#endOfLine(at);
    const entry = parseEntry(this.text.slice(start, end));
    return entry && { start, end, entry };
  }

  #endOfLine(at: number): number {
    return this.text.indexOf("\n", at) + 1 || this.text.length;
  }
}

/** Where the line's first field begins, behind its marker; `end` if it has none. */
function fieldOf(text: string, start: number, end: number): number {
  const at = skipBlanks(text, text.charCodeAt(start) === BYTE_ORDER_MARK ? start + 1 : start, end);
  const code = text.charCodeAt(at);
  if (code === AT) return nextField(text, at, end);
  return code === HASH ? end : at;
}

/** Where the field behind the one at `at` begins; `end` if there is none. */
function nextField(text: string, at: number, end: number): number {
  let next = at;
  while (next < end && !isBlank(text.charCodeAt(next))) next++;
  return skipBlanks(text, next, end);
}

function skipBlanks(text: string, at: number, end: number): number {
  let next = at;
  while (next < end && isBlank(text.charCodeAt(next))) next++;
  return next;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
