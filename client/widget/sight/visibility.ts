// Can a dialog in a frame be seen for certain? Decided over facts: what IntersectionObserver v2 says of it (Intersection
// Observer, 3.2.4 "compute visibility"), and what only this document knows. Pure.

import type { Unseen } from "../../ui/sight.ts";

export const SMALLEST = { width: 320, height: 240 } as const;
/** How long it must have been seen, without a break, before anything can be pressed; in ms. */
export const SEEN_FOR = 1000;

interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Facts {
  /** The browser's last word; undefined before the first one. */
  readonly observed: Observed | undefined;
  /** What the dialog holds, and how much of that it shows, in CSS pixels. */
  readonly contents: Box;
  readonly view: Box;
  readonly frame: Box;
  /** Is the keyboard's focus in this frame? */
  readonly focused: boolean;
  /** Is the tab in the background? */
  readonly hidden: boolean;
  /** Is the dialog drawn as it is laid out, see `isPlain`? */
  readonly plain: boolean;
}

export interface Observed {
  /** Nothing lies over it, and nothing around it distorts it or makes it transparent. */
  readonly isVisible: boolean;
  readonly target: Box;
  /** The part of it that is inside of every frame and window around it. */
  readonly seen: Box;
}

/** Undefined where nothing stands in the way at this moment. What the person can do something about comes first. */
export function obstacle(facts: Facts): Exclude<Unseen, "settling"> | undefined {
  const { observed, contents, view, frame, focused, hidden, plain } = facts;
  if (frame.width < SMALLEST.width || frame.height < SMALLEST.height) return "small";
  // Half a pixel is what zooming leaves over.
  if (exceeds(contents, view)) return "cut";
  if (!focused || hidden) return "unfocused";
  if (observed === undefined) return "unknown";
  if (observed.target.width <= 0 || observed.target.height <= 0 || exceeds(observed.target, observed.seen))
    return "outside";
  if (!observed.isVisible || !plain) return "covered";
  return undefined;
}

function exceeds(box: Box, room: Box): boolean {
  return box.width > room.width + 1 || box.height > room.height + 1;
}

/** The styles that can show something else than the layout says, or something else a moment later. */
export const DISTORTING = {
  transform: "none",
  translate: "none",
  rotate: "none",
  scale: "none",
  perspective: "none",
  filter: "none",
  "backdrop-filter": "none",
  "clip-path": "none",
  "mask-image": "none",
  "mix-blend-mode": "normal",
  "animation-name": "none",
  opacity: "1",
  zoom: "1",
} as const;

/** `value` is what is computed for a property of the element, empty where the browser does not know the property. */
export function isPlain(value: (property: string) => string): boolean {
  return Object.entries(DISTORTING).every(([property, plain]) => [plain, ""].includes(value(property)));
}
