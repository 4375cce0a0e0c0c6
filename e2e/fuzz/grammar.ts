// What messages look like, so that what the fuzzer sends is almost right: each as its fields in wire order, with values
// that lie where mistakes are made.

import { Writer } from "../../client/bytes/wire.ts";
import type { Choices } from "./choices.ts";

type Field =
  | "byte"
  | "boolean"
  | "uint32"
  /** A channel's number: mostly one that there is. */
  | "channel"
  /** A size: mostly one that fits. */
  | "size"
  | "string"
  | "name"
  | "names"
  | "mpint"
  | "rest"
  | `exactly ${string}`;

interface Shape {
  readonly number: number;
  readonly fields: readonly Field[];
}

const shape = (number: number, ...fields: Field[]): Shape => ({ number, fields });

export const TRANSPORT: readonly Shape[] = [
  shape(1, "uint32", "string", "string"),
  shape(2, "string"),
  shape(3, "uint32"),
  shape(4, "boolean", "string", "string"),
  shape(7, "uint32", "exactly server-sig-algs", "names"),
  shape(7, "uint32", "name", "string", "name", "string"),
  shape(192, "string"),
  shape(193, "string"),
];

export const EXCHANGE: readonly Shape[] = [
  shape(20, ...Array<Field>(16).fill("byte"), ...Array<Field>(10).fill("names"), "boolean", "uint32"),
  shape(21),
  shape(31, "string", "mpint", "string"),
  shape(31, "mpint", "mpint"),
  shape(33, "string", "mpint", "string"),
];

export const LOGIN: readonly Shape[] = [
  shape(6, "name"),
  shape(6, "exactly ssh-userauth"),
  shape(51, "names", "boolean"),
  shape(52),
  shape(53, "string", "string"),
  shape(60, "string", "string", "string", "uint32", "string", "boolean", "string", "boolean"),
  shape(60, "string", "string", "string", "size"),
  shape(60, "name", "string"),
  shape(60, "string", "string"),
  shape(61, "uint32", "string"),
];

export const CONNECTION: readonly Shape[] = [
  shape(80, "name", "boolean", "rest"),
  shape(80, "exactly keepalive@openssh.com", "boolean"),
  shape(80, "exactly hostkeys-00@openssh.com", "boolean", "string", "string"),
  shape(81, "rest"),
  shape(82),
  shape(90, "name", "uint32", "uint32", "uint32", "rest"),
  shape(90, "exactly session", "channel", "size", "size"),
  shape(91, "channel", "uint32", "size", "size"),
  shape(92, "channel", "uint32", "string", "string"),
  shape(93, "channel", "size"),
  shape(94, "channel", "string"),
  shape(95, "channel", "size", "string"),
  shape(96, "channel"),
  shape(97, "channel"),
  shape(98, "channel", "exactly exit-status", "boolean", "uint32"),
  shape(98, "channel", "exactly exit-signal", "boolean", "string", "boolean", "string", "string"),
  shape(98, "channel", "exactly eow@openssh.com", "boolean"),
  shape(98, "channel", "name", "boolean", "rest"),
  shape(99, "channel"),
  shape(100, "channel"),
];

const NUMBERS = [
  0,
  1,
  2,
  31,
  32,
  33,
  255,
  256,
  2 ** 15,
  2 ** 18,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 31 + 1,
  2 ** 32 - 1,
] as const;
const NAMES = [
  "none",
  "zlib@openssh.com",
  "curve25519-sha256",
  "kex-strict-s-v00@openssh.com",
  "ssh-ed25519",
  "ssh-rsa",
  "aes128-gcm@openssh.com",
  "chacha20-poly1305@openssh.com",
  "aes128-ctr",
  "hmac-sha2-256",
  "password",
  "publickey",
  "keyboard-interactive",
  "__proto__",
  "constructor",
  "toString",
  "",
  "a,b",
  "\u0000",
  "\u202e",
  "x".repeat(65),
] as const;

/** A message of one of these shapes, each field well-formed by itself. */
export function generate(choices: Choices, shapes: readonly Shape[]): Uint8Array {
  const { number, fields } = choices.pick(shapes);
  const writer = new Writer().byte(number);
  for (const field of fields) write(writer, field, choices);
  return writer.done();
}

function write(writer: Writer, field: Field, choices: Choices): void {
  switch (field) {
    case "byte":
      writer.byte(choices.below(256));
      return;
    case "boolean":
      writer.byte(choices.pick([0, 1, 1, 255]));
      return;
    case "uint32":
      writer.uint32(choices.once(3) ? choices.uint32() : choices.pick(NUMBERS));
      return;
    case "channel":
      writer.uint32(choices.once(20) ? choices.pick(NUMBERS) : choices.below(3));
      return;
    case "size":
      writer.uint32(choices.once(10) ? choices.pick(NUMBERS) : choices.below(5000));
      return;
    case "string":
      writer.string(choices.bytes(length(choices)));
      return;
    case "name":
      writer.text(choices.pick(NAMES));
      return;
    case "names":
      writer.names(Array.from({ length: choices.once(200) ? 1001 : choices.below(5) }, () => choices.pick(NAMES)));
      return;
    case "mpint":
      writer.string(mpint(choices));
      return;
    case "rest":
      writer.bytes(choices.bytes(choices.below(20)));
      return;
    default:
      writer.text(field.slice("exactly ".length));
  }
}

function length(choices: Choices): number {
  if (choices.once(500)) return choices.below(200_000);
  return choices.once(8) ? choices.below(2000) : choices.below(24);
}

/** A number of which zero, one, the sign bit and needless zeros are likely. */
function mpint(choices: Choices): Uint8Array {
  const bytes = choices.bytes(choices.pick([0, 1, 31, 32, 33, 64, 256, 257]));
  if (choices.once(4)) bytes.fill(choices.pick([0, 1, 0x7f, 0xff]));
  else if (bytes.length > 0) bytes[0] = choices.pick([0, 1, 0x7f, 0x80, 0xff]);
  return bytes;
}
