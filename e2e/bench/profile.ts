// `npm run bench -- --profile`: where the worker's time goes, function by function, for each way and cipher.

import type { BarePage, CpuProfile } from "./chromium.ts";
import { printTable } from "./report.ts";

const SHOWN = 18;

/** Milliseconds of each function's own time; what the worker slept is no work. */
export function ownTimes({ nodes, samples, timeDeltas }: CpuProfile): readonly (readonly [string, number])[] {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName === "" ? "(anonymous)" : functionName}${url === "" ? "" : ` :${lineNumber + 1}`}`,
    ]),
  );
  const times = new Map<string, number>();
  samples.forEach((id, i) => {
    const name = names.get(id) ?? "?";
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[i] ?? 0) / 1000);
  });
  return [...times].filter(([name]) => !name.startsWith("(idle)")).sort(([, a], [, b]) => b - a);
}

export async function printProfile(
  page: BarePage,
  title: string,
  megabytes: number,
  work: () => Promise<unknown>,
): Promise<void> {
  const times = ownTimes(await page.profile("periwinkle", work));
  const sum = times.reduce((total, [, time]) => total + time, 0);
  printTable(
    `${title}: ${(sum / megabytes).toFixed(2)} s/GB in the worker`,
    ["own time", "ms", "%"],
    times.slice(0, SHOWN).map(([name, time]) => [name, time.toFixed(0), ((100 * time) / sum).toFixed(1)]),
  );
}
