// Rules for targets as an operator writes them: host[:port], *.suffix[:port], address[:port], network/bits[:port], and *
// for every public host. An allow rule without a port means 22; a deny rule without one means all; `:*` says all.

import type ipaddr from "ipaddr.js";
import { parsePort, SSH_PORT } from "../shared/target.ts";
import { type Address, parseAddress, parseHost } from "./addresses.ts";

type Port = number | "any";

export type Rule =
  | { readonly kind: "every"; readonly port: Port }
  | { readonly kind: "name"; readonly name: string; readonly port: Port }
  /** `suffix` starts with its dot: *.example.net covers a.example.net, and not example.net. */
  | { readonly kind: "suffix"; readonly suffix: string; readonly port: Port }
  | { readonly kind: "network"; readonly network: Address; readonly bits: number; readonly port: Port };

export function parseRule(text: string, purpose: "allow" | "deny"): Rule | undefined {
  const [, bracketed, bare, written] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\*|\d{1,5}))?$/.exec(text.trim()) ?? [];
  // IPv6 may stand without brackets where it has no port: all its colons are its own.
  const subject = bracketed ?? bare ?? (/:.*:/.test(text) && !text.includes("[") ? text.trim() : undefined);
  const port = parsePortRule(written, purpose);
  if (subject === undefined || port === undefined) return undefined;
  if (subject === "*") return { kind: "every", port };
  if (subject.startsWith("*.")) {
    const name = parseHost(subject.slice(2));
    return name === undefined || parseAddress(name) ? undefined : { kind: "suffix", suffix: `.${name}`, port };
  }
  const [, base = subject, digits] = /^(.*)\/(\d{1,3})$/.exec(subject) ?? [];
  const host = parseHost(base);
  if (host === undefined) return undefined;
  const network = parseAddress(host);
  if (network === undefined) return digits === undefined ? { kind: "name", name: host, port } : undefined;
  const width = network.kind() === "ipv4" ? 32 : 128;
  const bits = digits === undefined ? width : Number(digits);
  if (bits > width) return undefined;
  // A mapped network is the IPv4 one: addresses are judged unwrapped, and a deny rule must not miss them.
  if (network.kind() === "ipv6" && (network as ipaddr.IPv6).isIPv4MappedAddress() && bits >= 96)
    return { kind: "network", network: (network as ipaddr.IPv6).toIPv4Address(), bits: bits - 96, port };
  return { kind: "network", network, bits, port };
}

function parsePortRule(written: string | undefined, purpose: "allow" | "deny"): Port | undefined {
  if (written === undefined) return purpose === "allow" ? SSH_PORT : "any";
  return written === "*" ? "any" : parsePort(written);
}

export function matchesName(rule: Rule, host: string, port: number): boolean {
  if (rule.port !== "any" && rule.port !== port) return false;
  switch (rule.kind) {
    case "every":
      return true;
    case "name":
      return rule.name === host;
    case "suffix":
      return host.endsWith(rule.suffix);
    case "network":
      return false;
  }
}

export function matchesAddress(rule: Rule, address: Address, port: number): boolean {
  if (rule.kind !== "network" || (rule.port !== "any" && rule.port !== port)) return false;
  if (rule.network.kind() !== address.kind()) return false;
  return address.kind() === "ipv4"
    ? (address as ipaddr.IPv4).match(rule.network as ipaddr.IPv4, rule.bits)
    : (address as ipaddr.IPv6).match(rule.network as ipaddr.IPv6, rule.bits);
}

/** Names one address, and not a network it is in: the only way to a metadata endpoint. */
export function isExact(rule: Rule): boolean {
  return rule.kind === "network" && rule.bits === (rule.network.kind() === "ipv4" ? 32 : 128);
}

/** Narrow enough to have been meant for a private range: 10.0.0.0/8 and fc00::/7 are the widest that exist. */
export function isNarrow(rule: Rule): boolean {
  return rule.kind === "network" && rule.bits >= (rule.network.kind() === "ipv4" ? 8 : 7);
}
