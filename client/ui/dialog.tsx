// A native modal dialog: heading, the browser's own mark, focus where it is safe, Escape as cancel. In somebody else's page
// it works only while it can be seen for certain (sight.ts).

import type { ComponentChildren, RefObject } from "preact";
import { useContext, useId, useLayoutEffect, useRef } from "preact/hooks";
import { SightContext } from "./sight.ts";
import { Sighted } from "./sighted.tsx";
import { Sigil } from "./sigil.tsx";

export interface DialogProps {
  readonly title: string;
  readonly role?: "dialog" | "alertdialog";
  readonly wide?: boolean;
  /** What has the focus when the dialog opens; a form inside may also take it for itself. */
  readonly focus?: RefObject<HTMLElement | null>;
  /** The id of what an alert says beyond its title. */
  readonly describedBy?: string;
  onCancel(): void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, role = "dialog", wide = false, focus, describedBy, onCancel, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const shown = useRef(false);
  const sight = useContext(SightContext);

  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    shown.current = true;
    focus?.current?.focus();
    // Where the window is low, what is to be decided comes before the buttons, and the focus below waits.
    element?.scrollTo(0, 0);
    return () => {
      // close() while still in the document gives the focus back to what had it.
      shown.current = false;
      element?.close();
    };
  }, [focus]);

  const contents = (
    <>
      <header>
        <h2 id={heading}>{title}</h2>
        <Sigil />
      </header>
      {children}
    </>
  );
  return (
    <dialog
      ref={dialog}
      role={role}
      class={wide ? "wide" : ""}
      aria-labelledby={heading}
      aria-describedby={describedBy}
      onCancel={(event) => {
        // A file picker's own `cancel` bubbles up to here, and ends nothing.
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        onCancel();
      }}
      // Chromium closes on a second Escape whatever `cancel` says.
      onClose={() => shown.current && onCancel()}
    >
      {sight ? (
        <Sighted sight={sight} dialog={dialog} focus={focus}>
          {contents}
        </Sighted>
      ) : (
        contents
      )}
    </dialog>
  );
}
