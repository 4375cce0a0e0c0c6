// One connection on the screen. The terminal is laid out from the start, so that its size is known before the shell
// opens; the ladder, or the page of a key that stopped it, lies over it until there is a shell to see.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "./app-model.ts";
import { ChangedKey } from "./changed-key.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { Ladder } from "./ladder.tsx";
import { Question } from "./question.tsx";
import { RevokedKey } from "./revoked-key.tsx";
import type { Session } from "./session.ts";
import { TerminalScreen } from "./terminal-screen.tsx";

export function SessionScreen({ app, session }: { readonly app: App; readonly session: Session }) {
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
    if (phase.kind === "open") session.focusTerminal();
  }, [session, phase.kind]);

  return (
    <>
      <TerminalScreen app={app} session={session} container={container} shown={terminalShown} />
      {changed && <ChangedKey app={app} session={session} changed={changed} />}
      {failure && revoked && <RevokedKey app={app} session={session} failure={failure} />}
      {!terminalShown && !changed && !revoked && <Ladder app={app} session={session} />}
      <Question app={app} session={session} />
      {session.confirmation.value && <ConfirmDialog session={session} confirmation={session.confirmation.value} />}
    </>
  );
}
