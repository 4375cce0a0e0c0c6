// In the frame, when its session has moved to a window that cannot speak to it: the page around cut the two apart (its
// Cross-Origin-Opener-Policy), or the browser let no window open at all. Nobody can tell which.

import { formatTarget } from "../../../shared/target.ts";
import type { Pin } from "../../knownhosts/claim.ts";
import type { Destination } from "../../switchboard/messages.ts";
import { CopyText } from "../../ui/copy-text.tsx";
import { appAddress } from "./link.ts";

interface MovedProps {
  readonly destination: Destination;
  readonly pins: readonly Pin[];
  /** Back to the suggestion: the same once more. */
  again(): void;
}

/** For the event `closed` with code "moved-to-window". */
export const MOVED_SENTENCE = "The terminal goes on in the window that opened.";

export function Moved({ destination, pins, again }: MovedProps) {
  const address = appAddress(destination, pins);
  return (
    <main class="column">
      <section class="sheet padded" role="status">
        <h1>{MOVED_SENTENCE}</h1>
        <p class="soft">
          The page around this one keeps its windows apart, so {destination.user}@{formatTarget(destination)} cannot be
          shown here. If no window opened, allow pop-ups for this page, or open this address yourself:
        </p>
        <p>
          <a href={address} target="_blank" rel="noopener noreferrer">
            {address}
          </a>
        </p>
        <div class="actions">
          <CopyText text={() => address} label="Copy the address" />
          <button type="button" class="primary" onClick={again}>
            Try again
          </button>
        </div>
      </section>
    </main>
  );
}
