// One connection as the page sees it: a value, and the pure transitions that the worker's messages cause.

import type { Basis, EarlierAnswer, Verdict } from "../knownhosts/claim.ts";
import type { Exit } from "../mux/exit.ts";
import type { ConnectionFacts, ConnectionFailure, Destination, PromptQuestion, Step } from "../switchboard/messages.ts";
import { climb, fall, type Ladder, startLadder } from "./rungs.ts";

export type Phase =
  | { readonly kind: "climbing" }
  | { readonly kind: "open" }
  /** It never came to a shell. */
  | { readonly kind: "failed"; readonly failure: ConnectionFailure }
  /** There was a shell, and its scrollback stays. */
  | { readonly kind: "ended"; readonly exit: Exit | undefined; readonly failure: ConnectionFailure | undefined };

interface OpenQuestion {
  readonly id: number;
  readonly question: PromptQuestion;
  /** The connection ended before an answer came. Only a question about a host key stays: its answer is good for the next one. */
  readonly tooLate: boolean;
}

export interface SessionState {
  readonly destination: Destination;
  readonly phase: Phase;
  readonly ladder: Ladder;
  readonly question: OpenQuestion | undefined;
  /** The answer to a question that was too late by then. */
  readonly earlier: EarlierAnswer | undefined;
  readonly facts: ConnectionFacts | undefined;
  /** Why the host key was trusted. */
  readonly basis: Basis | undefined;
  /** How the user proved who they are (RFC 4252), and when, in ms since 1970. */
  readonly login: { readonly method: string; readonly at: number } | undefined;
  /** The server's words before log-in, cleaned by the engine; empty once dismissed. */
  readonly banner: string;
  /** Sentences of ours, until dismissed. */
  readonly notices: readonly string[];
  readonly roundTrip: number | undefined;
  /** What the program in the terminal calls itself. */
  readonly title: string;
  readonly log: readonly string[];
}

export type SessionEvent =
  | { readonly type: "step"; readonly step: Step; readonly state: "begun" | "done"; readonly elapsed: number }
  | { readonly type: "facts"; readonly facts: ConnectionFacts }
  | { readonly type: "trusted"; readonly basis: Basis }
  | { readonly type: "logged-in"; readonly method: string; readonly at: number }
  | { readonly type: "banner"; readonly text: string }
  | { readonly type: "banner-dismissed" }
  | { readonly type: "notice"; readonly sentence: string }
  | { readonly type: "notices-dismissed" }
  | { readonly type: "prompt"; readonly id: number; readonly question: PromptQuestion }
  /** `answered`: in another view, rather than moot. */
  | { readonly type: "prompt-over"; readonly id: number; readonly answered: boolean }
  /** By the person; a verdict where a host key was asked about. */
  | { readonly type: "answered"; readonly id: number; readonly verdict: Verdict | undefined }
  | { readonly type: "round-trip"; readonly milliseconds: number }
  | { readonly type: "title"; readonly text: string }
  | { readonly type: "log"; readonly line: string }
  | { readonly type: "closed"; readonly exit: Exit | undefined; readonly failure: ConnectionFailure | undefined };

/** A log that is read by a person, and a notice that must fit on a screen: both are bounded whatever the server sends. */
const LOG_LINES = 400;
const LOG_LINE = 500;
const BANNER = 16 * 1024;
const NOTICES = 4;

export function startSession(destination: Destination): SessionState {
  return {
    destination,
    phase: { kind: "climbing" },
    ladder: startLadder(),
    question: undefined,
    earlier: undefined,
    facts: undefined,
    basis: undefined,
    login: undefined,
    banner: "",
    notices: [],
    roundTrip: undefined,
    title: "",
    log: [],
  };
}

/** What a person does. */
const OWN: readonly SessionEvent["type"][] = ["answered", "banner-dismissed", "notices-dismissed"];

/** `now` is the page's clock in ms. After `closed` nothing changes but what the person does. */
export function reduce(session: SessionState, event: SessionEvent, now: number): SessionState {
  const over = session.phase.kind === "failed" || session.phase.kind === "ended";
  if (over && !OWN.includes(event.type)) return session;
  switch (event.type) {
    case "step": {
      const ladder = climb(session.ladder, event.step, event.state, event.elapsed, now);
      const arrived = event.step === "shell" && event.state === "done";
      return { ...session, ladder, phase: arrived ? { kind: "open" } : session.phase };
    }
    case "facts":
      return { ...session, facts: event.facts };
    case "trusted":
      return { ...session, basis: event.basis };
    case "logged-in":
      return { ...session, login: { method: event.method, at: event.at } };
    case "banner":
      return { ...session, banner: [session.banner, event.text].filter(Boolean).join("\n").slice(0, BANNER) };
    case "banner-dismissed":
      return { ...session, banner: "" };
    case "notice":
      return { ...session, notices: [...session.notices, event.sentence].slice(-NOTICES) };
    case "notices-dismissed":
      return { ...session, notices: [] };
    case "prompt":
      return { ...session, question: { id: event.id, question: event.question, tooLate: false } };
    case "prompt-over":
      if (session.question?.id !== event.id) return session;
      return { ...session, question: event.answered ? undefined : outlived(session.question) };
    case "answered":
      return answered(session, event.id, event.verdict);
    case "round-trip":
      return { ...session, roundTrip: event.milliseconds };
    case "title":
      return { ...session, title: event.text };
    case "log":
      return { ...session, log: [...session.log, event.line.slice(0, LOG_LINE)].slice(-LOG_LINES) };
    case "closed":
      return end(session, event.exit, event.failure, now);
    default:
      return event satisfies never;
  }
}

/** What is left of a question when nobody waits for its answer any more. */
function outlived(open: OpenQuestion | undefined): OpenQuestion | undefined {
  return open?.question.kind === "host-key" ? { ...open, tooLate: true } : undefined;
}

function answered(session: SessionState, id: number, verdict: Verdict | undefined): SessionState {
  const { question: open } = session;
  if (open?.id !== id) return session;
  const closed = { ...session, question: undefined };
  if (!open.tooLate || open.question.kind !== "host-key") return closed;
  if (verdict !== "accept" && verdict !== "accept-once") return closed;
  return { ...closed, earlier: { fingerprint: open.question.fingerprint, verdict } };
}

function end(
  session: SessionState,
  exit: Exit | undefined,
  failure: ConnectionFailure | undefined,
  now: number,
): SessionState {
  const closed = { ...session, question: undefined, roundTrip: undefined };
  if (session.phase.kind === "open" || failure === undefined)
    return { ...closed, phase: { kind: "ended", exit, failure } };
  // Who cancels is asked nothing more.
  const question = failure.code === "aborted" ? undefined : outlived(session.question);
  return { ...closed, question, ladder: fall(session.ladder, failure.step, now), phase: { kind: "failed", failure } };
}
