// Has the frame stood still under the pointer? A page around it may move it there at the last moment. Screen coordinates minus
// those inside the frame say where the frame is, so they must have agreed for half a second before a press counts. Pure.
//
// A mouse that has just come in waits half a second, for nobody can say where the frame was before. A finger has no way of being
// near: the first tap after the frame has moved only says where it is, and the same tap once more counts. Keys need none of
// this: they go where the focus is, and that alone starts the second anew (visibility.ts).

/** A pointer event, in the pixels of its kind; `at` in ms. */
export interface Sample {
  readonly at: number;
  readonly screenX: number;
  readonly screenY: number;
  readonly clientX: number;
  readonly clientY: number;
}

/** An unbroken row of samples that agree. */
export interface Stillness {
  readonly first: Sample;
  /** How many screen pixels a CSS pixel may be, by all samples so far: the browser tells no frame how far it is zoomed. */
  readonly scales: readonly number[];
}

export const STILL_FOR = 500;

/** Chromium's own steps of zooming (components/zoom/page_zoom_constants). */
const SCALES: readonly number[] = [0.25, 0.33, 0.5, 0.67, 0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5];
/** Of coordinates: they are rounded on both sides. */
const ROUNDING = 1;

/** Goes on with what was still, or begins anew from this sample. */
export function follow(before: Stillness | undefined, sample: Sample): Stillness {
  const scales = before?.scales.filter((scale) => agree(before.first, sample, scale)) ?? [];
  return before && scales.length > 0 ? { first: before.first, scales } : { first: sample, scales: SCALES };
}

/** Undefined while no pointer is known to be in the frame. */
export function isStill(stillness: Stillness | undefined, now: number): boolean {
  return stillness !== undefined && now - stillness.first.at >= STILL_FOR;
}

function agree(one: Sample, other: Sample, scale: number): boolean {
  const across = other.screenX - one.screenX - scale * (other.clientX - one.clientX);
  const down = other.screenY - one.screenY - scale * (other.clientY - one.clientY);
  return Math.abs(across) <= ROUNDING + scale && Math.abs(down) <= ROUNDING + scale;
}
