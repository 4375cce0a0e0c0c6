// The session is over and its scrollback stays: how it ended, and the two ways on.

import { useEffect, useRef } from "preact/hooks";
import type { Around } from "./around.ts";
import { CopyDetails } from "./copy-details.tsx";
import { takeFocus } from "./focus.ts";
import { Quote } from "./quote.tsx";
import { endSentence } from "./sentences.ts";
import type { Session } from "./session.ts";
import type { Phase } from "./state.ts";
import { useMeantClick } from "./typing-pause.ts";

interface ExitBarProps {
  readonly around: Around;
  readonly session: Session;
  readonly phase: Extract<Phase, { kind: "ended" }>;
}

export function ExitBar({ around, session, phase }: ExitBarProps) {
  const again = useRef<HTMLButtonElement>(null);
  const meant = useMeantClick();
  const { exit, failure } = phase;
  const { destination } = session;
  useEffect(() => takeFocus(again.current), []);
  return (
    <section class="exit-bar" aria-label="The session has ended">
      <div class="exit-words">
        <p role="status">{endSentence(exit, failure, destination)}</p>
        {failure?.quoted && <Quote source={`${destination.host} said:`} text={failure.quoted} />}
      </div>
      <div class="actions">
        {failure && <CopyDetails session={session} />}
        <button type="button" onClick={() => around.leave()}>
          Close
        </button>
        <button
          type="button"
          class="primary"
          ref={again}
          onClick={(event) => meant(event) && around.reconnect(session)}
        >
          Reconnect
        </button>
      </div>
    </section>
  );
}
