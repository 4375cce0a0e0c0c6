// The page: one screen at a time.

import type { App as AppModel } from "./app-model.ts";
import { Blocked } from "./blocked.tsx";
import { ConnectForm } from "./connect-form.tsx";
import { KnownHosts } from "./known-hosts/known-hosts.tsx";
import { Question } from "./question.tsx";
import { SessionScreen } from "./session-screen.tsx";

export function App({ app }: { readonly app: AppModel }) {
  const screen = app.screen.value;
  switch (screen.kind) {
    case "starting":
      return <main class="column" aria-busy="true" />;
    case "insecure":
    case "no-config":
    case "no-known-hosts":
    case "other-version":
    case "no-token":
      return <Blocked key={screen.kind} screen={screen} />;
    case "form":
      return <ConnectForm app={app} />;
    case "known-hosts":
      return <KnownHosts app={app} search={screen.search} />;
    case "session":
      return (
        <SessionScreen
          key={screen.session.id}
          around={app}
          session={screen.session}
          question={<Question asked={screen.session} toKnownHosts={app.toKnownHosts} />}
        />
      );
    default:
      return screen satisfies never;
  }
}
