// Addresses as text and as numbers: what a host may be, what an address really is once unwrapped, and whether it lies in
// a range that only this machine or this network should reach. Nothing here resolves a name.

import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { normaliseHost, parsePort } from "../shared/target.ts";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Endpoints that hand out credentials to whoever reaches them from inside a cloud, and the one public Azure address. */
const METADATA = ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"];

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:8022`, `[::1]:0`: port 0 lets the system choose. */
export function parseHostPort(text: string): HostPort | undefined {
  const [, bracketed, bare, digits = ""] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text.trim()) ?? [];
  const host = parseHost(bracketed ?? bare ?? "");
  const port = Number(digits);
  return host === undefined || port > 65535 ? undefined : { host, port };
}

/** A name of this relay, with or without a port, in the form a Host header has. */
export function parseHostPattern(text: string): string | undefined {
  const [, bracketed, bare, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const host = parseHost(bracketed ?? bare ?? "");
  if (host === undefined || (digits !== undefined && parsePort(digits) === undefined)) return undefined;
  return `${host.includes(":") ? `[${host}]` : host}${digits === undefined ? "" : `:${Number(digits)}`}`;
}

/**
 * A host in its one spelling, or undefined. A last label of digits, or one that looks hexadecimal, is an address to the
 * system's resolver (2130706433, 0x7f.1, 127.1, 0177.0.0.1), so only the canonical dotted quad may end that way.
 */
export function parseHost(text: string): string | undefined {
  const host = normaliseHost(text);
  if (host === undefined || isIP(host) !== 0) return host;
  if (host.includes(":") || !/^[a-z0-9._-]+$/.test(host)) return undefined;
  const labels = host.split(".");
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "") || labels.some((label) => label.startsWith("-")))
    return undefined;
  return host;
}

export function parseAddress(text: string): Address | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.parse(text);
}

/**
 * The address and every IPv4 address that is wrapped in it: v4-mapped, v4-compatible and v4-translated, NAT64 (RFC 6052,
 * RFC 8215), 6to4, Teredo (server and client). All of them are judged: a translator on the way dials the inner one.
 */
export function unwrap(address: Address): Address[] {
  if (address.kind() === "ipv4") return [address];
  const bytes = address.toByteArray();
  const parts = (address as ipaddr.IPv6).parts;
  const inner = (at: number, mask = 0): Address => new ipaddr.IPv4(bytes.slice(at, at + 4).map((byte) => byte ^ mask));
  const starts = (...head: number[]): boolean => head.every((part, i) => parts[i] === part);
  if (starts(0, 0, 0, 0, 0, 0xffff)) return [inner(12)];
  if (starts(0, 0, 0, 0, 0, 0) && !(parts[6] === 0 && (parts[7] ?? 0) < 2)) return [inner(12)];
  if (starts(0, 0, 0, 0, 0xffff, 0)) return [inner(12)];
  if (starts(0x64, 0xff9b, 0, 0, 0, 0)) return [inner(12)];
  if (starts(0x64, 0xff9b, 1)) return [address, inner(12)];
  if (starts(0x2002)) return [inner(2)];
  if (starts(0x2001, 0)) return [inner(4), inner(12, 0xff)];
  return [address];
}

/** Not an address of the public internet: loopback, private, link-local, multicast, documentation, reserved. */
export function isSpecial(address: Address): boolean {
  return (
    address.range() !== "unicast" || (address.kind() === "ipv6" && ((address as ipaddr.IPv6).parts[0] ?? 0) >> 13 !== 1)
  );
}

export function isMetadata(address: Address): boolean {
  return METADATA.some((text) => sameAddress(ipaddr.parse(text), address));
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.kind() === b.kind() && a.toNormalizedString() === b.toNormalizedString();
}

/** Does listening on this host reach no further than this machine? */
export function isLoopback(host: string): boolean {
  return host === "localhost" || parseAddress(host)?.range() === "loopback";
}

/** Whose doing is it? One household or machine has a whole /64 of IPv6. Any text is its own group. */
export function callerGroup(address: string): string {
  const [, zoneless = address] = /^([^%]*)%/.exec(address) ?? [];
  const parsed = parseAddress(zoneless);
  if (parsed === undefined || parsed.kind() === "ipv4") return address;
  const { parts } = parsed as ipaddr.IPv6;
  const mapped = (parsed as ipaddr.IPv6).isIPv4MappedAddress();
  return mapped
    ? (parsed as ipaddr.IPv6).toIPv4Address().toString()
    : parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(":");
}
