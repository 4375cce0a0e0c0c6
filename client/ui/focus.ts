// Moving the focus. Inside somebody else's page it is not ours to take: what is shown there gets the focus only where the
// frame has it already, because the person is in it.

/** Is this a frame in a page, rather than a page? */
export const framed = (): boolean => window.parent !== window;

export const mayTakeFocus = (): boolean => !framed() || document.hasFocus();

export function takeFocus(element: HTMLElement | null | undefined, options?: FocusOptions): void {
  if (mayTakeFocus()) element?.focus(options);
}
