// One connection on the screen. The terminal is laid out from the start, so that its size is known before the shell
// opens; the ladder, or the page of a key that stopped it, lies over it until there is a shell to see.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Around } from "./around.ts";
import { ChangedKey } from "./changed-key.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { mayTakeFocus } from "./focus.ts";
import { Ladder } from "./ladder.tsx";
import { RevokedKey } from "./revoked-key.tsx";
import type { Session } from "./session.ts";
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
  const failure = phase.kind === "failed" ? phase.failure : undefined;
  const changed = failure?.changed;
  const revoked = failure?.code === "host-key-revoked";

  useLayoutEffect(() => {
    if (container.current) session.start(container.current);
  }, [session]);
  useEffect(() => {
    if (phase.kind === "open" && mayTakeFocus()) session.focusTerminal();
  }, [session, phase.kind]);

  return (
    <>
      <TerminalScreen around={around} session={session} container={container} shown={terminalShown} />
      {changed && <ChangedKey around={around} session={session} changed={changed} />}
      {failure && revoked && <RevokedKey around={around} session={session} failure={failure} />}
      {!terminalShown && !changed && !revoked && <Ladder around={around} session={session} />}
      {question}
      {session.confirmation.value && <ConfirmDialog session={session} confirmation={session.confirmation.value} />}
    </>
  );
}
