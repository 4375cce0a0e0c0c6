// What there is to know of a connection, as sections of rows: for the panel, for its copy, and for "Copy details". Pure.

import { formatTarget } from "../../shared/target.ts";
import { cleanLine } from "../bytes/text.ts";
import type { Basis } from "../knownhosts/claim.ts";
import type { ConnectionFacts } from "../switchboard/messages.ts";
import { formatMoment } from "./day.ts";
import { formatRoundTrip } from "./round-trip.ts";
import type { SessionState } from "./state.ts";
import { trustRows } from "./trust-basis.ts";

export interface ReportRow {
  readonly name: string;
  /** One line each; names of algorithms are as they are on the wire. */
  readonly values: readonly string[];
  /** A plain sentence on what it means. */
  readonly note?: string;
  /** How it is shown: `quoted` are the server's words, `fingerprint` is for comparing. */
  readonly kind: "name" | "text" | "quoted" | "fingerprint";
  readonly mark?: "good" | "old";
}

export interface ReportSection {
  readonly heading: string;
  readonly rows: readonly ReportRow[];
}

/** The longest identification that RFC 4253 4.2 allows. */
const IDENTIFICATION = 255;
const METHOD = 64;

/** Everything. `relay` is the host that carries the bytes. */
export function reportOf(session: SessionState, relay: string): readonly ReportSection[] {
  const { facts, basis } = session;
  return [...(facts ? agreedSections(facts, basis) : []), { heading: "Session", rows: sessionRows(session, relay) }];
}

export function reportText(session: SessionState, relay: string): string {
  const { destination, facts } = session;
  const lines = [`Connection to ${formatTarget(destination)}`, ...sectionLines(reportOf(session, relay))];
  if (facts && facts.legacy.length > 0) lines.push("", `Old algorithms in use: ${facts.legacy.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

/** Without a basis where the key was not trusted yet. */
export function agreedSections(facts: ConnectionFacts, basis?: Basis): readonly ReportSection[] {
  return [
    { heading: "Server", rows: [...serverRows(facts), ...(basis ? trustRows(basis) : [])] },
    { heading: "Protection", rows: protectionRows(facts) },
  ];
}

/** Each section after an empty line, its rows indented. */
export function sectionLines(sections: readonly ReportSection[]): readonly string[] {
  return sections.flatMap(({ heading, rows }) => [
    "",
    `${heading}:`,
    ...rows.map(({ name, values, mark }) => `  ${name}: ${values.join("; ")}${mark === "old" ? " (old)" : ""}`),
  ]);
}

function serverRows({
  serverIdentification,
  hostKeyAlgorithm,
  hostKeyFingerprint,
  legacy,
}: ConnectionFacts): ReportRow[] {
  return [
    { name: "Calls itself", values: [cleanLine(serverIdentification, IDENTIFICATION)], kind: "quoted" },
    { name: "Host key", values: [hostKeyAlgorithm], kind: "name", ...markOf([hostKeyAlgorithm], legacy) },
    { name: "SHA256 fingerprint", values: [hostKeyFingerprint], kind: "fingerprint" },
  ];
}

function protectionRows(facts: ConnectionFacts): ReportRow[] {
  const { kex, postQuantum, strict, outgoing, incoming, legacy } = facts;
  const both = (name: string, there: string, back: string): ReportRow => ({
    name,
    values: there === back ? [wordFor(there)] : [`${wordFor(there)} to the server`, `${wordFor(back)} from the server`],
    kind: there === "implicit" && back === "implicit" ? "text" : "name",
    ...markOf([there, back], legacy),
  });
  return [
    {
      name: "Key exchange",
      values: [kex],
      kind: "name",
      note: postQuantum
        ? "Post-quantum: what is recorded today stays closed to a quantum computer, too."
        : "Not post-quantum: what is recorded today could be read by a quantum computer one day.",
      ...(postQuantum ? { mark: "good" } : markOf([kex], legacy)),
    },
    {
      name: "Strict key exchange",
      values: [strict ? "Yes" : "No"],
      kind: "text",
      ...(!strict && { note: "The server does not know it. Ciphers that need it are not used." }),
    },
    both("Cipher", outgoing.cipher, incoming.cipher),
    both("MAC", outgoing.mac, incoming.mac),
    both("Compression", outgoing.compression, incoming.compression),
  ];
}

function sessionRows({ destination, login, roundTrip, phase }: SessionState, relay: string): ReportRow[] {
  const text = (name: string, value: string): ReportRow => ({ name, values: [value], kind: "text" });
  const rows = [text("User", login ? `${destination.user}, ${wayIn(login.method)}` : destination.user)];
  if (login) rows.push(text("Connected", `since ${formatMoment(login.at)}`));
  if (phase.kind === "open")
    rows.push(text("Round trip", roundTrip === undefined ? "not measured yet" : formatRoundTrip(roundTrip)));
  rows.push(text("Relay", `${relay}, which carries ciphertext only`));
  return rows;
}

function wayIn(method: string): string {
  switch (method) {
    case "password":
      return "by password";
    case "publickey":
      return "with a key";
    case "keyboard-interactive":
      return "by the server's questions";
    case "none":
      return "without being asked for any proof";
    default:
      return `by ${cleanLine(method, METHOD)}`;
  }
}

const wordFor = (name: string): string => (name === "implicit" ? "part of the cipher" : name);

function markOf(names: readonly string[], legacy: readonly string[]): { readonly mark?: "old" } {
  return names.some((name) => legacy.includes(name)) ? { mark: "old" } : {};
}
