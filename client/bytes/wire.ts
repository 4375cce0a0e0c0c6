// The data types of RFC 4251 5, read and written one by one. A Reader never reads past its end and never allocates from
// a length before the length is checked; a Writer grows as needed.

import { concat, readUint32, writeUint32 } from "./bytes.ts";
import { protocolError } from "./errors.ts";
import { decodeUtf8, encodeUtf8 } from "./text.ts";

/** RFC 4251 6 allows 64 characters a name; the count bound is ours, far above any real list. */
const NAME_LIMIT = 64;
const NAMES_LIMIT = 1000;
/** Bytes of an mpint, twice the largest RSA modulus that is accepted: turning more into a number takes too long. */
const MPINT_LIMIT = 4096;

export class Reader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** A view of the next `length` bytes, not a copy. */
  bytes(length: number): Uint8Array {
    if (length > this.remaining) throw protocolError("a field is longer than its message");
    const view = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return view;
  }

  byte(): number {
    return this.bytes(1)[0] ?? 0;
  }

  boolean(): boolean {
    return this.byte() !== 0;
  }

  uint32(): number {
    return readUint32(this.bytes(4), 0);
  }

  uint64(): bigint {
    return (BigInt(this.uint32()) << 32n) | BigInt(this.uint32());
  }

  string(): Uint8Array {
    return this.bytes(this.uint32());
  }

  text(): string {
    return decodeUtf8(this.string());
  }

  /** A non-negative mpint in its shortest form (RFC 4251 5). */
  mpint(): bigint {
    const bytes = this.string();
    if (bytes.length > MPINT_LIMIT) throw protocolError("a number of more than 32768 bits");
    const [first = 0, second = 0] = bytes;
    if (first & 0x80) throw protocolError("a negative number where none can be");
    if (bytes.length > 0 && first === 0 && (bytes.length === 1 || !(second & 0x80))) {
      throw protocolError("a number with needless leading zeros");
    }
    return fromBigEndian(bytes);
  }

  names(): string[] {
    return parseNames(this.string());
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** Bytes after the last field are refused: they are how two parsers come to read two different messages. */
  end(): void {
    if (this.remaining !== 0) throw protocolError("bytes after the end of a message");
  }
}

export class Writer {
  readonly #parts: Uint8Array[] = [];

  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  byte(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }

  boolean(value: boolean): this {
    return this.byte(value ? 1 : 0);
  }

  uint32(value: number): this {
    const bytes = new Uint8Array(4);
    writeUint32(bytes, 0, value);
    return this.bytes(bytes);
  }

  uint64(value: bigint): this {
    return this.uint32(Number(value >> 32n)).uint32(Number(value & 0xffffffffn));
  }

  string(bytes: Uint8Array): this {
    return this.uint32(bytes.length).bytes(bytes);
  }

  text(text: string): this {
    return this.string(encodeUtf8(text));
  }

  mpint(value: bigint): this {
    return this.string(mpintBytes(value));
  }

  names(names: readonly string[]): this {
    return this.text(names.join(","));
  }

  done(): Uint8Array {
    return concat(...this.#parts);
  }
}

/** The inside of a name-list. One trailing comma and empty lists are met in the wild (russh 7f585b5, c465e3f). */
export function parseNames(bytes: Uint8Array): string[] {
  const names = decodeUtf8(bytes)
    .split(",")
    .filter((name) => name !== "");
  if (names.length > NAMES_LIMIT) throw protocolError("a name-list with too many names");
  if (names.some((name) => name.length > NAME_LIMIT)) throw protocolError("a name longer than 64 characters");
  return names;
}

/** The bytes inside an mpint: shortest form, a zero byte in front where the high bit would read as a sign. */
export function mpintBytes(value: bigint): Uint8Array {
  if (value < 0n) throw new RangeError("negative");
  if (value === 0n) return new Uint8Array(0);
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const padded = Number.parseInt(even[0] ?? "0", 16) >= 8 ? `00${even}` : even;
  const bytes = new Uint8Array(padded.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(padded.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** An unsigned big-endian number as an mpint's bytes: a shared secret with leading zero bytes loses them here. */
export function mpintFromBigEndian(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  const stripped = bytes.subarray(start);
  return (stripped[0] ?? 0) & 0x80 ? concat(Uint8Array.of(0), stripped) : stripped;
}

export function fromBigEndian(bytes: Uint8Array): bigint {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex === "" ? 0n : BigInt(`0x${hex}`);
}

/** A non-negative number as exactly `length` big-endian bytes. */
export function toBigEndian(value: bigint, length: number): Uint8Array {
  const hex = value.toString(16).padStart(2 * length, "0");
  if (hex.length > 2 * length) throw new RangeError("number too large for its field");
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
