// From flags, environment and file to one checked configuration. Flags win over the environment, the environment over
// the file, the file over the defaults. Every error is one sentence that names the setting and where it came from.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as v from "valibot";
import type { Embedder } from "../shared/page-config.ts";
import { type HostPort, isLoopback, parseHostPort } from "./addresses.ts";
import { ConfigError } from "./config-error.ts";
import { type GrantKey, readGrantKey } from "./grant-keys.ts";
import { checkKnownHosts } from "./known-hosts.ts";
import { clean, type LogLevel } from "./log.ts";
import { DEFAULT_LISTEN, OPTIONS, type OptionName, Settings } from "./options.ts";
import type { Rule } from "./rules.ts";

export interface RelayConfig {
  readonly listen: HostPort;
  /** Take a free port where this one is taken: nobody asked for it. */
  readonly portMayMove: boolean;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly behindTlsProxy: boolean;
  /** Names, with or without port, that Host headers may carry, beside the obvious ones. */
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  /** Undefined: none is asked for. */
  readonly token: string | undefined;
  readonly allow: readonly Rule[];
  readonly deny: readonly Rule[];
  /** The known_hosts text of hosts that the operator vouches for. */
  readonly knownHosts: string | undefined;
  /** Who may embed the widget, and what else it gives them. */
  readonly embed: readonly v.InferInput<typeof Embedder>[];
  /** Empty: no grant is taken. */
  readonly grantKeys: readonly GrantKey[];
  readonly demo: boolean;
  /** Milliseconds. */
  readonly dialTimeout: number;
  /** Milliseconds without a byte either way; 0 is for ever. */
  readonly idleTimeout: number;
  readonly maxConnections: number;
  readonly logLevel: LogLevel;
}

export interface ConfigSources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile?: (path: string) => string;
  /** 256 random bits as base64url. */
  readonly randomToken: () => string;
}

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "start"; readonly config: RelayConfig };

interface Given {
  readonly value: unknown;
  readonly source: string;
}
type ReadFile = (path: string) => string;

const NAMES = Object.keys(OPTIONS) as OptionName[];
const ENVIRONMENT = "PERIWINKLE_";
const environmentName = (name: string): string => ENVIRONMENT + name.toUpperCase().replaceAll("-", "_");
const isOption = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name);

/** @throws ConfigError */
export function readConfig(sources: ConfigSources): Command {
  const readFile = sources.readFile ?? ((path) => readFileSync(path, "utf8"));
  const flags = readFlags(sources.argv);
  if (flags.help) return { kind: "help" };
  if (flags.version) return { kind: "version" };
  const environment = readEnvironment(sources.env);
  const file = flags.config ?? environment.config;
  const given = new Map<OptionName, Given>([
    ...(file === undefined ? [] : readSettingsFile(file, readFile)),
    ...environment.given,
    ...flags.given,
  ]);
  const config = complete(check(given), given, readFile, sources.randomToken);
  refuseUnsafe(config);
  return { kind: "start", config };
}

function readFlags(argv: readonly string[]) {
  const given = new Map<OptionName, Given>();
  const options = Object.fromEntries(
    NAMES.map((name) => {
      const { kind } = OPTIONS[name];
      return [name, { type: kind === "switch" ? "boolean" : "string", multiple: kind === "list" } as const];
    }),
  );
  const extra = {
    config: { type: "string" },
    help: { type: "boolean" },
    version: { type: "boolean" },
    "no-demo": { type: "boolean" },
  } as const;
  let values: Record<string, unknown>;
  try {
    ({ values } = parseArgs({ args: [...argv], options: { ...options, ...extra }, strict: true }));
  } catch (error) {
    const said = error instanceof Error ? (error.message.split(/[.\n]/)[0] ?? "") : "";
    throw new ConfigError(`${clean(said, 120)}; --help lists the flags.`);
  }
  if (values.demo === true && values["no-demo"] === true)
    throw new ConfigError("--demo and --no-demo exclude each other.");
  if (values["no-demo"] === true) given.set("demo", { value: false, source: "--no-demo" });
  for (const name of NAMES)
    if (values[name] !== undefined) given.set(name, { value: values[name], source: `--${name}` });
  const config = typeof values.config === "string" ? values.config : undefined;
  return { given, config, help: values.help === true, version: values.version === true };
}

function readEnvironment(env: ConfigSources["env"]) {
  const given = new Map<OptionName, Given>();
  let config: string | undefined;
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(ENVIRONMENT) || value === undefined) continue;
    const name = variable.slice(ENVIRONMENT.length).toLowerCase().replaceAll("_", "-");
    if (name === "config") config = value;
    else if (isOption(name) && environmentName(name) === variable) given.set(name, { value, source: variable });
    // A misspelt deny list must not pass unnoticed.
    else
      throw new ConfigError(`${clean(variable, 80)} is in the environment, and is not a setting; --help lists them.`);
  }
  return { given, config };
}

