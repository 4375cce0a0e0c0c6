// The frame of a page that stands in the way of a connection: what happened, and that nothing was sent. There is no way
// through it that a person could take in passing.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface StoppedProps {
  readonly title: string;
  /** For the title of the window, which is short. */
  readonly shortTitle: string;
  readonly children: ComponentChildren;
}

export function Stopped({ title, shortTitle, children }: StoppedProps) {
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
      </section>
    </main>
  );
}
