// Everything that can be judged before a WebSocket exists: path, Host, Origin and subprotocol. The order is fixed, and
// a refusal is a plain HTTP answer with no detail.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { RELAY_PATH, SUBPROTOCOL } from "../../shared/relay-protocol.ts";
import type { RelayConfig } from "../config.ts";
import { knowsHost, knowsOrigin, type Names } from "./names.ts";

export type Upgrade =
  /** `instance` names the relay process that a resumed session lived in. */
  | { readonly kind: "session"; readonly instance: string | undefined }
  | { readonly kind: "refused"; readonly status: 400 | 403 | 404 | 421 };

const INSTANCE = /^[A-Za-z0-9_-]{1,64}$/;

export function judgeUpgrade(request: IncomingMessage, names: Names, config: RelayConfig): Upgrade {
  const path = request.url ?? "";
  const instance = path.startsWith(`${RELAY_PATH}/`) ? path.slice(RELAY_PATH.length + 1) : undefined;
  if (path !== RELAY_PATH && !INSTANCE.test(instance ?? "")) return { kind: "refused", status: 404 };
  if (!knowsHost(names, request.headers.host)) return { kind: "refused", status: 421 };
  if (!knowsOrigin(names, request.headers.origin, config)) return { kind: "refused", status: 403 };
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (!offered.includes(SUBPROTOCOL)) return { kind: "refused", status: 400 };
  return { kind: "session", instance };
}

const PHRASES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  421: "Misdirected Request",
  431: "Request Header Fields Too Large",
};

/** An answer where Node gives no response object: upgrades, and requests it could not parse. */
export function answerRaw(socket: Duplex, status: number, headers: Readonly<Record<string, string>>): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const lines = Object.entries({ ...headers, Connection: "close", "Content-Length": "0" });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.on("error", () => {});
  socket.end(`HTTP/1.1 ${status} ${PHRASES[status] ?? "Refused"}\r\n${head}\r\n`, () => socket.destroy());
}
