// What this relay is called: the Host headers it answers to (against DNS rebinding) and the origins whose pages may use
// it (against WebSockets from other sites). Exact matches only.

import { isIP } from "node:net";
import { isLoopback } from "../addresses.ts";
import { isLocal, type RelayConfig } from "../config.ts";

export interface Names {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
}

const DEFAULT_PORT = { http: "80", https: "443" } as const;

/** `port` is the one really listened on. */
export function ownNames(config: RelayConfig, port: number): Names {
  const scheme = config.tls || config.behindTlsProxy ? "https" : "http";
  const { host } = config.listen;
  const listened = isIP(host) === 6 ? `[${host}]` : host;
  const own = isLoopback(host) ? [listened, "127.0.0.1", "localhost", "[::1]"] : [listened];
  const known = config.behindTlsProxy ? config.hosts : [...own, ...config.hosts];
  const hosts = new Set<string>();
  const origins = new Set(config.origins);
  for (const name of known) {
    const [, bare = name, written] = /^(.*?)(?::(\d+))?$/.exec(name) ?? [];
    // A proxy listens where it likes, 443 unless said; for ourselves we know the port.
    const shown = written ?? (config.behindTlsProxy ? DEFAULT_PORT.https : String(port));
    const usual = shown === DEFAULT_PORT[scheme];
    hosts.add(`${bare}:${shown}`);
    if (usual) hosts.add(bare);
    origins.add(`${scheme}://${bare}${usual ? "" : `:${shown}`}`);
  }
  return { hosts, origins };
}

export function knowsHost(names: Names, header: string | undefined): boolean {
  return header !== undefined && names.hosts.has(header.toLowerCase());
}

/**
 * Browsers always send an Origin with a WebSocket. Without one it is a program, which the token guards; that is enough
 * only where the relay serves this machine's own person. The opaque origin `null` is any sandboxed frame: refused.
 */
export function knowsOrigin(names: Names, header: string | undefined, config: RelayConfig): boolean {
  return header === undefined ? isLocal(config) : names.origins.has(header);
}
