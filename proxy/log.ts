// The operator's log: JSON lines on stderr, one per connection, at its end. No payload, no token, no grant, no user name;
// every text that came from outside is cleaned. Writing never holds up a connection: what a stuck pipe cannot take is dropped.

import pino from "pino";
import type { CloseName } from "../shared/close-codes.ts";
import type { GrantFault } from "./grants.ts";
import type { Entry } from "./handshake/entry.ts";

/** One finished connection. */
export interface ConnectionRecord {
  readonly event: "connection";
  /** The peer's address; behind a proxy, the proxy's. */
  readonly client: string;
  readonly origin: string | undefined;
  /** How it was let in; undefined for who was not. */
  readonly entry: Entry | undefined;
  /** The origin of the page that its grant was signed for. */
  readonly embedder: string | undefined;
  /** Why its grant was not taken: the sentence for a person says less. */
  readonly fault: GrantFault | undefined;
  /** host:port as asked for; undefined where it never came to that. */
  readonly target: string | undefined;
  /** Bytes from the client to the target, and back. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly duration: number;
  readonly close: CloseName | "client-left";
  /** A short hash of the session id, which itself is a secret. */
  readonly session: string | undefined;
}

export interface Log {
  connection(record: ConnectionRecord): void;
  /** A fault of ours: what failed, and the error's code or name. */
  fault(what: string, error: unknown): void;
  /** Writes what is held back. */
  flush(): void;
}

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

/** A stuck stderr may hold up to this many characters; then lines are lost. */
const HELD_BACK = 1024 * 1024;

/** C0, DEL, C1, and the bidi and invisible characters that reorder or hide what follows. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

export function clean(text: string, limit: number): string {
  return text.slice(0, limit).replace(UNSAFE, "\ufffd");
}

/** `dest` is a file descriptor or a path. */
export function openLog(level: LogLevel, dest: number | string = 2): Log {
  const destination = pino.destination({ dest, sync: false, maxLength: HELD_BACK });
  // A closed stderr (EPIPE) is no reason to end sessions.
  destination.on("error", () => {});
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    connection: (record) => logger.info({ ...record, origin: record.origin && clean(record.origin, 200) }),
    fault: (what, error) => logger.error({ event: "fault", what, error: nameOf(error) }),
    flush: () => {
      try {
        destination.flushSync();
      } catch {
        // Nowhere to write to: nothing to say it with.
      }
    },
  };
}

/** An error's code or class: messages may quote what a peer sent. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? clean(error.code, 80) : error.name;
}
