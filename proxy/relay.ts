// The relay as one value: starts, says where it is, stops. Everything it takes from the machine can be handed in, so that
// tests and the end-to-end suite run it inside their own process.

import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import type { Server } from "node:http";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import * as v from "valibot";
import { Embedder } from "../shared/page-config.ts";
import { parseTargetPattern } from "../shared/target-pattern.ts";
import { parseAddress } from "./addresses.ts";
import { isLocal, type RelayConfig, refuseUnsafe } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { type Demo, startDemo } from "./demo.ts";
import { Grants } from "./grants.ts";
import { ownNames } from "./handshake/names.ts";
import { Places } from "./limits.ts";
import { type Log, openLog } from "./log.ts";
import { Lookups } from "./lookups.ts";
import { ownAddresses } from "./own-addresses.ts";
import type { Policy, Resolve } from "./policy.ts";
import type { Rule } from "./rules.ts";
import { createServer } from "./server.ts";
import { type StaticFile, servedText } from "./static-files.ts";

export interface Surroundings {
  /** Defaults to the system's resolver. */
  readonly resolve?: Resolve;
  /** Defaults to JSON lines on stderr. */
  readonly log?: Log;
  /** The built page. Defaults to none: the relay alone. */
  readonly files?: ReadonlyMap<string, StaticFile>;
  /** The relay's build, for /config.json. */
  readonly version?: string;
}

export interface Relay {
  /** What a person opens: the origin, with the token in its fragment. */
  readonly url: string;
  /** `http://127.0.0.1:8022`: also where its WebSockets are, as ws: or wss:. */
  readonly origin: string;
  readonly token: string | undefined;
  readonly port: number;
  /** The port that was wanted was taken, and this is another. */
  readonly moved: boolean;
  readonly demo: Demo | undefined;
  /** The demo was wanted, and why there is none. */
  readonly demoProblem: string | undefined;
  /** Tells every client, closes every socket, and settles when they are gone (a second at most). */
  close(): Promise<void>;
}

/** A relay on a free loopback port, with a random token and without a demo: what tests start from. */
export const IN_PROCESS: RelayConfig = {
  listen: { host: "127.0.0.1", port: 0 },
  portMayMove: false,
  tls: undefined,
  behindTlsProxy: false,
  hosts: [],
  origins: [],
  token: undefined,
  allow: [],
  deny: [],
  knownHosts: undefined,
  embed: [],
  grantKeys: [],
  demo: false,
  dialTimeout: 10_000,
  idleTimeout: 0,
  maxConnections: 64,
  logLevel: "silent",
};

