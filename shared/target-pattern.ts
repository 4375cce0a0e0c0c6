// Which targets an operator means: `host`, `host:port`, `*.suffix:port`, `[v6]:port`. Port 22 unless given, `*` for all.
// Names only: what a name resolves to is judged elsewhere.

import { normaliseHost, parsePort, SSH_PORT, type Target } from "./target.ts";

export interface TargetPattern {
  /** Normalised; with `suffix`, every name that ends in a dot and this. */
  readonly host: string;
  readonly suffix: boolean;
  /** Undefined: every port. */
  readonly port: number | undefined;
}

/** Undefined for what is no pattern. A lone `*` is none: nobody means every host there is. */
export function parseTargetPattern(text: string): TargetPattern | undefined {
  const [, bracketed, bare, written] = /^(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}|\*))?$/.exec(text.trim()) ?? [];
  const name = bracketed ?? bare ?? "";
  const suffix = name.startsWith("*.");
  const host = normaliseHost(suffix ? name.slice(2) : name);
  const port = written === undefined ? SSH_PORT : written === "*" ? undefined : parsePort(written);
  if (host === undefined || (port === undefined && written !== "*")) return undefined;
  return { host, suffix, port };
}

/** `target.host` is normalised. */
export function matchesPattern({ host, suffix, port }: TargetPattern, target: Target): boolean {
  if (port !== undefined && port !== target.port) return false;
  return suffix ? target.host.endsWith(`.${host}`) : target.host === host;
}

/** Texts that are no patterns match nothing. */
export function matchesAny(patterns: readonly string[], target: Target): boolean {
  return patterns.some((text) => {
    const pattern = parseTargetPattern(text);
    return pattern !== undefined && matchesPattern(pattern, target);
  });
}
