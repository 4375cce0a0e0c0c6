// Our words for everything that can go wrong: what happened, and what to do next. One row per error code; the words of
// a server or of a relay are shown beside them as quotations, never inside them.

import { formatTarget } from "../../shared/target.ts";
import type { SshErrorCode } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import type { Exit } from "../mux/exit.ts";
import type { ConnectionFailure, Destination, Step } from "../switchboard/messages.ts";

export interface Sentence {
  readonly summary: string;
  readonly advice: string;
}

interface Place {
  /** `host:port`, as asked for. */
  readonly target: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly step: Step | undefined;
  readonly failure: ConnectionFailure;
}

type Row = (place: Place) => Sentence;

const say =
  (summary: string | ((place: Place) => string), advice: string | ((place: Place) => string)): Row =>
  (place) => ({
    summary: typeof summary === "string" ? summary : summary(place),
    advice: typeof advice === "string" ? advice : advice(place),
  });

const REPORT = "Copy the details and report them, please: this should not happen.";
const ASK_OPERATOR = "Ask whoever runs the relay.";

const ROWS: Record<SshErrorCode, Row> = {
  "target-closed": say(
    (p) => `${p.target} closed the connection.`,
    "The server ended it without saying why. It may be overloaded, or refuse this address; its own log knows.",
  ),
  "target-reset": say(
    (p) => `The connection to ${p.target} was cut.`,
    "The server, or something on the way to it, dropped it. Try again; if it happens each time, look into the server's log.",
  ),
  "target-denied": say(
    (p) => `This relay does not connect to ${p.target}.`,
    "Its operator allows certain hosts and ports only. Ask them to allow this one, or choose another host.",
  ),
  "name-not-found": say(
    (p) => `The relay could not find a host named ${p.host}.`,
    "Check the spelling. A name that only your own network knows must be known where the relay runs, too.",
  ),
  "target-refused": say(
    (p) => `Nothing listens on port ${p.port} of ${p.host}.`,
    "The host is there, and refused. Check the port, and that the SSH server runs.",
  ),
  "target-timeout": say(
    (p) => `${p.host} did not answer on port ${p.port}.`,
    "Check the address and the port, and whether a firewall lets the relay through.",
  ),
  "target-unreachable": say(
    (p) => `The relay has no way to ${p.host}.`,
    "The host may be switched off, or in a network that the relay is not part of.",
  ),
  unauthorised: say(
    "The relay did not accept this page's token.",
    "Open the address the relay printed when it started. It prints a new one with every start.",
  ),
  "over-quota": say(
    "The relay carries as many connections as it may.",
    "Close one of yours, or try again in a few minutes.",
  ),
  "too-slow": say(
    "This page took too long to say where to connect.",
    "The machine or the network was busy. Connect again.",
  ),
  "grant-expired": say(
    "The permission that the page around gave along has run out.",
    "Reload that page and connect again. A permission is good for a few minutes.",
  ),
  "grant-used": say(
    "The permission that the page around gave along was used before.",
    "Reload that page and connect again. Each permission is good for one connection.",
  ),
  "grant-target": say(
    (p) => `The permission that the page around gave along is not for ${p.target}.`,
    "That is a mistake of the page around: tell its owner.",
  ),
  "grant-refused": say(
    "The relay did not accept the permission that the page around gave along.",
    "That is a mistake of the page around, or of whoever runs the relay: tell the page's owner.",
  ),
  "unknown-session": say("The relay does not know this session any more.", "Connect again."),
  "resume-expired": say("The connection was away for too long to be continued.", "Connect again."),
  "taken-over": say("This connection was continued from another tab.", "Go on there, or connect again here."),
  "relay-protocol": say(
    "Page and relay did not understand each other.",
    `Reload the page. If that does not help: ${REPORT}`,
  ),
  "version-mismatch": say("Page and relay are of different versions.", "Reload the page."),
  "going-away": say("The relay is shutting down.", "Wait a moment until it is back, then try again."),
  "idle-timeout": say("Nothing moved for so long that the relay closed the connection.", "Connect again."),
  "relay-error": say("The relay failed.", "Try again. If it stays so, its log says why."),
  aborted: say("The connection was cancelled.", "Nothing is open any more."),
  "relay-unreachable": say(
    "The relay could not be reached.",
    "Check that you are online and that the relay runs, then try again.",
  ),
  lost: say(
    (p) => `The connection to ${p.target} ${waitsForPerson(p) ? "ended while it waited for you" : "was lost"}.`,
    (p) =>
      waitsForPerson(p)
        ? "Servers close a log-in that takes more than a minute or two. Check that you are online, then try again."
        : "The network, the relay or the server went away. Check that you are online, then connect again.",
  ),
  timeout: say(timeoutSummary, timeoutAdvice),
  "not-ssh": say(
    (p) => `What answers on ${p.target} is no SSH server.`,
    "Another service has that port. Check the port; SSH usually has 22.",
  ),
  version: say(
    (p) => `${p.target} speaks a version of SSH that is no longer safe.`,
    "Periwinkle speaks SSH 2.0 only. The server has to be updated.",
  ),
  negotiation: say(negotiationSummary, negotiationAdvice),
  protocol: say(
    (p) => `${p.target} broke the rules of SSH.`,
    "The connection was closed to be safe. Try again; if it happens each time, copy the details for the server's operator.",
  ),
  integrity: say(
    (p) => `Data from ${p.target} was changed on the way.`,
    "The connection was closed before anything of it was used. Be careful with this network; try another one.",
  ),
  "host-key-unproved": say(
    (p) => `${p.target} could not prove that it owns its key.`,
    "This may be an attack, or a broken server. Nothing was sent. Ask the server's owner before you try again.",
  ),
  "host-key-rejected": say(
    (p) => `You did not trust the key of ${p.target}.`,
    "Nothing was sent. Ask the server's owner for its fingerprint, then try again and compare.",
  ),
  "host-key-changed": say(
    (p) => `The key of ${p.target} changed.`,
    "Nothing was sent. Ask the server's owner before you go on.",
  ),
  "host-key-revoked": say(
    (p) => `The key of ${p.target} was revoked.`,
    "Your known hosts mark it as no longer valid. Do not connect; ask the server's owner.",
  ),
  "host-key-certificate": say(
    (p) => p.failure.message,
    "An authority that you know vouches for this host, but not like this. Nothing was sent. Ask the server's owner.",
  ),
  "host-key-pin": say(
    (p) => p.failure.message,
    "Someone may stand between you and the server, or the fingerprint is an old one. Nothing was sent. Ask whoever gave it to you, on another way than through this connection.",
  ),
  "host-key-unknown": say(
    (p) => `No key of ${p.target} is known, and you connect to known hosts only.`,
    "Nothing was sent. Import its key into your known hosts, or choose under Options to be asked about it.",
  ),
  "trust-store": say(
    "Your known hosts could not be read.",
    "Without them no host can be recognised, so nothing was sent. Allow this site to store data, or leave private browsing, and try again.",
  ),
  authentication: say(
    (p) => `${p.target} did not let ${p.user} in.`,
    "Every way to log in was refused. Check the user name; or the server may want a method that Periwinkle was not offered.",
  ),
  "peer-disconnect": say(
    (p) => `${p.target} ended the connection.`,
    "If it gave a reason, it is shown here. Try again later, or ask its operator.",
  ),
  "channel-refused": say(
    (p) => `${p.target} let ${p.user} in, but gave no shell.`,
    "The account may be allowed other things only, such as file transfer. Ask the server's operator.",
  ),
  "channel-closed": say("The shell had already been closed.", "Connect again."),
  "key-format": say("The key could not be read.", "Use a private key in OpenSSH format, as ssh-keygen makes it."),
  "key-passphrase": say("The key's passphrase was missing or wrong.", "Try again with the right one."),
  "not-loaded": say(
    "A part of Periwinkle could not be loaded.",
    "The network was away, or Periwinkle was updated meanwhile. Reload the page and try again.",
  ),
  unsupported: say(
    (p) => `${p.target} asked for something that Periwinkle does not do.`,
    "The details say what it was.",
  ),
  internal: say("Something went wrong inside Periwinkle.", REPORT),
};

