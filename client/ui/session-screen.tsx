// One connection on the screen. The terminal is laid out from the start, so that its size is known before the shell
// opens; the ladder, or the page of a key that stopped it, lies over it until there is a shell to see.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Around } from "./around.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { mayTakeFocus } from "./focus.ts";
import { Ladder } from "./ladder.tsx";
import type { Session } from "./session.ts";
import { StoppedPage, stopsAtKey } from "./stopped-page.tsx";
import { TerminalScreen } from "./terminal-screen.tsx";

interface SessionScreenProps {
  readonly around: Around;
  readonly session: Session;
  /** The open question, however it is asked here. */
  readonly question: ComponentChildren;
}

export function SessionScreen({ around, session, question }: SessionScreenProps) {
  const container = useRef<HTMLDivElement>(null);
  const { phase } = session.state.value;
  const terminalShown = phase.kind === "open" || phase.kind === "ended";
  const stopped = phase.kind === "failed" && stopsAtKey(phase.failure) ? phase.failure : undefined;

  useLayoutEffect(() => {
    if (container.current) session.start(container.current);
  }, [session]);
  useEffect(() => {
    if (phase.kind === "open" && mayTakeFocus()) session.focusTerminal();
  }, [session, phase.kind]);

  return (
    <>
      <TerminalScreen around={around} session={session} container={container} shown={terminalShown} />
      {stopped && <StoppedPage around={around} session={session} failure={stopped} />}
      {!terminalShown && !stopped && <Ladder around={around} session={session} />}
      {question}
      {session.confirmation.value && <ConfirmDialog session={session} confirmation={session.confirmation.value} />}
    </>
  );
}
