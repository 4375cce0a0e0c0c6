// The terminal gets every pixel it can: below it one line of status, and on touch screens the keys that they lack.

import { useSignal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { Around } from "./around.ts";
import { ConnectionPanel } from "./connection-panel.tsx";
import { ExitBar } from "./exit-bar.tsx";
import { Cross } from "./icons.tsx";
import { KeyBar } from "./key-bar.tsx";
import { Quote } from "./quote.tsx";
import type { Session } from "./session.ts";
import { StatusLine } from "./status-line.tsx";

interface TerminalScreenProps {
  readonly around: Around;
  readonly session: Session;
  readonly container: RefObject<HTMLDivElement | null>;
  readonly shown: boolean;
}

interface NoticeProps {
  readonly label: string;
  readonly session: Session;
  readonly onDismiss: () => void;
  readonly children: ComponentChildren;
}

function Notice({ label, session, onDismiss, children }: NoticeProps) {
  const dismiss = () => {
    onDismiss();
    session.focusTerminal();
  };
  return (
    <aside class="banner sheet" aria-label={label}>
      <div>{children}</div>
      <button type="button" class="quiet small" aria-label="Dismiss the notice" onClick={dismiss}>
        <Cross />
      </button>
    </aside>
  );
}

export function TerminalScreen({ around, session, container, shown }: TerminalScreenProps) {
  const { phase, title, banner, notices, destination } = session.state.value;
  const panel = useSignal(false);

  useEffect(() => {
    if (shown)
      document.title = title === "" ? `${destination.user}@${destination.host}` : `${title} (${destination.host})`;
  }, [shown, title, destination]);
  useEffect(() => {
    if (!panel.value) return;
    // After the dialog has closed, so that it is not the button that gets the focus back.
    return () => {
      if (session.state.peek().phase.kind === "open") session.focusTerminal();
    };
  }, [panel.value, session]);

  return (
    <main class={shown ? "terminal-screen" : "terminal-screen behind"} inert={!shown} aria-label="Terminal">
      <div class="terminal" ref={container} />
      <div class="notices">
        {/* There before it has words: only then does a screen reader speak them. */}
        <div role="status">
          {shown && notices.length > 0 && (
            <Notice label="Notice" onDismiss={() => session.dismissNotices()} session={session}>
              {notices.map((sentence) => (
                <p key={sentence}>{sentence}</p>
              ))}
            </Notice>
          )}
        </div>
        {shown && banner && (
          <Notice label="Notice from the server" onDismiss={() => session.dismissBanner()} session={session}>
            <Quote source={`${destination.host} says:`} text={banner} />
          </Notice>
        )}
      </div>
      {phase.kind === "ended" && <ExitBar around={around} session={session} phase={phase} />}
      {phase.kind !== "ended" && <KeyBar session={session} />}
      {/* There from the start, so that the terminal need not change its size when the shell opens. */}
      <StatusLine
        around={around}
        session={session}
        shown={shown}
        onInform={() => {
          panel.value = true;
        }}
      />
      {shown && panel.value && (
        <ConnectionPanel
          session={session}
          onClose={() => {
            panel.value = false;
          }}
        />
      )}
    </main>
  );
}
