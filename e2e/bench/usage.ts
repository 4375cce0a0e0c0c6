// What processes have used, by Linux's own accounts in /proc.

import { readFileSync } from "node:fs";
import { descendants } from "../fixtures/processes.ts";

/** Of a clock tick in /proc/<pid>/stat; Linux has had 100 a second for user space on every machine for decades. */
const TICK_SECONDS = 0.01;

export interface Usage {
  readonly cpuSeconds: number;
  /** Memory of its own, in bytes: neither files nor what is shared. */
  readonly privateBytes: number;
}

export function usageOf(pids: readonly number[]): Usage {
  let ticks = 0;
  let kilobytes = 0;
  for (const pid of pids) {
    const stat = read(`/proc/${pid}/stat`);
    // Behind the name in parentheses, which may hold anything: state is field 3, utime 14, stime 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
    kilobytes += Number(/^RssAnon:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  }
  return { cpuSeconds: ticks * TICK_SECONDS, privateBytes: kilobytes * 1024 };
}

/** Memory in bytes, with what several of them share counted once and divided. Reading it takes the kernel a while. */
export function proportionalBytes(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0));
  return kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
}

/** Those below `pid` that were started with this argument. Chromium's write their arguments as one line. */
export function descendantsWith(pid: number, argument: string): number[] {
  return descendants(pid).filter((child) => read(`/proc/${child}/cmdline`).split(/[\0 ]/).includes(argument));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it has ended meanwhile
  }
}
