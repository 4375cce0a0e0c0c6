// A button that decides about trust works only after it has been seen for a moment: no click meant for something else,
// and no click while the page is hidden, may decide.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const SEEN_FOR = 1000;

/** True once the page has been visible for a second without a break. */
export function useArmed(): ReadonlySignal<boolean> {
  const armed = useSignal(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const watch = (): void => {
      clearTimeout(timer);
      armed.value = false;
      if (!document.hidden) timer = setTimeout(() => (armed.value = true), SEEN_FOR);
    };
    watch();
    document.addEventListener("visibilitychange", watch);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", watch);
    };
  }, [armed]);
  return armed;
}
