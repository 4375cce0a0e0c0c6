// HTTP in front of the sessions: the built page, /config.json, /healthz, and the upgrade at /relay. Every answer carries the
// security headers; every name that is not ours is turned away; a slow or oversized request ends by itself.

import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { PageConfig } from "../shared/page-config.ts";
import { LIMITS, SUBPROTOCOL } from "../shared/relay-protocol.ts";
import { callerGroup } from "./addresses.ts";
import type { RelayConfig } from "./config.ts";
import { knowsHost, type Names } from "./handshake/names.ts";
import { answerRaw, judgeUpgrade } from "./handshake/upgrade.ts";
import { securityHeaders } from "./headers.ts";
import { WaitingRoom } from "./limits.ts";
import type { Log } from "./log.ts";
import { Session, type SessionServices } from "./session.ts";
import type { StaticFile } from "./static-files.ts";

export interface ServerParts {
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly page: PageConfig;
  readonly services: SessionServices;
  readonly log: Log;
  /** Known once the port is. */
  readonly names: (port: number) => Names;
}

/** WebSockets that may wait with their token, beside the connections that may be open; of one address, and of all. */
const MOST_WAITING = 256;
const MOST_WAITING_PER_ADDRESS = 64;

const HTTP_LIMITS = {
  // Cookies are shared by all ports of a host, so on 127.0.0.1 a browser brings those of other programs along.
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  // Node's own answer to a missing Host has none of our headers; ours has.
  requireHostHeader: false,
};
const TLS_LIMITS = { minVersion: "TLSv1.2", handshakeTimeout: 10_000 } as const;
/** A page's connection on which nothing moves, so that a reader who stalls does not keep it. A WebSocket has no such limit. */
const STALL_MS = 30_000;

export interface HttpServer {
  readonly server: Server;
  readonly sessions: ReadonlySet<Session>;
  /** Destroys every connection there is, also those in a TLS handshake, which Node's own closing leaves alone. */
  readonly cut: () => void;
}

export function createServer(config: RelayConfig, parts: ServerParts): HttpServer {
  const headersOf = securityHeaders(
    config.tls !== undefined || config.behindTlsProxy,
    parts.page.embed.map(({ origin }) => origin),
  );
  const headers = headersOf("");
  const server = config.tls
    ? createHttpsServer({ ...HTTP_LIMITS, ...TLS_LIMITS, cert: config.tls.cert, key: config.tls.key })
    : createHttpServer(HTTP_LIMITS);
  server.setTimeout(STALL_MS);
  const connections = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  const sessions = new Set<Session>();
  // Behind a proxy all callers have its address.
  const room = new WaitingRoom(MOST_WAITING, config.behindTlsProxy ? MOST_WAITING : MOST_WAITING_PER_ADDRESS);
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    autoPong: false, // a session answers pings itself
    maxPayload: LIMITS.maxPayload,
    maxFragments: LIMITS.maxFragments,
    maxBufferedChunks: LIMITS.maxBufferedChunks,
    handleProtocols: () => SUBPROTOCOL,
  });
  sockets.on("wsClientError", (_error, socket) => answerRaw(socket, 400, headers));

  let known: Names | undefined;
  const names = (): Names => {
    const address = server.address();
    known ??= parts.names(typeof address === "object" && address ? address.port : config.listen.port);
    return known;
  };

  // Node would answer a wish it does not know by itself, without our headers; as it is no duty, it is ignored (RFC 9110 10.1.1).
  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
  server.on("request", (request, response) => {
    const path = (request.url ?? "").replace(/\?.*$/, "");
    for (const [name, value] of Object.entries(headersOf(path))) response.setHeader(name, value);
    answer(request, response, path, parts, names());
  });

  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const upgrade = judgeUpgrade(request, names(), config);
    if (upgrade.kind === "refused") return answerRaw(socket, upgrade.status, headers);
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const address = request.socket.remoteAddress ?? "";
      const group = callerGroup(address);
      const admitted = room.enter(group, () => session.turnOut());
      const { origin } = request.headers;
      const session = new Session(ws, parts.services, { address, group, origin, instance: upgrade.instance, admitted });
      sessions.add(session);
      ws.once("close", () => {
        sessions.delete(session);
        admitted();
      });
    });
  });

  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ""] ?? 400;
    answerRaw(socket, status, headers);
  });
  const cut = (): void => {
    for (const socket of connections) socket.destroy();
  };
  return { server, sessions, cut };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  parts: ServerParts,
  names: Names,
): void {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    // What follows is a body that nobody reads.
    response.setHeader("Connection", "close");
    return send(response, 405, "Only GET and HEAD are answered here.\n");
  }
  // A load balancer asks by address; the answer is the same for all and says nothing.
  if (path === "/healthz") return send(response, 200, "ok\n");
  if (!knowsHost(names, request.headers.host))
    return send(response, 421, "This relay is not known by that name. Open the address it printed, or give --host.\n");
  if (path === "/config.json") return send(response, 200, JSON.stringify(parts.page), "application/json");
  const file = parts.files.get(path);
  if (!file) return send(response, 404, "There is nothing here.\n");
  response.setHeader("ETag", file.etag);
  if (request.headers["if-none-match"] === file.etag) {
    response.setHeader("Cache-Control", file.cache);
    response.writeHead(304).end();
    return;
  }
  const gzipped = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? "")) ? file.gzipped : undefined;
  if (file.gzipped) response.setHeader("Vary", "Accept-Encoding");
  if (gzipped) response.setHeader("Content-Encoding", "gzip");
  send(response, 200, gzipped ?? file.body, file.type, file.cache);
}

/** For HEAD, Node leaves the body out by itself. */
function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  type = "text/plain; charset=utf-8",
  cache = "no-store",
): void {
  response.setHeader("Content-Type", type);
  response.setHeader("Cache-Control", cache);
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.writeHead(status).end(body);
}
