// What the page around hears of a connection: listened for between the connection and its session, message by message, so that
// nothing else can reach that page. No output, no key, no answer, and no word of the server but the title, where it may.

import type { Exit } from "../mux/exit.ts";
import type { TerminalSize } from "../mux/terminal-size.ts";
import type { ConnectionFailure, Destination, PromptQuestion } from "../switchboard/messages.ts";
import type { Connector, ConnectRequest } from "../switchboard/remote-connection.ts";
import type { OpenTerminalView } from "../terminal/view.ts";
import { failureSentence } from "../ui/sentences.ts";
import type { WidgetMessage } from "./embed/1.0.0/contract.d.ts";

export type Tell = (message: WidgetMessage) => void;

type Closed = Extract<WidgetMessage, { type: "closed" }>;

/** RFC 4254 6.10 names thirteen; a server may say anything. */
const SIGNAL = /^[A-Z][A-Z0-9]{1,11}$/;

const ATTENTION: Record<PromptQuestion["kind"], "hostkey" | "password" | "challenge"> = {
  "host-key": "hostkey",
  credential: "password",
  challenge: "challenge",
  "new-password": "password",
};

/** `endsAs` is asked at the end of each connection: an end that has a name of its own, if it is one. */
export function overheardConnector(connect: Connector, tell: Tell, endsAs: () => Closed | undefined): Connector {
  return (request, events) => {
    let hostKeyFingerprint = "";
    tellSize(tell, request.size);
    return connect(request, {
      ...events,
      step(step, state, elapsed) {
        tell({ type: "state", step, state });
        if (step === "shell" && state === "done") tell({ type: "connected", hostKeyFingerprint });
        events.step(step, state, elapsed);
      },
      facts(facts) {
        hostKeyFingerprint = facts.hostKeyFingerprint;
        events.facts(facts);
      },
      prompt(id, question) {
        tell({ type: "needsAttention", what: ATTENTION[question.kind] });
        events.prompt(id, question);
      },
      closed(exit, given) {
        const failure = given && named(given, request);
        const how = exit && exitMessage(exit);
        if (how) tell(how);
        tell(endsAs() ?? closedMessage(exit, failure, request.destination));
        events.closed(exit, failure);
      },
    });
  };
}

export function overheardTerminal(open: OpenTerminalView, tell: Tell, tellTitle: boolean): OpenTerminalView {
  return (container, events) =>
    open(container, {
      ...events,
      resize(size) {
        tellSize(tell, size);
        events.resize(size);
      },
      bell() {
        tell({ type: "bell" });
        events.bell();
      },
      title(title) {
        if (tellTitle) tell({ type: "title", title });
        events.title(title);
      },
    });
}

function tellSize(tell: Tell, { columns, rows }: TerminalSize): void {
  tell({ type: "size", columns, rows });
}

/** The relay has one answer to whoever may not connect; here it was not a token that it did not accept. */
function named(failure: ConnectionFailure, { relay }: ConnectRequest): ConnectionFailure {
  const byGrant = relay.grant !== undefined && failure.code === "unauthorised";
  return byGrant ? { ...failure, code: "grant-refused" } : failure;
}

function exitMessage(exit: Exit): WidgetMessage | undefined {
  if (exit.kind === "status") return { type: "exit", status: exit.status };
  return exit.kind === "signal" && SIGNAL.test(exit.signal) ? { type: "exit", signal: exit.signal } : undefined;
}

function closedMessage(exit: Exit | undefined, failure: ConnectionFailure | undefined, to: Destination): Closed {
  if (failure) {
    // The engine's own message may name what the server sent, and the person may have typed the user name.
    const told = { ...failure, message: "The host's key was refused.", quoted: undefined, disagreement: undefined };
    return { type: "closed", code: failure.code, sentence: failureSentence(told, { ...to, user: "you" }).summary };
  }
  return exit
    ? { type: "closed", code: "ended", sentence: "The shell has ended." }
    : { type: "closed", code: "disconnected", sentence: "The connection was closed on this side." };
}
