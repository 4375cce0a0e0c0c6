// The questions of a connection. What shows them is loaded while the connection is being made: a page that only suggests one
// need not wait for it.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { loaded } from "../bytes/loaded.ts";
import type { Session } from "../ui/session.ts";
import type { FramedQuestion } from "./sight/framed-question.tsx";
import type { Widget } from "./widget-model.ts";

interface QuestionPartProps {
  readonly widget: Widget;
  readonly session: Session;
}

export function QuestionPart({ widget, session }: QuestionPartProps) {
  const part = useSignal<{ readonly Shown: typeof FramedQuestion } | undefined>(undefined);
  useEffect(() => {
    loaded(import("./sight/framed-question.tsx")).then(
      ({ FramedQuestion: Shown }) => (part.value = { Shown }),
      // Nobody could be asked: the connection ends, and the person reads why.
      () => widget.cannotAsk(session),
    );
  }, [widget, session, part]);
  if (!part.value) return null;
  const { Shown } = part.value;
  return (
    <Shown
      asked={session}
      pins={session.pins}
      keptFor={widget.keptFor}
      own={widget.consent.open.value}
      share={() => session.share()}
      moved={() => widget.moved(session)}
    />
  );
}
