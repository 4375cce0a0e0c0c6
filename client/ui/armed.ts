// A button that decides about trust works only after it has been seen for a moment: no click meant for something else,
// and no click while the page is hidden, may decide.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const SEEN_FOR = 1000;

/**
 * True once the page has been visible for a second without a break. The second begins anew when the window gets the focus,
 * for the click that brings it to the front may land on anything, and when `since` changes, for things may have moved.
 */
export function useArmed(since: unknown = undefined): ReadonlySignal<boolean> {
  const armed = useSignal(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const rest = (): void => {
      clearTimeout(timer);
      timer = undefined;
      armed.value = false;
    };
    const watch = (): void => {
      rest();
      if (!document.hidden) timer = setTimeout(() => (armed.value = true), SEEN_FOR);
    };
    /** For a browser that gives the keys back from its own controls without a word. */
    const wake = (): void => {
      if (timer === undefined) watch();
    };
    watch();
    document.addEventListener("visibilitychange", watch);
    addEventListener("focus", watch);
    addEventListener("blur", rest);
    addEventListener("pointerdown", wake, { capture: true });
    addEventListener("keydown", wake, { capture: true });
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", watch);
      removeEventListener("focus", watch);
      removeEventListener("blur", rest);
      removeEventListener("pointerdown", wake, { capture: true });
      removeEventListener("keydown", wake, { capture: true });
    };
  }, [armed, since]);
  return armed;
}
