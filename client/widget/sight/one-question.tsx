// One question from its opening to its end: here, in a window of its own, or still to be chosen.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { type Sight, SightContext } from "../../ui/sight.ts";
import type { Elsewhere } from "../window/elsewhere.ts";
import { Card } from "./card.tsx";
import { canProve, DialogWatch } from "./dialog-watch.ts";
import type { FramePointer } from "./frame-pointer.ts";
import { Instead } from "./instead.tsx";
import { SMALLEST } from "./visibility.ts";
import { BLOCKED, OVER, WINDOW_TEXT } from "./words.ts";

interface OneQuestionProps {
  readonly title: string;
  readonly elsewhere: Elsewhere;
  readonly pointer: FramePointer;
  /** The connection that asked has ended. */
  readonly over: boolean;
  /** From a click. False where no window opened that can answer. */
  toWindow(): boolean;
  cancel(): void;
  /** Its dialog. */
  readonly children: ComponentChildren;
}

export function OneQuestion({ title, elsewhere, pointer, over, toWindow, cancel, children }: OneQuestionProps) {
  // A dialog takes the focus, so the frame must have it already: it is not ours to take from the page around.
  const here = useSignal(canAskHere() && document.hasFocus());
  const blocked = useSignal(false);
  const toWindowHere = (): void => {
    if (toWindow()) return;
    blocked.value = true;
    here.value = false;
  };
  const ways = (
    <>
      <button type="button" value="cancel" class="first" onClick={cancel}>
        Cancel
      </button>
      <button type="button" class="primary" onClick={toWindowHere}>
        Continue in a new window
      </button>
    </>
  );
  const sight = useMemo(
    (): Sight => ({
      watch: (dialog) => new DialogWatch(dialog, pointer),
      instead: (why) =>
        why !== "settling" && (
          <Instead key={why} title={title} why={why} cancel={cancel} toWindow={toWindowHere} ways={ways} />
        ),
    }),
    [title, pointer],
  );

  if (elsewhere.isOpen.value)
    return (
      <Card title={title} text="Answer in the window that opened.">
        <button type="button" value="cancel" class="first" onClick={cancel}>
          Cancel
        </button>
        <button type="button" class="primary" onClick={() => elsewhere.show()}>
          Show it
        </button>
      </Card>
    );
  if (over && !here.value)
    return (
      <Card title={title} text={OVER}>
        <button type="button" class="primary" onClick={cancel}>
          Go back
        </button>
      </Card>
    );
  if (here.value) return <SightContext.Provider value={sight}>{children}</SightContext.Provider>;
  return (
    <Card title={title} text={blocked.value ? BLOCKED : WINDOW_TEXT}>
      {ways}
      {canAskHere() && (
        <button
          type="button"
          onClick={() => {
            here.value = document.hasFocus();
          }}
        >
          Answer here
        </button>
      )}
    </Card>
  );
}

function canAskHere(): boolean {
  return canProve() && innerWidth >= SMALLEST.width && innerHeight >= SMALLEST.height;
}
