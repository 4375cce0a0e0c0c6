// A button that decides about trust. It works once it has been seen for a second, and only for a press that began after that:
// neither a key held down from something else nor a finger that was there before decides.

import type { ComponentChildren, Ref } from "preact";
import { useId, useRef } from "preact/hooks";
import { useArmed } from "./armed.ts";

interface ArmedButtonProps {
  readonly primary?: boolean;
  readonly buttonRef?: Ref<HTMLButtonElement>;
  /** Changes when what lies around the button may have moved. */
  readonly since?: unknown;
  onPress(): void;
  readonly children: ComponentChildren;
}

export function ArmedButton({ primary = false, buttonRef = null, since, onPress, children }: ArmedButtonProps) {
  const armed = useArmed(since);
  const early = useRef(false);
  const waiting = useId();

  return (
    <>
      <button
        type="button"
        class={primary ? "primary" : ""}
        ref={buttonRef}
        aria-disabled={armed.value ? undefined : "true"}
        aria-describedby={armed.value ? undefined : waiting}
        onPointerDown={() => {
          early.current = !armed.value;
        }}
        onKeyDown={(event) => {
          if (event.repeat) event.preventDefault();
          else early.current = !armed.value;
        }}
        onClick={() => {
          const meant = armed.value && !early.current && !document.hidden;
          early.current = false;
          if (meant) onPress();
        }}
      >
        {children}
      </button>
      <span hidden id={waiting}>
        Works after a second, so that no stray click decides.
      </span>
    </>
  );
}
