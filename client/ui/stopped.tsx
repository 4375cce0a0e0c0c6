// The frame of a page that stands in the way of a connection: what happened, and that nothing was sent. There is no way
// through it that a person could take in passing.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Around } from "./around.ts";
import { takeFocus } from "./focus.ts";

interface StoppedProps {
  readonly around: Pick<Around, "leave" | "toKnownHosts">;
  /** What its known hosts are found by, as `knownHostsName` writes it. */
  readonly name: string;
  readonly title: string;
  /** For the title of the window, which is short. */
  readonly shortTitle: string;
  readonly children: ComponentChildren;
}

export function Stopped({ around, name, title, shortTitle, children }: StoppedProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { toKnownHosts } = around;
  useEffect(() => {
    document.title = shortTitle;
    takeFocus(heading.current);
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
          {toKnownHosts && (
            <button type="button" class="first" onClick={() => toKnownHosts(name)}>
              Known hosts
            </button>
          )}
          <button type="button" class="primary" onClick={() => around.leave()}>
            Go back
          </button>
        </div>
      </section>
    </main>
  );
}
