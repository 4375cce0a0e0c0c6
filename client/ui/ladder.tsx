// The ladder: every step of a connection as it happens. The one that failed opens in place and says what to do.

import { useEffect, useRef } from "preact/hooks";
import { formatTarget, SSH_PORT } from "../../shared/target.ts";
import { STEPS, type Step } from "../switchboard/messages.ts";
import type { Around } from "./around.ts";
import { CopyDetails } from "./copy-details.tsx";
import { Disagreement } from "./disagreement.tsx";
import { takeFocus } from "./focus.ts";
import { Check, Mark } from "./icons.tsx";
import { Quote } from "./quote.tsx";
import { currentStep, formatTook, type Rung } from "./rungs.ts";
import { answeredSentence, failureSentence } from "./sentences.ts";
import type { Session } from "./session.ts";
import type { Phase } from "./state.ts";
import { useMeantClick } from "./typing-pause.ts";

const WORDS: Record<Step, string> = {
  page: "Page is secure",
  relay: "Relay reached",
  allowed: "Relay allows this target",
  answered: "Server answered",
  spoken: "SSH spoken",
  exchanged: "Keys exchanged",
  trusted: "Host trusted",
  authenticated: "You are logged in",
  shell: "Shell opened",
};

export function Ladder({ around, session }: { readonly around: Around; readonly session: Session }) {
  const { ladder, phase, banner, question, earlier, notices, destination } = session.state.value;
  const { host, port, user } = destination;
  const place = port === SSH_PORT ? host : formatTarget(destination);
  const heading = useRef<HTMLHeadingElement>(null);
  const again = useRef<HTMLButtonElement>(null);
  // A question that outlived its connection comes before the failure.
  const told = phase.kind === "failed" && question === undefined;
  const meant = useMeantClick(told);

  useEffect(() => {
    document.title = `Connecting to ${host}`;
  }, [host]);
  // What happened comes first where the window is low; the focus may wait below it.
  useEffect(() => takeFocus((told ? again : heading).current, { preventScroll: told }), [told]);

  return (
    <main class="column ladder-screen" aria-label="Connecting">
      <h1 tabIndex={-1} ref={heading}>
        Connecting to {user}@{place}
      </h1>
      <section class="sheet">
        <ol class="ladder">
          {STEPS.map((step) => (
            <RungLine key={step} step={step} rung={ladder[step]} around={around} session={session} phase={phase} />
          ))}
        </ol>
        <p class="visually-hidden" role="status">
          {announce(session)}
        </p>
        <div class="actions padded-row">
          {told ? (
            <>
              <CopyDetails session={session} />
              <button type="button" onClick={() => around.leave()}>
                {around.leaveLabel}
              </button>
              <button
                type="button"
                class="primary"
                ref={again}
                onClick={(event) => meant(event) && around.reconnect(session, earlier)}
              >
                {earlier ? "Reconnect" : "Try again"}
              </button>
            </>
          ) : (
            // Behind a dialog there is one Cancel only, the dialog's.
            <button type="button" class={question ? "behind" : ""} onClick={() => around.leave()}>
              Cancel
            </button>
          )}
        </div>
      </section>
      {/* Until there is a terminal to show them in. */}
      <div class="ladder-notices" role="status">
        {!question && notices.map((sentence) => <p key={sentence}>{sentence}</p>)}
      </div>
      {banner && !question && <Quote source={`${host} says:`} text={banner} />}
    </main>
  );
}

interface RungLineProps {
  readonly around: Around;
  readonly step: Step;
  readonly rung: Rung;
  readonly session: Session;
  readonly phase: Phase;
}

function RungLine({ step, rung, around, session, phase }: RungLineProps) {
  const { question } = session.state.value;
  const took = rung.kind === "done" || rung.kind === "failed" ? formatTook(rung.took) : "";
  return (
    <li class={rung.kind} aria-current={rung.kind === "climbing" ? "step" : undefined}>
      <span class="dot">
        {rung.kind === "done" && <Check />}
        {rung.kind === "failed" && <Mark />}
      </span>
      <span>
        {WORDS[step]}
        {step === "relay" && <small> {session.relayHost}</small>}
        <span class="visually-hidden">{SPOKEN[rung.kind]}</span>
      </span>
      <span class="took">{took}</span>
      {rung.kind === "failed" && phase.kind === "failed" && !question && (
        <Why around={around} session={session} phase={phase} />
      )}
    </li>
  );
}

const SPOKEN: Record<Rung["kind"], string> = {
  waiting: ": not yet",
  climbing: ": under way",
  done: ": done",
  failed: ": failed",
};

interface WhyProps {
  readonly around: Around;
  readonly session: Session;
  readonly phase: Extract<Phase, { kind: "failed" }>;
}

function Why({ around, session, phase: { failure } }: WhyProps) {
  const { destination } = session;
  const { toKnownHosts, allowOldAlgorithms } = around;
  const { earlier } = session.state.value;
  const { summary, advice } = earlier ? answeredSentence(destination) : failureSentence(failure, destination);
  const { disagreement, quoted } = failure;
  const why = useRef<HTMLDivElement>(null);
  useEffect(() => why.current?.scrollIntoView({ block: "nearest" }), []);
  return (
    <div class="why" ref={why}>
      {/* What is said at once; long lists are there to be read at leisure. */}
      <div role="alert">
        <b>{summary}</b>
        <p>{advice}</p>
        {quoted && !disagreement && <Quote source={`${destination.host} said:`} text={quoted} />}
      </div>
      {disagreement && (
        <Disagreement
          lists={disagreement}
          destination={destination}
          onAllow={allowOldAlgorithms && (() => allowOldAlgorithms(session))}
        />
      )}
      {failure.code === "host-key-unknown" && (
        <div class="actions">
          {toKnownHosts && (
            <button type="button" class="first" onClick={() => toKnownHosts()}>
              Known hosts
            </button>
          )}
          <button type="button" onClick={() => around.leave()}>
            Change options
          </button>
        </div>
      )}
    </div>
  );
}

/** One step at a time for a screen reader; the list is there to be read at leisure, and a failure announces itself. */
function announce(session: Session): string {
  const { ladder, phase } = session.state.value;
  if (phase.kind === "failed") return "";
  const step = currentStep(ladder);
  return step === undefined ? "" : `${WORDS[step]}: under way`;
}