function readSettingsFile(path: string, readFile: ReadFile): Map<OptionName, Given> {
  let content: unknown;
  try {
    content = JSON.parse(readNamed(path, "--config", readFile));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`The configuration file ${clean(path, 200)} is not JSON.`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new ConfigError(`The configuration file ${clean(path, 200)} must hold one JSON object.`);
  const given = new Map<OptionName, Given>();
  for (const [name, value] of Object.entries(content)) {
    if (!isOption(name))
      throw new ConfigError(`"${clean(name, 80)}" in ${clean(path, 200)} is not a setting; --help lists them.`);
    given.set(name, { value, source: `"${name}" in ${clean(path, 200)}` });
  }
  return given;
}

function readNamed(path: string, source: string, readFile: ReadFile): string {
  try {
    return readFile(path);
  } catch {
    throw new ConfigError(`${source}: the file ${clean(path, 200)} cannot be read.`);
  }
}

function check(given: ReadonlyMap<OptionName, Given>): Settings {
  const checked = v.safeParse(Settings, Object.fromEntries([...given].map(([name, { value }]) => [name, value])));
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const name = String(issue.path?.[0]?.key);
  const source = isOption(name) ? given.get(name)?.source : name;
  // What was given helps to find the mistake, unless it is the secret.
  const got = typeof issue.input === "string" && name !== "token" ? `, and got "${clean(issue.input, 80)}"` : "";
  throw new ConfigError(`${source} ${issue.message}${got}.`);
}

function complete(
  settings: Settings,
  given: ReadonlyMap<OptionName, Given>,
  readFile: ReadFile,
  randomToken: () => string,
): RelayConfig {
  const listen = settings.listen ?? parseHostPort(DEFAULT_LISTEN);
  if (listen === undefined) throw new ConfigError("--listen wants HOST:PORT.");
  const behindTlsProxy = settings["behind-tls-proxy"] ?? false;
  const local = isLocal({ listen, behindTlsProxy });
  const { cert, key, "known-hosts": knownHosts } = settings;
  if ((cert === undefined) !== (key === undefined))
    throw new ConfigError("--cert and --key belong together: give both.");
  const source = (name: OptionName): string => given.get(name)?.source ?? `--${name}`;
  if (settings["no-token"] && settings.token !== undefined)
    throw new ConfigError(`${source("token")} and ${source("no-token")} exclude each other.`);
  return {
    listen,
    portMayMove: settings.listen === undefined,
    tls:
      cert === undefined || key === undefined
        ? undefined
        : { cert: readNamed(cert, source("cert"), readFile), key: readNamed(key, source("key"), readFile) },
    behindTlsProxy,
    hosts: settings.host,
    origins: settings.origin,
    token: settings["no-token"] ? undefined : (settings.token ?? randomToken()),
    allow: settings.allow,
    deny: settings.deny,
    knownHosts:
      knownHosts === undefined
        ? undefined
        : checkKnownHosts(readNamed(knownHosts, source("known-hosts"), readFile), knownHosts, source("known-hosts")),
    embed: settings.embed ?? (local ? [{ origin: "self" }] : []),
    grantKeys: settings["grant-key"].map((file) =>
      readGrantKey(readNamed(file, source("grant-key"), readFile), file, source("grant-key")),
    ),
    demo: settings.demo ?? local,
    dialTimeout: (settings["dial-timeout"] ?? 10) * 1000,
    idleTimeout: (settings["idle-timeout"] ?? (local ? 0 : 3600)) * 1000,
    maxConnections: settings["max-connections"] ?? (local ? 64 : 5000),
    logLevel: settings["log-level"] ?? "info",
  };
}

/** Only the person at this machine can reach the relay, and so it may do what they could do without it. */
export function isLocal(config: Pick<RelayConfig, "listen" | "behindTlsProxy">): boolean {
  return isLoopback(config.listen.host) && !config.behindTlsProxy;
}

/** What would make an open proxy, or a shell for strangers, is refused at start. @throws ConfigError */
export function refuseUnsafe(config: RelayConfig): void {
  if (config.tls && config.behindTlsProxy)
    throw new ConfigError("--behind-tls-proxy and --cert exclude each other: TLS ends in one place.");
  if (isLocal(config)) return;
  const refuse = (why: string): never => {
    throw new ConfigError(`A relay that others can reach ${why}.`);
  };
  if (!config.tls && !config.behindTlsProxy) refuse("needs TLS: give --cert and --key, or --behind-tls-proxy");
  if (config.token === undefined) refuse("needs a token: leave out --no-token");
  if (config.allow.length === 0) refuse("needs a list of targets: give --allow");
  if (config.demo) refuse("has no demo server, which is a shell of this machine: leave out --demo");
  const nameless = config.behindTlsProxy || ["0.0.0.0", "::"].includes(config.listen.host);
  if (nameless && config.hosts.length === 0) refuse("must know its name: give --host");
}
