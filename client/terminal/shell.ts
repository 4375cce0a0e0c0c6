// A connection's shell on a terminal: output goes to the view no faster than it paints, input and sizes go back. The brake
// runs from here to the server: what is not painted is not credited, and the SSH window closes.

import type { TerminalSize } from "../mux/terminal-size.ts";
import type { RemoteConnection } from "../switchboard/remote-connection.ts";
import { pieces } from "./pieces.ts";
import type { TerminalView } from "./view.ts";

/** Unpainted bytes inside the terminal at most. Above half a megabyte xterm.js stops answering keys. */
export const UNPAINTED_LIMIT = 128 * 1024;
/** One write. The terminal takes them all in 12 ms slices; smaller ones let it stop sooner. */
const PIECE = 16 * 1024;

export interface Shell {
  /** Takes what the connection received. Nothing is lost after the connection's end either: it is painted to the last byte. */
  output(chunks: readonly Uint8Array[]): void;
  input(bytes: Uint8Array): void;
  resize(size: TerminalSize): void;
  /** Resolves once everything handed to `output` is painted; a line of ours that should stand last waits for it. */
  drained(): Promise<void>;
}

export function bindShell(
  connection: Pick<RemoteConnection, "input" | "resize" | "painted">,
  view: Pick<TerminalView, "write">,
): Shell {
  // The server's window bounds this queue: it holds what was received and not yet credited.
  const waiting: Uint8Array[] = [];
  let first = 0;
  let unpainted = 0;
  const drains: (() => void)[] = [];

  const idle = () => waiting.length === 0 && unpainted === 0;

  function painted(bytes: number): void {
    unpainted -= bytes;
    connection.painted(bytes);
    pump();
  }

  function pump(): void {
    for (;;) {
      const piece = waiting[first];
      if (!piece || unpainted + piece.length > UNPAINTED_LIMIT) break;
      first++;
      unpainted += piece.length;
      view.write(piece, painted);
    }
    if (first === waiting.length || first >= 256) {
      waiting.splice(0, first);
      first = 0;
    }
    if (idle()) for (const resolve of drains.splice(0)) resolve();
  }

  return {
    output(chunks) {
      for (const chunk of chunks) waiting.push(...pieces(chunk, PIECE));
      pump();
    },
    input: (bytes) => connection.input(bytes),
    resize: (size) => connection.resize(size),
    drained: () => (idle() ? Promise.resolve() : new Promise((resolve) => drains.push(resolve))),
  };
}
