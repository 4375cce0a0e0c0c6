// The frame of a page that stands in the way of a connection: what happened, and that nothing was sent. There is no way
// through it that a person could take in passing.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { App } from "./app-model.ts";

interface StoppedProps {
  readonly app: App;
  /** What its known hosts are found by, as `knownHostsName` writes it. */
  readonly name: string;
  readonly title: string;
  /** For the title of the window, which is short. */
  readonly shortTitle: string;
  readonly children: ComponentChildren;
}

export function Stopped({ app, name, title, shortTitle, children }: StoppedProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = shortTitle;
    heading.current?.focus();
  }, [shortTitle]);
  return (
    <main class="column roomy">
      <section class="sheet padded">
        <div class="alarm">
          <h1 tabIndex={-1} ref={heading}>
            {title}
          </h1>
          <p class="soft">The connection was stopped. Nothing was sent, not even your user name.</p>
        </div>
        {children}
        <div class="actions end">
          <button type="button" class="first" onClick={() => app.toKnownHosts(name)}>
            Known hosts
          </button>
          <button type="button" class="primary" onClick={() => app.leave()}>
            Go back
          </button>
        </div>
      </section>
    </main>
  );
}