export function randomToken(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * Starts with `changes` over IN_PROCESS; a token is made unless `changes` has the key.
 * @throws ConfigError for what would be unsafe, and the system's error when it cannot listen.
 */
export async function startRelay(changes: Partial<RelayConfig> = {}, surroundings: Surroundings = {}): Promise<Relay> {
  const config: RelayConfig = { ...IN_PROCESS, token: randomToken(), ...changes };
  refuseUnsafe(config);
  checkCertificate(config);
  const log = surroundings.log ?? openLog(config.logLevel);
  const demo = config.demo ? await startDemo().catch(() => undefined) : undefined;
  const local = isLocal(config);
  const embed = v.parse(v.array(Embedder), config.embed);
  const listening = (): number => {
    const address = server.address();
    return typeof address === "object" && address ? address.port : config.listen.port;
  };
  const { server, sessions, cut } = createServer(config, {
    files: withKnownHosts(surroundings.files ?? new Map(), config.knownHosts),
    page: {
      version: surroundings.version ?? "0.0.0",
      demo: demo !== undefined,
      tokenRequired: config.token !== undefined,
      embed,
      knownHosts: config.knownHosts !== undefined,
      ...(demo ? { prefill: { host: demo.host, port: demo.port, user: demo.user } } : {}),
    },
    log,
    services: {
      door: {
        token: config.token,
        open: embed.flatMap((row) => row.open.flatMap((text) => parseTargetPattern(text) ?? [])),
      },
      grants: new Grants(config.grantKeys, () => ownNames({ ...config, origins: [] }, listening()).origins),
      policy: { allow: withDemo(config.allow, demo), deny: config.deny, local, isOwn: ownAddresses() } satisfies Policy,
      lookups: new Lookups(
        surroundings.resolve ?? systemResolve,
        config.behindTlsProxy ? Number.POSITIVE_INFINITY : LOOKUPS_PER_CALLER,
      ),
      places: new Places(config.maxConnections, !config.behindTlsProxy),
      log,
      instance: randomBytes(8).toString("hex"),
      dialTimeout: config.dialTimeout,
      idleTimeout: config.idleTimeout,
    },
    names: (port) => ownNames(config, port),
  });
  let moved = false;
  try {
    moved = await listen(server, config);
  } catch (error) {
    await demo?.close();
    throw error;
  }
  // A failed accept (no more file descriptors) ends no session.
  server.on("error", (error) => log.fault("accept", error));
  const port = listening();
  const origin = publicOrigin(config, port);
  return {
    url: `${origin}/${config.token === undefined ? "" : `#token=${config.token}`}`,
    origin,
    token: config.token,
    port,
    moved,
    demo,
    demoProblem:
      config.demo && !demo ? "There is no demo server: this machine has no terminal that Node can open." : undefined,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const over = Promise.all([closed, ...[...sessions].map((session) => session.goAway())]);
      server.closeIdleConnections();
      let late: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        late = setTimeout(resolve, CLOSE_MS);
      });
      await Promise.race([over, patience]);
      clearTimeout(late);
      cut();
      await over;
      await demo?.close();
      log.flush();
    },
  };
}

/** Behind a proxy nobody can be told apart. */
const LOOKUPS_PER_CALLER = 2;

/** Clients get this long to answer a close frame. */
const CLOSE_MS = 1_000;

/** @throws ConfigError */
function checkCertificate({ tls }: RelayConfig): void {
  if (!tls) return;
  try {
    createSecureContext(tls);
  } catch {
    throw new ConfigError("--cert and --key must hold a certificate and the key that belongs to it, as PEM.");
  }
}

const systemResolve: Resolve = async (name) =>
  (await lookup(name, { all: true, verbatim: true })).map((row) => row.address);

/** An allow list must not lock the demo out; with none, everything on this machine is allowed anyway. */
function withDemo(allow: readonly Rule[], demo: Demo | undefined): readonly Rule[] {
  const network = demo && parseAddress(demo.host);
  if (!demo || !network || allow.length === 0) return allow;
  return [...allow, { kind: "network", network, bits: 32, port: demo.port }];
}

/** Beside the page, so that it is as much the operator's word as the page itself. */
function withKnownHosts(files: ReadonlyMap<string, StaticFile>, text: string | undefined) {
  return text === undefined ? files : new Map([...files, ["/known-hosts", servedText(text)]]);
}

/** True when another port than the wanted one had to be taken. */
async function listen(server: Server, config: RelayConfig): Promise<boolean> {
  const attempt = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: config.listen.host, port }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  try {
    await attempt(config.listen.port);
    return false;
  } catch (error) {
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    if (!taken || !config.portMayMove) throw error;
    await attempt(0);
    return true;
  }
}

/** The address for people: the name the operator gave first, else where it listens. */
function publicOrigin(config: RelayConfig, port: number): string {
  const scheme = config.tls || config.behindTlsProxy ? "https" : "http";
  const { host } = config.listen;
  const name = config.hosts[0] ?? (isIP(host) === 6 ? `[${host}]` : host);
  const hasPort = /:\d+$/.test(name) && !name.endsWith("]");
  return new URL(`${scheme}://${name}${hasPort || config.behindTlsProxy ? "" : `:${port}`}`).origin;
}
