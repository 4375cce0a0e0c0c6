// What the page around can put under a pointer works only after it has stood there for a moment: a click that was on its way to
// something else must not connect. Unlike `useArmed` it does not begin anew with the focus, which comes with the click here.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const STANDS_FOR = 1000;

/** True once `what` has been the same, on a page that is not hidden, for a second. */
export function useSettled(what: unknown): ReadonlySignal<boolean> {
  const settled = useSignal(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const watch = (): void => {
      clearTimeout(timer);
      settled.value = false;
      if (!document.hidden) timer = setTimeout(() => (settled.value = true), STANDS_FOR);
    };
    watch();
    document.addEventListener("visibilitychange", watch);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", watch);
    };
  }, [settled, what]);
  return settled;
}
