// A connection waits for the page around to permit it, or has waited in vain. It lies over whatever is shown.

import { useEffect, useRef } from "preact/hooks";
import { takeFocus } from "../ui/focus.ts";
import type { Asking } from "./permission.ts";

interface PermissionCardProps {
  readonly origin: string;
  readonly asking: Asking;
  cancel(): void;
}

export function PermissionCard({ origin, asking, cancel }: PermissionCardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const failed = asking.kind === "failed";
  useEffect(() => takeFocus(heading.current), []);
  return (
    <section class="over" aria-label="Permission">
      <div class="sheet padded">
        <div role="status">
          <h1 tabIndex={-1} ref={heading}>
            {failed ? "No permission came" : "Waiting for permission"}
          </h1>
          <p class="soft">
            {failed ? (
              <>
                {asking.sentence} Reload the page and try again; if it stays so, tell whoever runs <b>{origin}</b>.
              </>
            ) : (
              <>
                <b>{origin}</b> has to permit this connection. That takes a moment.
              </>
            )}
          </p>
        </div>
        <div class="actions">
          <button type="button" onClick={cancel}>
            {failed ? "Back" : "Cancel"}
          </button>
        </div>
      </div>
    </section>
  );
}
