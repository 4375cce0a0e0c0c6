// `npm run fuzz -- [packets] [seed] [part]`: every bit of several recorded connections flipped and each cut at every byte
// (part "bits"), floods at full size ("floods"), and ten million mutated packets ("packets"), a million lines of known hosts
// among them; a target's name as the part gives them all to that target. Ends with 1 at the first finding, and says how to
// repeat it: `npm run fuzz -- only <target> <index> <seed>`.

import { FLOODS, pour } from "../scripted/floods.ts";
import { type Finding, freshTally, live, TARGETS, type Tally, watchStrays } from "./campaign.ts";
import { flipped, SLOW_REPLAY_MS, truncated, uncovered, wrongWith } from "./flips.ts";
import { watchWebCrypto } from "./quiet.ts";
import { record } from "./recording.ts";
import { SUBJECTS } from "./subjects.ts";
import type { Target } from "./target.ts";

const PACKETS = 10_000_000;
/** Over what is there after warming up. What is kept for every packet, however little, grows past it. */
const HEAP_GROWTH = 64 * 1024 * 1024;
const REPORT_MS = 10_000;

const args = process.argv.slice(2);
const began = performance.now();
const elapsed = () => `${((performance.now() - began) / 1000).toFixed(0)} s`;
const say = (line: string) => void process.stdout.write(`${line}\n`);

function fail(line: string): never {
  say(`FOUND: ${line}`);
  process.exit(1);
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function report({ target, index, what, payloads }: Finding, seed: number): never {
  say(what instanceof Error ? (what.stack ?? what.message) : String(what));
  for (const payload of payloads) say(`  payload ${Buffer.from(payload).toString("hex").slice(0, 4000)}`);
  fail(`${target}, repeated by: npm run fuzz -- only ${target} ${index} ${seed}`);
}

async function bitsAndBytes(): Promise<void> {
  for (const subject of SUBJECTS) {
    const recording = await record(subject);
    const harmless = uncovered(recording);
    const ends = new Map<string, number>();
    let slowest = 0;
    const note = (what: string, replayed: Awaited<ReturnType<typeof flipped>>, free: boolean) => {
      const wrong = wrongWith(replayed, free);
      if (wrong !== undefined) fail(`${subject.name}: ${what}: ${wrong}`);
      ends.set(replayed.end, (ends.get(replayed.end) ?? 0) + 1);
      slowest = Math.max(slowest, replayed.milliseconds);
      if (replayed.milliseconds > SLOW_REPLAY_MS) fail(`${subject.name}: ${what}: ${replayed.milliseconds} ms of CPU`);
    };
    for (let bit = 0; bit < 8 * recording.length; bit++)
      note(`bit ${bit & 7} of byte ${bit >> 3} flipped`, await flipped(recording, bit), harmless(bit >> 3));
    for (let length = 0; length < recording.length; length++)
      note(`cut at byte ${length}`, await truncated(recording, length), false);
    const counts = [...ends].map(([end, count]) => `${end} ${count}`).join(", ");
    say(`${elapsed()}: ${subject.name}: ${recording.length} bytes: ${counts}; slowest ${slowest.toFixed(0)} ms`);
  }
}

async function floods(): Promise<void> {
  for (const flood of FLOODS) {
    const before = heapUsed();
    const wrong = await pour(flood, flood.times);
    const grown = heapUsed() - before;
    if (wrong !== undefined) fail(`flood of ${flood.title}: ${wrong}`);
    if (grown > HEAP_GROWTH) fail(`flood of ${flood.title}: ${grown} bytes stay`);
    say(`${elapsed()}: flood of ${flood.times} x ${flood.title}: ${Math.round(grown / 1024)} KiB stay`);
  }
}

async function mutated(packets: number, seed: number, targets: readonly Target[]): Promise<void> {
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const tallies = new Map(targets.map((target) => [target, freshTally()] as const));
  const total = () => [...tallies.values()].reduce((sum, tally) => sum + tally.packets, 0);
  let reported = performance.now();
  let base: number | undefined;
  while (total() < packets) {
    for (const [target, tally] of tallies) {
      const until = ((total() + 20_000) * target.share) / shares;
      while (tally.packets < until) {
        const finding = await live(target, seed, tally.lives, tally);
        if (finding) report(finding, seed);
      }
    }
    const heap = heapUsed();
    base ??= heap;
    if (heap - base > HEAP_GROWTH) fail(`the heap has grown by ${heap - base} bytes after ${total()} packets`);
    if (performance.now() - reported < REPORT_MS && total() < packets) continue;
    reported = performance.now();
    say(
      `${elapsed()}: ${total()} packets, heap ${Math.round(heap / 2 ** 20)} MiB; ${[...tallies].map(line).join("; ")}`,
    );
  }
}

const line = ([target, { packets, lives, refused, slowest }]: readonly [{ readonly name: string }, Tally]): string =>
  `${target.name} ${packets} in ${lives} lives, ${refused} refused, slowest ${slowest.toFixed(0)} ms`;

watchStrays();
watchWebCrypto();
if (args[0] === "only") {
  const target = TARGETS.find(({ name }) => name === args[1]);
  if (!target) fail(`no target ${args[1]}`);
  const [index, seed] = [Number(args[2]), Number(args[3])];
  const finding = await live(target, seed, index, freshTally());
  if (finding) report(finding, seed);
  say("nothing found");
} else {
  const packets = Number(args[0] ?? PACKETS);
  const seed = Number(args[1] ?? Date.now() % 2 ** 32);
  say(`${packets} mutated packets with seed ${seed}`);
  const wanted = (part: string) => args[2] === undefined || args[2] === part;
  if (wanted("packets")) await mutated(packets, seed, TARGETS);
  for (const target of TARGETS) if (args[2] === target.name) await mutated(packets, seed, [target]);
  if (wanted("floods")) await floods();
  if (wanted("bits")) await bitsAndBytes();
  say(`${elapsed()}: nothing found`);
}
process.exit(0);
