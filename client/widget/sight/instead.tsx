// What stands in a dialog that cannot be seen for certain. Whoever hides it may want a click to land on something, so there is
// nothing to click then; where it stays hidden, two keys lead on, which go where the focus is and nowhere else.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Unseen } from "../../ui/sight.ts";
import { KEYS, OBSTACLES } from "./words.ts";

const LASTING_MS = 5000;
/** These come of the frame's own size: nothing is being played, and the window is the only way on. */
const PLAIN: readonly Unseen[] = ["small", "cut"];

interface InsteadProps {
  readonly title: string;
  readonly why: Exclude<Unseen, "settling">;
  cancel(): void;
  /** From a click or a key. */
  toWindow(): void;
  /** The ways on, the way out first. */
  readonly ways: ComponentChildren;
}

export function Instead({ title, why, cancel, toWindow, ways }: InsteadProps) {
  const plain = PLAIN.includes(why);
  const lasting = useSignal(false);
  const byKeys = lasting.value && !plain && why !== "unfocused";
  useEffect(() => {
    const timer = setTimeout(() => {
      lasting.value = true;
    }, LASTING_MS);
    return () => clearTimeout(timer);
  }, [lasting]);
  useEffect(() => {
    if (!byKeys) return;
    const press = (event: KeyboardEvent): void => {
      if (event.key === "Enter" && event.isTrusted && !event.repeat) toWindow();
    };
    addEventListener("keydown", press, { capture: true });
    return () => removeEventListener("keydown", press, { capture: true });
  }, [byKeys, toWindow]);
  return (
    <>
      <h2>{title}</h2>
      <p class="soft" role="status">
        {OBSTACLES[why]} {byKeys && KEYS}
      </p>
      {why === "unfocused" && (
        <div class="actions">
          <button type="button" value="cancel" class="first" onClick={cancel}>
            Cancel
          </button>
          {/* The click alone brings the keyboard back. */}
          <button type="button" class="primary">
            Go on here
          </button>
        </div>
      )}
      {plain && <div class="actions">{ways}</div>}
    </>
  );
}
