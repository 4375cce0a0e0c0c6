// Tab belongs to the shell, so the keyboard needs another way out of the terminal (WCAG 2.1.2, no keyboard trap).

/** Said to screen readers where the terminal has the focus. */
export const TERMINAL_LABEL = "Terminal. Control Shift Enter leaves it.";

export const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select, textarea, [tabindex]";

/** Moves the focus to what follows `container` on the page, or to the page's first control when nothing follows. */
export function leave(container: HTMLElement): void {
  const others = [...document.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) => !container.contains(element) && element.tabIndex >= 0 && element.checkVisibility(),
  );
  const next = others.find(
    (element) => (container.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0,
  );
  const target = next ?? others[0];
  if (target) target.focus();
  else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
