// Why a relay closed a WebSocket: one table, one meaning and one sentence each (design: relay protocol, version 1).
// 4000 is the clean end; the sentences are for a person, and say what to do next.

interface CloseCode {
  readonly code: number;
  readonly name: string;
  readonly sentence: string;
}

export const CLOSE_CODES = [
  { code: 4000, name: "target-closed", sentence: "The server closed the connection." },
  { code: 4001, name: "target-reset", sentence: "The server, or something on the way to it, cut the connection." },
  {
    code: 4002,
    name: "target-denied",
    sentence: "This relay does not allow connections to that host and port. Ask its operator.",
  },
  { code: 4003, name: "name-not-found", sentence: "The relay could not find that host name. Check its spelling." },
  {
    code: 4004,
    name: "target-refused",
    sentence: "Nothing listens on that port of the host. Check the port, and that the SSH server runs.",
  },
  {
    code: 4005,
    name: "target-timeout",
    sentence: "The host did not answer in time. Check the address, or whether a firewall lets the relay through.",
  },
  { code: 4006, name: "target-unreachable", sentence: "The relay has no route to that host." },
  {
    code: 4010,
    name: "unauthorised",
    sentence: "The relay did not accept this page's token. Open the address the relay printed.",
  },
  {
    code: 4011,
    name: "over-quota",
    sentence: "The relay carries as many connections as it may. Close one, or try again later.",
  },
  { code: 4012, name: "unknown-session", sentence: "The relay does not know this session any more. Connect again." },
  {
    code: 4013,
    name: "resume-expired",
    sentence: "The connection was away for too long to be continued. Connect again.",
  },
  { code: 4014, name: "taken-over", sentence: "This connection was continued from another tab." },
  { code: 4015, name: "relay-protocol", sentence: "Page and relay did not understand each other. Reload the page." },
  { code: 4016, name: "version-mismatch", sentence: "Page and relay are of different versions. Reload the page." },
  { code: 4017, name: "going-away", sentence: "The relay is shutting down. Connect again in a moment." },
  { code: 4018, name: "idle-timeout", sentence: "The relay closed the connection because nothing moved for too long." },
  { code: 4019, name: "relay-error", sentence: "The relay failed. Its log says why." },
  {
    code: 4020,
    name: "grant-expired",
    sentence: "The permission that the page around gave along has run out. Reload that page.",
  },
  {
    code: 4021,
    name: "grant-used",
    sentence: "The permission that the page around gave along was used before. Reload that page.",
  },
  {
    code: 4022,
    name: "grant-target",
    sentence: "The permission that the page around gave along is for another host. Tell its owner.",
  },
  {
    code: 4023,
    name: "too-slow",
    sentence: "This page took too long to say where to connect. Its machine may be busy: connect again.",
  },
] as const satisfies readonly CloseCode[];

export type CloseName = (typeof CLOSE_CODES)[number]["name"];

export function closeCode(name: CloseName): number {
  return CLOSE_CODES.find((row) => row.name === name)?.code ?? 4019;
}

/** The row of a received code; undefined for one that is not ours (1006 and its like). */
export function closeReason(code: number): { readonly name: CloseName; readonly sentence: string } | undefined {
  return CLOSE_CODES.find((row) => row.code === code);
}
