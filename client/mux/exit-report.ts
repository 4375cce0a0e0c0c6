// What a server tells of a program's end (RFC 4254 6.10), read without trust: a short or overlong report is no report. One
// truncated exit-status has crashed every client built on a well-known library.

import { cleanLine, cleanText } from "../bytes/text.ts";
import { Reader } from "../bytes/wire.ts";
import type { Exit } from "./exit.ts";

/** The request as an exit; undefined for any other request, and for one that does not parse. */
export function readExit(name: string, data: Uint8Array): Exit | undefined {
  switch (name) {
    case "exit-status":
      return parse(data, (reader) => ({ kind: "status", status: reader.uint32() }));
    case "exit-signal":
      return parse(data, (reader) => {
        const signal = cleanLine(reader.text(), 64);
        const coreDumped = reader.boolean();
        const message = cleanText(reader.text(), 1024);
        if (reader.remaining > 0) reader.string(); // the language tag, which some servers leave out
        return { kind: "signal", signal, coreDumped, message };
      });
    default:
      return undefined;
  }
}

function parse(data: Uint8Array, read: (reader: Reader) => Exit): Exit | undefined {
  const reader = new Reader(data);
  try {
    const exit = read(reader);
    reader.end();
    return exit;
  } catch {
    // A Reader throws nothing but protocol errors. The program has ended anyway: its channel's CLOSE says so.
    return undefined;
  }
}
