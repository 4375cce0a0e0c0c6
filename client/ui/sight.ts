// Inside somebody else's page a dialog may decide only while it can be seen for certain: the page could lie over it, make it
// transparent, or move it under the pointer. On a page of our own there is nothing to prove, and no sight is provided.

import type { ReadonlySignal } from "@preact/signals";
import { type ComponentChildren, createContext } from "preact";

/** Why a dialog cannot be seen for certain. */
export type Unseen =
  /** The browser has not said anything yet. */
  | "unknown"
  /** Something lies over it, or over the frame, or makes it transparent. */
  | "covered"
  /** Part of it lies outside of what the window shows. */
  | "outside"
  /** The frame is smaller than 320x240. */
  | "small"
  /** The dialog is larger than the frame, and would have to be scrolled. */
  | "cut"
  /** The person is not in the frame. */
  | "unfocused"
  /** All is well, but not yet for a second. */
  | "settling";

export interface Sight {
  /** Watches a dialog from its opening on. */
  watch(dialog: HTMLElement): Watch;
  /** What stands in the dialog, in place of all its controls, while it cannot be seen for certain. */
  instead(why: Unseen): ComponentChildren;
}

export interface Watch {
  /** Undefined once it has been seen whole, without a break, for a second. */
  readonly unseen: ReadonlySignal<Unseen | undefined>;
  /** False while the pointer has not been in the frame for long enough to press anything. */
  readonly still: ReadonlySignal<boolean>;
  /** To be asked at everything that may decide, and at the press that leads to it: looks once more, now. */
  permits(event: Event): boolean;
  stop(): void;
}

export const SightContext = createContext<Sight | undefined>(undefined);
