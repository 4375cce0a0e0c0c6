// A clock that stands still until a test moves it.

import type { Clock } from "../../client/bytes/clock.ts";

export interface ManualClock extends Clock {
  /** Moves on, ringing what is due, in order. */
  advance(ms: number): void;
  /** The machine sleeps: what was due meanwhile rings once, late. */
  sleep(ms: number): void;
  /** Timers that were set and neither rang nor were cancelled. */
  readonly pending: number;
}

export function manualClock(): ManualClock {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly ring: () => void }>();
  return {
    now: () => now,
    after(ms, ring) {
      const timer = { at: now + ms, ring };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        now = due.at;
        timers.delete(due);
        due.ring();
      }
      now = end;
    },
    sleep(ms) {
      now += ms;
      const due = [...timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
      for (const timer of due) if (timers.delete(timer)) timer.ring();
    },
    get pending() {
      return timers.size;
    },
  };
}