/** Also without lists: then the engine itself says what cannot be agreed on. */
function negotiationSummary({ target, failure }: Place): string {
  return failure.disagreement
    ? `${target} and Periwinkle have no ${failure.disagreement.what} in common.`
    : `${target} and Periwinkle could not agree on how to protect the connection.`;
}

function negotiationAdvice({ failure: { disagreement, message } }: Place): string {
  if (!disagreement) return message;
  return disagreement.legacy.length > 0
    ? "The server knows old algorithms only. Its owner should update it."
    : "The server's operator has to update it, or to allow one of those that Periwinkle accepts.";
}

/** What a question about a host key says that outlived its connection. */
export function tooLateSentence(failure: ConnectionFailure, destination: Destination): string {
  const what = PATIENCE_ENDED.includes(failure.code)
    ? "The connection ended while you were deciding: most servers hang up after about two minutes."
    : failureSentence(failure, destination).summary;
  return `${what} Take your time: nothing was sent. Your answer counts when you connect again.`;
}

/** How it looks when a server's log-in grace time is over; `lost` may be the network, too. */
const PATIENCE_ENDED: readonly string[] = ["lost", "target-closed", "target-reset", "peer-disconnect"];

/** The failure of a connection whose question was answered after it had ended. */
export function answeredSentence(destination: Destination): Sentence {
  return {
    summary: `The connection to ${formatTarget(destination)} ended before you answered.`,
    advice: "Your answer is kept until you reconnect, and used if the server shows the same key. Nothing was sent.",
  };
}

