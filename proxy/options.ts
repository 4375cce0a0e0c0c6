// Every setting of the relay: one table for flags, environment and file, and one schema that reads all three.
// A flag --dial-timeout is PERIWINKLE_DIAL_TIMEOUT in the environment and "dial-timeout" in the file.

import * as v from "valibot";
import { parseHostPattern, parseHostPort } from "./addresses.ts";
import { embedSetting } from "./embed-setting.ts";
import { parseRule } from "./rules.ts";
import { list, onOff, parsed, parseOrigin, path, whole } from "./setting.ts";

interface Option {
  readonly kind: "text" | "list" | "number" | "switch";
  /** What the help writes after the flag. */
  readonly value?: string;
  readonly help: string;
}

export const DEFAULT_LISTEN = "127.0.0.1:8022";

export const OPTIONS = {
  listen: { kind: "text", value: "HOST:PORT", help: `where to listen; ${DEFAULT_LISTEN} unless given` },
  cert: { kind: "text", value: "FILE", help: "TLS certificate chain, PEM; with --key" },
  key: { kind: "text", value: "FILE", help: "TLS private key, PEM; with --cert" },
  "behind-tls-proxy": { kind: "switch", help: "a proxy in front ends TLS; --host names what it is reached by" },
  host: { kind: "list", value: "NAME[:PORT]", help: "a name people reach this relay by; others are refused" },
  origin: { kind: "list", value: "URL", help: "a further origin whose pages may use this relay" },
  token: {
    kind: "text",
    value: "TOKEN",
    help: "22 or more of A-Z a-z 0-9 - _; random unless given; see below",
  },
  "no-token": { kind: "switch", help: "ask for no token; on loopback only" },
  allow: { kind: "list", value: "TARGET", help: "a target that may be dialled; once given, no other may" },
  deny: { kind: "list", value: "TARGET", help: "a target that may not; stronger than --allow" },
  "known-hosts": {
    kind: "text",
    value: "FILE",
    help: "host keys that you vouch for, as OpenSSH keeps them; see below",
  },
  embed: {
    kind: "list",
    value: "ORIGIN",
    help: 'a site whose pages may embed the terminal; "self" on loopback, else none; see below',
  },
  "grant-key": { kind: "list", value: "FILE", help: "a key that grants are signed with; see below" },
  demo: { kind: "switch", help: "a demo SSH server with a shell of this machine; on by default on loopback" },
  "dial-timeout": { kind: "number", value: "SECONDS", help: "give up on a target after this; 10 unless given" },
  "idle-timeout": {
    kind: "number",
    value: "SECONDS",
    help: "close when no byte moved for this long, 0 never; 0 on loopback, else 3600",
  },
  "max-connections": { kind: "number", value: "COUNT", help: "connections at a time; 64 on loopback, else 5000" },
  "log-level": { kind: "text", value: "LEVEL", help: "silent, error, warn, info or debug; info unless given" },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;

const TARGET =
  "wants host, host:port, *.suffix:port, address:port or network/bits:port (port 22 unless given, * for all)";

export const Settings = v.object({
  listen: v.optional(parsed(parseHostPort, "wants HOST:PORT, as in 127.0.0.1:8022 or [::1]:8022")),
  cert: path,
  key: path,
  "behind-tls-proxy": onOff,
  host: list(parseHostPattern, "wants a name, or name:port"),
  origin: list(parseOrigin, "wants an origin, as in https://example.net"),
  // Base64url, so that it survives a URL fragment; 22 characters are 128 bits.
  token: v.optional(
    parsed(
      (text) => (/^[\w-]{22,1024}$/.test(text) ? text : undefined),
      "wants 22 to 1024 characters of A-Z a-z 0-9 - _",
    ),
  ),
  "no-token": onOff,
  allow: list((text) => parseRule(text, "allow"), TARGET),
  deny: list((text) => parseRule(text, "deny"), TARGET),
  "known-hosts": path,
  embed: embedSetting,
  "grant-key": list((text) => (text === "" ? undefined : text), "wants a file name"),
  demo: onOff,
  "dial-timeout": whole(1, 300),
  "idle-timeout": whole(0, 604_800),
  "max-connections": whole(1, 100_000),
  "log-level": v.optional(
    v.picklist(["silent", "error", "warn", "info", "debug"], "wants silent, error, warn, info or debug"),
  ),
});
export type Settings = v.InferOutput<typeof Settings>;
