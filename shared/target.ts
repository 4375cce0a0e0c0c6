// Hosts and ports as people write them, for the page, the known hosts and the relay. Pure text: nothing here resolves
// a name, and nothing here knows of URL or DNS.

export const SSH_PORT = 22;

/** Bidi and other invisible characters, which can make a name look like another one. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}/u;
/** OpenSSH refuses to store such names in known_hosts (sshconnect.c); white space and controls never belong in one. */
const FORBIDDEN = /[\s\u0000-\u0020\u007f-\u00a0@?*#[\]|'"\\/,!<>]/;

export interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * A host in the one spelling that trust is bound to: lower case, no trailing dot, no brackets around IPv6.
 * Undefined for what cannot be a host name. Names beyond ASCII must already be A-labels (the page has the browser do it).
 */
export function normaliseHost(text: string): string | undefined {
  const bare = /^\[([^\]]*)\]$/.exec(text.trim())?.[1] ?? text.trim();
  const host = bare.toLowerCase().replace(/\.$/, "");
  if (host === "" || host.length > 253 || host.startsWith("-") || FORBIDDEN.test(host) || INVISIBLE.test(host))
    return undefined;
  if (host.includes(":")) return isIpv6(host) ? host : undefined;
  if (!/^[\x00-\x7f]*$/.test(host)) return undefined;
  return host.split(".").every((label) => label !== "" && label.length <= 63) ? host : undefined;
}

export function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text.trim())) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : undefined;
}

/** `host:22`, `[2001:db8::1]:22`: for people and for messages; the port is always shown. */
export function formatTarget({ host, port }: Target): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The name known_hosts uses: the bare host for port 22, `[host]:port` for any other (sshd(8)). */
export function knownHostsName({ host, port }: Target): string {
  return port === SSH_PORT ? host : `[${host}]:${port}`;
}

/**
 * Is this a name that only the relay can resolve, so that through another relay it may be another machine? Single labels,
 * private suffixes (RFC 6762, RFC 8375 and what home routers use), private, loopback and link-local addresses.
 */
export function isRelayLocal(host: string): boolean {
  if (host.includes(":")) return /^(::1?$|::ffff:|f[cd]|fe[89abcdef])/.test(host);
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1).map(Number);
  if (octets) {
    const [a = 0, b = 0] = octets;
    return (
      a === 0 ||
      a === 10 ||
      a === 127 ||
      (a === 100 && b >= 64 && b < 128) ||
      (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168)
    );
  }
  return (
    !host.includes(".") ||
    /\.(local|localhost|internal|intranet|lan|home|corp|private|home\.arpa|test|invalid)$/.test(host)
  );
}

/** Shape only: groups of hex with one `::` at most, and an optional IPv4 tail. The relay's resolver has the last word. */
function isIpv6(text: string): boolean {
  if (!/^[0-9a-f:.]+$/.test(text) || text.split("::").length > 2 || text.includes(":::")) return false;
  const groups = text.split(":").filter((group) => group !== "");
  const last = groups.at(-1) ?? "";
  const width = groups.length + (last.includes(".") ? 1 : 0);
  const wellFormed = groups.every(
    (group, i) => /^[0-9a-f]{1,4}$/.test(group) || (i === groups.length - 1 && /^\d{1,3}(\.\d{1,3}){3}$/.test(group)),
  );
  return wellFormed && (text.includes("::") ? width < 8 : width === 8 && !/^:|:$/.test(text));
}
