// The ladder as a value: what each step of a connection is doing, and how long it took. Pure.

import { STEPS, type Step } from "../switchboard/messages.ts";

export type Rung =
  | { readonly kind: "waiting" }
  /** `elapsed` is the worker's count at the step's beginning, `at` the page's clock, both in ms. */
  | { readonly kind: "climbing"; readonly elapsed: number; readonly at: number }
  | { readonly kind: "done"; readonly took: number }
  | { readonly kind: "failed"; readonly took: number | undefined };

export type Ladder = Readonly<Record<Step, Rung>>;

/** The page's own rung is proved before a connection can begin (surroundings.ts). */
export function startLadder(): Ladder {
  const rungs = Object.fromEntries(STEPS.map((step) => [step, { kind: "waiting" }])) as Record<Step, Rung>;
  return { ...rungs, page: { kind: "done", took: 0 } };
}

/** `elapsed` is in ms as the worker counts it; `now` is the page's clock. A step done stays done. */
export function climb(ladder: Ladder, step: Step, state: "begun" | "done", elapsed: number, now: number): Ladder {
  const rung = ladder[step];
  if (rung.kind === "done" && step !== "page") return ladder;
  if (state === "begun") return { ...ladder, [step]: { kind: "climbing", elapsed, at: now } };
  const took = rung.kind === "climbing" ? Math.max(0, elapsed - rung.elapsed) : elapsed;
  return { ...ladder, [step]: { kind: "done", took } };
}

/** The connection ended on `step`; without one, on the step that was being climbed, else on the first that was not done. */
export function fall(ladder: Ladder, step: Step | undefined, now: number): Ladder {
  const where =
    step ??
    STEPS.find((name) => ladder[name].kind === "climbing") ??
    STEPS.find((name) => ladder[name].kind === "waiting");
  if (where === undefined) return ladder;
  const rung = ladder[where];
  return { ...ladder, [where]: { kind: "failed", took: rung.kind === "climbing" ? now - rung.at : undefined } };
}

export function currentStep(ladder: Ladder): Step | undefined {
  return STEPS.findLast((step) => ladder[step].kind === "climbing" || ladder[step].kind === "failed");
}

/** "4 ms", "1.2 s", "2 min": short enough for the margin; nothing for less than a millisecond. */
export function formatTook(took: number | undefined): string {
  if (took === undefined || took < 0.5) return "";
  if (took < 1000) return `${Math.round(took)} ms`;
  if (took < 59_950) return `${(took / 1000).toFixed(1)} s`;
  return `${Math.round(took / 60_000)} min`;
}
