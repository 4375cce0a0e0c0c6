// Which message may arrive when: one table for the whole engine. A packet passes here before anyone looks into it.

/** How far the connection is. `strict` is known once the server's first KEXINIT was read (OpenSSH PROTOCOL 1.10). */
export type Phase = "first-exchange" | "first-exchange-strict" | "login" | "open";

/**
 * The exchange as seen from incoming packets: "offered" when only our KEXINIT is out (the server has not seen it: all
 * that was legal still is), "running" from the server's KEXINIT to its NEWKEYS.
 */
export type ExchangeState = "none" | "offered" | "running";

/** "fatal" disconnects, "unimplemented" answers so, "ignore" drops without a word. */
export type GateVerdict = "accept" | "ignore" | "unimplemented" | "fatal";

type Row = readonly [first: number, last: number, verdict: GateVerdict];

/** Rows are tried in order; a number in none is answered UNIMPLEMENTED (RFC 4253 11.4). */
const TABLE: Readonly<Record<Phase, readonly Row[]>> = {
  "first-exchange": [
    [1, 4, "accept"],
    [20, 21, "accept"],
    [30, 49, "accept"],
    [0, 255, "fatal"],
  ],
  "first-exchange-strict": [
    [1, 1, "accept"],
    [20, 21, "accept"],
    [30, 49, "accept"],
    [0, 255, "fatal"],
  ],
  login: [
    [1, 4, "accept"],
    [5, 5, "fatal"], // a client's message
    [6, 7, "accept"],
    [20, 20, "accept"],
    [50, 50, "fatal"], // a client's message
    [51, 53, "accept"],
    [54, 59, "unimplemented"],
    [60, 79, "accept"],
    [192, 193, "ignore"], // no PONG before the login is over (CVE-2025-26466)
    [80, 255, "fatal"], // the connection protocol, or its extensions, before SUCCESS is an attack or a bug (RFC 4252 6)
  ],
  open: [
    [1, 4, "accept"],
    [5, 5, "fatal"],
    [6, 6, "unimplemented"],
    [7, 7, "ignore"], // EXT_INFO has its two places, both before success (RFC 8308 2.4); a late one changes nothing
    [20, 20, "accept"],
    [50, 50, "fatal"],
    [51, 51, "ignore"], // late answers to what was asked before success (RFC 4252 5.1)
    [53, 53, "ignore"],
    [80, 127, "accept"],
    [192, 193, "accept"],
  ],
};

/** During a later exchange, once the server's KEXINIT is here (RFC 4253 7.1). */
const RUNNING: readonly Row[] = [
  [1, 4, "accept"],
  [21, 21, "accept"],
  [30, 49, "accept"],
  [0, 255, "fatal"],
];

/**
 * Once the user is logged in, what servers send too late is taken: AsyncSSH before 2.15 goes on with channel data behind its own
 * KEXINIT. It comes in order under the old keys, so nothing is lost by it but the rule.
 */
const RUNNING_OPEN: readonly Row[] = [[80, 82, "accept"], [90, 100, "accept"], ...RUNNING];

export function gate(phase: Phase, exchange: ExchangeState, number: number): GateVerdict {
  const first = phase === "first-exchange" || phase === "first-exchange-strict";
  if (!first && exchange === "running") return find(phase === "open" ? RUNNING_OPEN : RUNNING, number);
  // NEWKEYS and 30..49 belong to a running exchange; KEXINIT opens one and must not come twice.
  if (exchange === "running" ? number === 20 : number === 21 || (number >= 30 && number <= 49)) return "fatal";
  return find(TABLE[phase], number);
}

function find(rows: readonly Row[], number: number): GateVerdict {
  for (const [first, last, verdict] of rows) if (number >= first && number <= last) return verdict;
  return "unimplemented";
}
