// The frame: one screen at a time.

import { SessionScreen } from "../ui/session-screen.tsx";
import { PermissionCard } from "./permission-card.tsx";
import { QuestionPart } from "./question-part.tsx";
import { SuggestionCard } from "./suggestion-card.tsx";
import type { Widget as Model } from "./widget-model.ts";
import { Moved } from "./window/moved.tsx";

export function Widget({ widget }: { readonly widget: Model }) {
  const asking = widget.permission.asking.value;
  return (
    <>
      <div class="under" inert={asking !== undefined}>
        <Screen widget={widget} />
      </div>
      {asking && <PermissionCard origin={widget.origin} asking={asking} cancel={() => widget.permission.cancel()} />}
    </>
  );
}

function Screen({ widget }: { readonly widget: Model }) {
  const screen = widget.screen.value;
  switch (screen.kind) {
    case "waiting":
      return <main class="column" aria-label="Terminal" aria-busy="true" />;
    case "suggested":
      return <SuggestionCard key={screen.shown} widget={widget} suggestion={screen.suggestion} />;
    case "session": {
      const { session } = screen;
      return (
        <SessionScreen
          key={session.id}
          around={widget}
          session={session}
          question={<QuestionPart widget={widget} session={session} />}
        />
      );
    }
    case "moved":
      return <Moved destination={screen.session.destination} pins={screen.session.pins} again={() => widget.leave()} />;
    default:
      return screen satisfies never;
  }
}
