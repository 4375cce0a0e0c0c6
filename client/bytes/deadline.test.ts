import { describe, expect, it } from "vitest";
import type { Clock } from "./clock.ts";
import { deadline } from "./deadline.ts";

/** Timers that ring only when told to, however late that is. */
function sleepyClock() {
  let now = 0;
  let timers: { readonly at: number; readonly ring: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    after(ms, ring) {
      const timer = { at: now + ms, ring };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  return {
    clock,
    /** Time passes in one leap; then rings what was due. */
    leap(ms: number) {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { ring } of due) ring();
    },
    waiting: () => timers.length,
  };
}

describe("a deadline", () => {
  it("passes at its time, or a little after it", () => {
    for (const ms of [30_000, 34_000]) {
      const { clock, leap, waiting } = sleepyClock();
      let passed = 0;
      deadline(clock, 30_000, () => passed++);
      leap(29_999);
      expect(passed).toBe(0);
      leap(ms - 29_999);
      expect([passed, waiting()]).toEqual([1, 0]);
    }
  });

  it("pitfalls 46, 55: after eight hours of sleep the other side has ten seconds more", () => {
    const { clock, leap } = sleepyClock();
    let passed = 0;
    deadline(clock, 30_000, () => passed++);
    leap(8 * 3_600_000);
    expect(passed).toBe(0);
    leap(9_999);
    expect(passed).toBe(0);
    leap(1);
    expect(passed).toBe(1);
  });

  it("passes in the end where every timer is late", () => {
    const { clock, leap, waiting } = sleepyClock();
    let passed = 0;
    deadline(clock, 30_000, () => passed++);
    for (let minute = 0; minute < 4; minute++) leap(60_000);
    expect([passed, waiting()]).toEqual([1, 0]);
  });

  it("never passes once it was cancelled, also in its grace", () => {
    const { clock, leap, waiting } = sleepyClock();
    let passed = 0;
    const cancel = deadline(clock, 30_000, () => passed++);
    leap(60_000);
    expect(waiting()).toBe(1);
    cancel();
    leap(60_000);
    expect([passed, waiting()]).toEqual([0, 0]);
  });
});
