// The open question, inside somebody else's page. As a dialog only where the browser can prove that the person sees it whole;
// otherwise as a card that says what is asked, and leads to a window of ours, which no page lies over.

import "./sight.css";
import { useEffect, useMemo } from "preact/hooks";
import type { Pin } from "../../knownhosts/claim.ts";
import type { SendTextQuestion } from "../../switchboard/messages.ts";
import type { Asked } from "../../ui/asked.ts";
import { Question } from "../../ui/question.tsx";
import { Elsewhere } from "../window/elsewhere.ts";
import { appLink, windowAddress } from "../window/link.ts";
import { FramePointer } from "./frame-pointer.ts";
import { OneQuestion } from "./one-question.tsx";
import { SendTextDialog } from "./send-text-dialog.tsx";
import { titleOf } from "./words.ts";

/** What the frame asks by itself: an `OwnQuestion` of the switchboard, and what it is about. */
export interface AskedByPage {
  readonly question: SendTextQuestion;
  settle(allow: boolean): void;
  /** A port on which a window asks and answers the same. */
  share(): MessagePort;
}

export interface FramedQuestionProps {
  readonly asked: Asked;
  /** What the page around expects: goes along if the session has to move. */
  readonly pins: readonly Pin[];
  /** The origin of the page around, where what is trusted here is kept for this page alone. */
  readonly keptFor?: string | undefined;
  /** It waits while a question of the connection is open. */
  readonly own: AskedByPage | undefined;
  /** A further port of the connection that asks; undefined where there is none any more. */
  share(): MessagePort | undefined;
  /**
   * `open()` gave no window to speak to: the whole session goes on in the window that opened, if one did. The connection here
   * ends, with code "moved-to-window", and the frame shows `Moved` (widget/window/moved.tsx).
   */
  moved(): void;
}

export function FramedQuestion({ asked, pins, keptFor, own, share, moved }: FramedQuestionProps) {
  const { question: open, phase } = asked.state.value;
  const about = open?.question ?? own?.question;
  const id = open?.id ?? (own && "own");
  const place = useMemo(() => new Elsewhere(window, location.origin), []);
  const ownPlace = useMemo(() => new Elsewhere(window, location.origin), [own]);
  const pointer = useMemo(() => new FramePointer(), []);
  useEffect(() => () => pointer.stop(), [pointer]);
  // A connection that is over has nothing to ask of a window, and a question that is over neither.
  useEffect(() => () => place.forget(), [place, phase.kind]);
  useEffect(() => () => ownPlace.forget(), [ownPlace]);
  const elsewhere = open ? place : ownPlace;

  return (
    <>
      <p class="visually-hidden" role="status">
        {about && titleOf(about, asked.destination)}
      </p>
      {about && (
        <OneQuestion
          key={id}
          title={titleOf(about, asked.destination)}
          elsewhere={elsewhere}
          pointer={pointer}
          over={open !== undefined && phase.kind === "failed"}
          toWindow={() => {
            const link = open ? appLink(asked.destination, pins) : "";
            const opened = elsewhere.open(windowAddress(), link, open ? share : () => own?.share());
            if (!opened && open) moved();
            return opened;
          }}
          cancel={() => {
            if (!open) return own?.settle(false);
            asked.answer(
              open.id,
              open.question.kind === "host-key" ? { kind: "host-key", verdict: "reject" } : { kind: "cancel" },
            );
          }}
        >
          {open ? (
            <Question asked={asked} toKnownHosts={undefined} keptFor={keptFor} />
          ) : (
            own && (
              <SendTextDialog
                question={own.question}
                destination={asked.destination}
                settle={(allow) => own.settle(allow)}
              />
            )
          )}
        </OneQuestion>
      )}
    </>
  );
}
