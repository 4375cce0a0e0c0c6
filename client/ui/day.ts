// Dates as people say them.

const dates = new Intl.DateTimeFormat("en", { year: "numeric", month: "long", day: "numeric" });

/** `time` in ms since 1970; a date that was never noted is said to be unknown, not guessed. */
export function formatDay(time: number | undefined): string {
  return time === undefined || !Number.isFinite(time) ? "on an unknown date" : `on ${dates.format(new Date(time))}`;
}

const moments = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short", hourCycle: "h23" });

/** `time` in ms since 1970, by the clock on the person's wall. */
export function formatMoment(time: number): string {
  return moments.format(new Date(time));
}
