// A message is declared once, as data, in wire order; its encoder, its decoder and its type come from that declaration.
//
//   /** RFC 4253 11.1 */
//   export const Disconnect = message(1, { reason: uint32, description: text, language: text });
//   Disconnect.encode({ reason: 11, description: "bye", language: "" });
//   type Disconnect = Decoded<typeof Disconnect>;

import { protocolError } from "./errors.ts";
import { Reader, Writer } from "./wire.ts";

export interface Field<T> {
  read(reader: Reader): T;
  write(writer: Writer, value: T): void;
}

export const byte: Field<number> = { read: (r) => r.byte(), write: (w, v) => w.byte(v) };
export const boolean: Field<boolean> = { read: (r) => r.boolean(), write: (w, v) => w.boolean(v) };
export const uint32: Field<number> = { read: (r) => r.uint32(), write: (w, v) => w.uint32(v) };
export const uint64: Field<bigint> = { read: (r) => r.uint64(), write: (w, v) => w.uint64(v) };
export const string: Field<Uint8Array> = { read: (r) => r.string(), write: (w, v) => w.string(v) };
/** A string that is text: decoded as UTF-8 with replacement, not yet cleaned for showing. */
export const text: Field<string> = { read: (r) => r.text(), write: (w, v) => w.text(v) };
export const mpint: Field<bigint> = { read: (r) => r.mpint(), write: (w, v) => w.mpint(v) };
export const names: Field<readonly string[]> = { read: (r) => r.names(), write: (w, v) => w.names(v) };
/** Whatever is left, as a view. */
export const rest: Field<Uint8Array> = { read: (r) => r.rest(), write: (w, v) => w.bytes(v) };
export const fixed = (length: number): Field<Uint8Array> => ({
  read: (r) => r.bytes(length),
  write: (w, v) => w.bytes(v),
});
/** A trailing string that some peers leave out. */
export const optionalText: Field<string> = {
  read: (r) => (r.remaining === 0 ? "" : r.text()),
  write: (w, v) => w.text(v),
};

type Values<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

export interface Message<F> {
  readonly number: number;
  encode(values: Values<F>): Uint8Array;
  /** Takes the whole payload, its number included. Throws a protocol error on anything but exactly this message. */
  decode(payload: Uint8Array): Values<F>;
}

export type Decoded<M> = M extends Message<infer F> ? Values<F> : never;

export function message<const F extends { readonly [name: string]: AnyField }>(number: number, fields: F): Message<F> {
  const entries = Object.entries(fields as unknown as Readonly<Record<string, Field<unknown>>>);
  return {
    number,
    encode(values) {
      const writer = new Writer().byte(number);
      const given = values as Readonly<Record<string, unknown>>;
      for (const [name, field] of entries) field.write(writer, given[name]);
      return writer.done();
    },
    decode(payload) {
      const reader = new Reader(payload);
      if (reader.byte() !== number)
        throw protocolError(`message ${payload[0] ?? "without a number"} where ${number} belongs`);
      const values: Record<string, unknown> = {};
      for (const [name, field] of entries) values[name] = field.read(reader);
      reader.end();
      return values as Values<F>;
    },
  };
}

// The union of every declared kind of field: `Field<T>` is invariant in T, so one supertype cannot name them all.
type AnyField =
  | Field<number>
  | Field<boolean>
  | Field<bigint>
  | Field<string>
  | Field<Uint8Array>
  | Field<readonly string[]>;
