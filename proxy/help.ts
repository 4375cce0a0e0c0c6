// What --help says: every setting, from the one table of them.

import { OPTIONS, type OptionName } from "./options.ts";

const NAMES = Object.keys(OPTIONS) as OptionName[];

export function helpText(): string {
  const width = 34;
  const row = (left: string, help: string): string => `  ${left.padEnd(width)}${help}\n`;
  const rows = NAMES.map((name) => {
    const option: { value?: string; help: string } = OPTIONS[name];
    return row(`--${name === "demo" ? "[no-]demo" : name}${option.value ? ` ${option.value}` : ""}`, option.help);
  });
  return `Periwinkle: serves the page and relays its WebSockets to SSH servers.

Usage: node dist/relay/main.mjs [flags]

${rows.join("")}${row("--config FILE", "a JSON object of these settings, without the dashes")}${row("--help, --version", "say this, or the version, and end")}
Lists (--host, --origin, --allow, --deny, --embed, --grant-key) may be given many times; in the environment commas
separate, in the file they are arrays. Each flag has its variable, --dial-timeout is PERIWINKLE_DIAL_TIMEOUT; flags win
over the environment, the environment over the file. Every user of a machine can read its command lines, so a token is
better given in the environment or the file.

TARGET is host, *.suffix, address, network/bits, or * for every public host, then :port or :* for all ports.
Without a port, --allow means 22 and --deny means all. IPv6 with a port stands in brackets: [fd00::/8]:22.
On loopback every target is allowed unless --allow says otherwise. Elsewhere private and loopback addresses need a rule
by address or network; names do not open them. The relay's own addresses need a rule by exact address there, and cloud metadata addresses need one everywhere.

--known-hosts is read at the start; a relay that is to know more is started again. The page asks nobody about a key that
stands in it, saves it nowhere, and refuses every other key of that host; what a person has saved or revoked counts
more. Everybody who can open the page can read the file at /known-hosts: hash the names with ssh-keygen -H where they
are nobody's business.

--embed lets pages of an ORIGIN, as in https://learn.example, show the terminal in a frame; "self" are this relay's own
pages. In the file an entry may be {"origin", "open", "autoConnect", "keepTrust", "tellTitle"}; [] is nobody. "open"
is an array of host, host:port, *.suffix:port or [address]:port: everyone who reaches this relay can reach those
targets, without token or grant and from any program; --allow and --deny still hold. Without "open" a platform signs
a grant for each connection. --grant-key is its Ed25519 public key as PEM (EdDSA), or a secret of at least 32 bytes as
one line of base64url (HS256); with two keys an old one can be replaced. A grant is used once, within five minutes;
whoever steals one before that can use it. Used ones are remembered by one process, until it is restarted. Of
--max-connections, open targets take half at most, and three quarters together with granted ones.
`;
}
