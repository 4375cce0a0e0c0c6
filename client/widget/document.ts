// What the page around may do to this document: choose light or dark, and give it the focus.

import { FOCUSABLE } from "../terminal/leaving.ts";
import type { Scheme } from "./parent-messages.ts";

/** Without one the system's holds. By an attribute, since the build turns `light-dark()` into rules. */
export function setScheme(scheme: Scheme): void {
  document.documentElement.dataset.scheme = scheme;
}

/** The first control that can be used now, of a dialog where one is open. */
export function focusControl(): void {
  const place = document.querySelector("dialog[open]") ?? document;
  const usable = (element: HTMLElement): boolean =>
    element.tabIndex >= 0 &&
    element.closest("[inert]") === null &&
    element.checkVisibility({ visibilityProperty: true });
  [...place.querySelectorAll<HTMLElement>(FOCUSABLE)].find(usable)?.focus();
}
