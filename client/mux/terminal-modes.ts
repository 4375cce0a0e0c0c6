// The terminal modes that go with a pty (RFC 4254 8): what stty would show on an ordinary terminal in cooked mode, so that
// the remote pty starts like the one of a local shell.

import { Writer } from "../bytes/wire.ts";

/** Opcodes of RFC 4254 8, and IUTF8 of RFC 8160. */
const OPCODES = {
  VINTR: 1,
  VQUIT: 2,
  VERASE: 3,
  VKILL: 4,
  VEOF: 5,
  VEOL: 6,
  VEOL2: 7,
  VSTART: 8,
  VSTOP: 9,
  VSUSP: 10,
  VREPRINT: 12,
  VWERASE: 13,
  VLNEXT: 14,
  VDISCARD: 18,
  IGNPAR: 30,
  PARMRK: 31,
  INPCK: 32,
  ISTRIP: 33,
  INLCR: 34,
  IGNCR: 35,
  ICRNL: 36,
  IXON: 38,
  IXANY: 39,
  IXOFF: 40,
  IMAXBEL: 41,
  IUTF8: 42,
  ISIG: 50,
  ICANON: 51,
  ECHO: 53,
  ECHOE: 54,
  ECHOK: 55,
  ECHONL: 56,
  NOFLSH: 57,
  TOSTOP: 58,
  IEXTEN: 59,
  ECHOCTL: 60,
  ECHOKE: 61,
  OPOST: 70,
  ONLCR: 72,
  OCRNL: 73,
  ONOCR: 74,
  ONLRET: 75,
  CS7: 90,
  CS8: 91,
  PARENB: 92,
  PARODD: 93,
  TTY_OP_ISPEED: 128,
  TTY_OP_OSPEED: 129,
} as const;

const TTY_OP_END = 0;

/** Flags are 0 or 1, characters their code (255 for none), speeds bits a second. What is left out is the server's choice. */
export type TerminalModes = Readonly<Partial<Record<keyof typeof OPCODES, number>>>;

export const COOKED: TerminalModes = {
  VINTR: 3, // ^C
  VQUIT: 28, // ^\
  VERASE: 127, // what the backspace key of xterm sends
  VKILL: 21, // ^U
  VEOF: 4, // ^D
  VEOL: 255,
  VEOL2: 255,
  VSTART: 17, // ^Q
  VSTOP: 19, // ^S
  VSUSP: 26, // ^Z
  VREPRINT: 18, // ^R
  VWERASE: 23, // ^W
  VLNEXT: 22, // ^V
  VDISCARD: 15, // ^O
  IGNPAR: 0,
  PARMRK: 0,
  INPCK: 0,
  ISTRIP: 0,
  INLCR: 0,
  IGNCR: 0,
  ICRNL: 1,
  IXON: 1,
  IXANY: 0,
  IXOFF: 0,
  IMAXBEL: 1,
  IUTF8: 1, // so that erasing takes a whole character
  ISIG: 1,
  ICANON: 1,
  ECHO: 1,
  ECHOE: 1,
  ECHOK: 1,
  ECHONL: 0,
  NOFLSH: 0,
  TOSTOP: 0,
  IEXTEN: 1,
  ECHOCTL: 1,
  ECHOKE: 1,
  OPOST: 1,
  ONLCR: 1,
  OCRNL: 0,
  ONOCR: 0,
  ONLRET: 0,
  CS7: 1,
  CS8: 1,
  PARENB: 0,
  PARODD: 0,
  TTY_OP_ISPEED: 38_400,
  TTY_OP_OSPEED: 38_400,
};

/** The string inside pty-req: opcode and uint32, one after another, in the order of the opcodes, and a 0 at the end. */
export function encodeTerminalModes(modes: TerminalModes): Uint8Array {
  const writer = new Writer();
  for (const [name, opcode] of Object.entries(OPCODES)) {
    const value = modes[name as keyof typeof OPCODES];
    if (value !== undefined) writer.byte(opcode).uint32(value);
  }
  return writer.byte(TTY_OP_END).done();
}
