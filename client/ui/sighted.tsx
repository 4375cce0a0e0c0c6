// What a dialog shows inside somebody else's page: its contents while they can be seen for certain, and otherwise what to do
// instead. The contents stay where they are, inert: a password that was typed is not lost.

import { effect, type ReadonlySignal, useSignal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { takeFocus } from "./focus.ts";
import type { Sight, Unseen, Watch } from "./sight.ts";

/** What may decide, and the presses that lead to it. Escape is none of them: to cancel is always possible. */
const PRESSES = ["pointerdown", "keydown", "click", "submit"] as const;

interface Seen {
  readonly unseen: Unseen | undefined;
  readonly still: boolean;
}

interface SightedProps {
  readonly sight: Sight;
  readonly dialog: RefObject<HTMLDialogElement | null>;
  /** What gets the focus once the dialog can be seen; otherwise its first field, or what submits it. */
  readonly focus: RefObject<HTMLElement | null> | undefined;
  readonly children: ComponentChildren;
}

export function Sighted({ sight, dialog, focus, children }: SightedProps) {
  const contents = useRef<HTMLDivElement>(null);
  const wanted = useRef<Element | null>(null);
  const { unseen, still } = useWatch(sight, dialog).value;
  const clear = unseen === undefined;
  const shown = clear || unseen === "settling";

  useEffect(() => {
    if (!clear) return;
    const first = contents.current?.querySelector<HTMLElement>(FIELDS);
    const before = wanted.current?.isConnected ? wanted.current : null;
    const next = before ?? focus?.current ?? first;
    if (next instanceof HTMLElement && !contents.current?.contains(document.activeElement)) takeFocus(next);
  }, [clear, focus]);

  return (
    <>
      <div
        ref={contents}
        class={`sighted ${shown ? "" : "away"} ${still ? "" : "unready"}`}
        inert={!clear}
        onFocusIn={({ target }) => {
          if (target instanceof Element) wanted.current = target;
        }}
      >
        {children}
      </div>
      {unseen !== undefined && !shown && <div class="instead">{sight.instead(unseen)}</div>}
      <p class="visually-hidden" role="status">
        {unseen === "settling" && "This can be answered in a second."}
      </p>
    </>
  );
}

const FIELDS = "input:not([readonly], [type=file]), textarea:not([readonly]), [type=submit]";

/** From the dialog's opening to its end; whatever is pressed meanwhile goes no further unless it is permitted. */
function useWatch(sight: Sight, dialog: RefObject<HTMLDialogElement | null>): ReadonlySignal<Seen> {
  const seen = useSignal<Seen>({ unseen: "unknown", still: true });
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const watch = sight.watch(element);
    const stop = effect(() => {
      seen.value = { unseen: watch.unseen.value, still: watch.still.value };
    });
    const judge = (event: Event): void => {
      if (!isPress(event) || judgeOne(watch, event)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    for (const type of PRESSES) element.addEventListener(type, judge, { capture: true });
    return () => {
      for (const type of PRESSES) element.removeEventListener(type, judge, { capture: true });
      stop();
      watch.stop();
    };
  }, [sight, dialog, seen]);
  return seen;
}

function judgeOne(watch: Watch, event: Event): boolean {
  const permitted = watch.permits(event);
  // A finger that goes down decides nothing by itself, and may lead to a field; the click that follows is refused.
  return permitted || event.type === "pointerdown" || leadsOut(event.target);
}

/** Of the keys, those that press what has the focus. */
function isPress(event: Event): boolean {
  return !(event instanceof KeyboardEvent) || event.key === "Enter" || event.key === " ";
}

/** Is it a way to cancel, or to a window of our own? Those may be pressed whatever the page around does. */
function leadsOut(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(".instead, button[value=cancel]") !== null;
}
