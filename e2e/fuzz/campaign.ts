// Feeds targets with mutated packets and watches: what is thrown, how long an input takes, what stays in memory. Stops at
// the first finding, with the fewest packets that still show it.

import { channels } from "./channels.ts";
import { Choices } from "./choices.ts";
import { decoders } from "./decoders.ts";
import { knownHosts } from "./known-hosts.ts";
import { logins } from "./logins.ts";
import { sessions } from "./sessions.ts";
import { stack } from "./stack.ts";
import { isNamed, type Life, type Target } from "./target.ts";

export const TARGETS: readonly Target[] = [decoders, channels, logins, stack, sessions, knownHosts];

/** Packets for one life at most: what is dead earlier makes room for the next. */
const LIFE = 24;
/** Of CPU, for one input. */
export const SLOW_MS = 250;

export interface Finding {
  readonly target: string;
  /** With the seed, what repeats it. */
  readonly index: number;
  readonly what: unknown;
  /** The payloads that still show it, in order. */
  readonly payloads: readonly Uint8Array[];
}

export interface Tally {
  packets: number;
  lives: number;
  /** Lives that ended before their last packet: with a named error, as they should. */
  refused: number;
  slowest: number;
}

export const freshTally = (): Tally => ({ packets: 0, lives: 0, refused: 0, slowest: 0 });

/** Rejections and exceptions that nobody handled belong to the input that was fed last. */
const stray: unknown[] = [];
let watching = false;
export function watchStrays(): void {
  if (watching) return;
  watching = true;
  process.on("unhandledRejection", (reason) => stray.push(reason));
  process.on("uncaughtException", (error) => stray.push(error));
}

/** One life: fed until it dies or has had enough. Returns what was found. */
export async function live(target: Target, seed: number, index: number, tally: Tally): Promise<Finding | undefined> {
  const fed: Uint8Array[] = [];
  const what = await once(target, new Choices(seed, TARGETS.indexOf(target), index), LIFE, undefined, fed, tally);
  if (what === undefined) return undefined;
  return { target: target.name, index, what, payloads: await shrink(target, seed, index, fed) };
}

/** The same life, or one with other payloads: `given` instead of what the dice would say. Resolves to what was wrong. */
async function once(
  target: Target,
  choices: Choices,
  count: number,
  given: readonly Uint8Array[] | undefined,
  fed: Uint8Array[],
  tally: Tally,
): Promise<unknown> {
  stray.length = 0;
  tally.lives++;
  let wrong: unknown;
  let life: Life | undefined;
  const judge = (error: unknown) => {
    if (!isNamed(error)) wrong ??= error;
  };
  try {
    life = await target.begin(choices);
    let alive = true;
    for (let i = 0; i < count && alive && wrong === undefined; i++) {
      const payload = given?.[i] ?? life.next(choices);
      fed.push(payload.slice());
      tally.packets++;
      const before = process.cpuUsage();
      const fedTo = life.feed(payload);
      alive = typeof fedTo === "boolean" ? fedTo : await fedTo;
      const { user, system } = process.cpuUsage(before);
      const milliseconds = (user + system) / 1000;
      tally.slowest = Math.max(tally.slowest, milliseconds);
      if (milliseconds > SLOW_MS) wrong = new Error(`${Math.round(milliseconds)} ms of CPU for one input`);
    }
    if (!alive) tally.refused++;
  } catch (error) {
    tally.refused++;
    judge(error);
  }
  try {
    await life?.end?.();
  } catch (error) {
    judge(error);
  }
  // Node tells of unhandled rejections when its queues have run dry.
  await new Promise<void>((resolve) => setImmediate(resolve));
  return wrong ?? stray.shift();
}

/** Leaves out packet after packet as long as the finding stays. */
async function shrink(target: Target, seed: number, index: number, fed: Uint8Array[]): Promise<readonly Uint8Array[]> {
  let kept = fed;
  for (let i = kept.length - 1; i >= 0 && kept.length > 1; i--) {
    const fewer = kept.filter((_, at) => at !== i);
    const dice = new Choices(seed, TARGETS.indexOf(target), index);
    const still = await once(target, dice, fewer.length, fewer, [], freshTally());
    if (still !== undefined) kept = fewer;
  }
  return kept;
}