/** On these rungs a question is open, and the server's patience may end before the person has answered. */
function waitsForPerson({ step }: Place): boolean {
  return step === "trusted" || step === "authenticated";
}

/** A wait that ran out says different things on different rungs. */
function timeoutSummary(place: Place): string {
  switch (place.step) {
    case "page":
      return "The connection could not be started in this browser.";
    case "relay":
      return "The relay did not answer in time.";
    case "allowed":
      return "The relay did not decide in time.";
    case "answered":
      return `${place.host} did not answer on port ${place.port}.`;
    case "authenticated":
      return "Logging in took too long.";
    case undefined:
      return `${place.target} has stopped answering.`;
    default:
      return `${place.target} did not go on in time.`;
  }
}

function timeoutAdvice(place: Place): string {
  switch (place.step) {
    case "page":
      return "Reload the page, and update the browser if that does not help.";
    case "relay":
    case "allowed":
      return `Check that you are online, then try again. If it stays so: ${ASK_OPERATOR.toLowerCase()}`;
    case "authenticated":
      return "Servers close a log-in that waits for more than a minute or two. Try again.";
    case undefined:
      return "Check that you are online, then connect again.";
    default:
      return "Check the address and the port, and whether the server is overloaded; then try again.";
  }
}

export function failureSentence(failure: ConnectionFailure, destination: Destination): Sentence {
  const row = Object.hasOwn(ROWS, failure.code) ? ROWS[failure.code as SshErrorCode] : ROWS.internal;
  return row({ ...destination, target: formatTarget(destination), step: failure.step, failure });
}

/** How the session ended, for the exit bar. A missing status is never taken for success (RFC 4254 6.10). */
export function endSentence(
  exit: Exit | undefined,
  failure: ConnectionFailure | undefined,
  destination: Destination,
): string {
  if (failure) {
    const { summary, advice } = failureSentence(failure, destination);
    return `${summary} ${advice}`;
  }
  // The worker tells neither an exit nor a failure when the person pressed Disconnect.
  if (!exit) return "You disconnected.";
  switch (exit.kind) {
    case "status":
      return exit.status === 0 ? "The shell has ended." : `The shell ended with status ${exit.status}.`;
    case "signal":
      return `The shell was ended by signal ${cleanLine(exit.signal, 40)}${exit.coreDumped ? ", and left a core dump" : ""}.`;
    case "none":
      return "The shell was closed without saying how it ended.";
  }
}
