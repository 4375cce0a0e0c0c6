// The end of a bounded wait, on a machine that may sleep or slow its timers down: a timer that rings late says nothing of
// the other side, whose answer may lie unread in the socket (pitfalls 46 and 55).

import type { Clock } from "./clock.ts";

/** Rung so much later than it was set for, a timer has been held up here. */
const LATE_MS = 5_000;
/** Then the other side has so long again. */
const GRACE_MS = 10_000;
/** In a throttled page every timer is late; a wait must end there too. */
const GRACES = 3;

/** Calls `passed` once after `ms`, or some seconds after the machine is back; the result cancels it. */
export function deadline(clock: Clock, ms: number, passed: () => void): () => void {
  let cancel: () => void = () => {};
  const wait = (time: number, graces: number) => {
    const due = clock.now() + time;
    cancel = clock.after(time, () => {
      if (graces > 0 && clock.now() - due > LATE_MS) wait(GRACE_MS, graces - 1);
      else passed();
    });
  };
  wait(ms, GRACES);
  return () => cancel();
}
