// What issue 3 asks of the engine's speed, as data, and what this run says to it: ratios of one round each, their median.

import type { MemoryPeaks } from "./memory.ts";
import { type Rounds, ratio } from "./report.ts";

interface Goal {
  readonly what: string;
  readonly of: string;
  readonly to: string;
  readonly at: "least" | "most";
  readonly goal: number;
}

const least = (what: string, of: string, to: string, goal: number): Goal => ({ what, of, to, at: "least", goal });
const most = (what: string, of: string, to: string, goal: number): Goal => ({ what, of, to, at: "most", goal });

const GOALS: readonly Goal[] = [
  least("download aes128-gcm / raw relay", "periwinkle aes128-gcm down", "raw down", 0.7),
  least("upload aes128-gcm / raw relay", "periwinkle aes128-gcm up", "raw up", 0.65),
  least("download aes256-ctr, etm / raw relay", "periwinkle aes256-ctr down", "raw down", 0.5),
  least("upload aes256-ctr, etm / raw relay", "periwinkle aes256-ctr up", "raw up", 0.5),
  least("download chacha20-poly1305 / raw relay", "periwinkle chacha20-poly1305 down", "raw down", 0.35),
  least("upload chacha20-poly1305 / raw relay", "periwinkle chacha20-poly1305 up", "raw up", 0.35),
  least("download aes256-gcm / dev-tunnels", "periwinkle aes256-gcm down", "dev-tunnels aes256-gcm down", 1.5),
  least("upload aes256-gcm / dev-tunnels", "periwinkle aes256-gcm up", "dev-tunnels aes256-gcm up", 1.5),
  most("CPU per GB down / dev-tunnels", "periwinkle aes256-gcm down cpu", "dev-tunnels aes256-gcm down cpu", 0.75),
  most("CPU per GB up / dev-tunnels", "periwinkle aes256-gcm up cpu", "dev-tunnels aes256-gcm up cpu", 0.75),
  most("echo p50 / dev-tunnels", "periwinkle aes256-gcm echo", "dev-tunnels aes256-gcm echo", 1),
  most("connect to first output / native ssh, whole", "periwinkle connect", "native aes128-gcm connect", 0.5),
  most("connect, curve25519 / dev-tunnels", "periwinkle connect curve25519", "dev-tunnels connect", 1.15),
];

/** Milliseconds that a post-quantum exchange may cost beside curve25519 alone. */
const POST_QUANTUM_MS = 30;
const MEMORY_LIMIT = 64 * 1024 * 1024;

export function judge(measured: Rounds, memory: MemoryPeaks | undefined): void {
  const rows = GOALS.map(({ what, of, to, at, goal }) => {
    const [low, middle, high] = ratio(measured, { of, to });
    const met = at === "least" ? middle >= goal : middle <= goal;
    const range = `${low.toFixed(2)} .. ${high.toFixed(2)}`;
    return [what, `${at === "least" ? ">=" : "<="} ${goal.toFixed(2)}`, middle.toFixed(2), range, verdict(met)];
  });
  for (const exchange of ["sntrup761", "mlkem768"]) {
    const [low, middle, high] = difference(measured, `periwinkle connect ${exchange}`, "periwinkle connect curve25519");
    if (!Number.isFinite(middle)) continue;
    rows.push([
      `connect, ${exchange} - curve25519`,
      `<= ${POST_QUANTUM_MS} ms`,
      `${middle.toFixed(0)} ms`,
      `${low.toFixed(0)} .. ${high.toFixed(0)}`,
      verdict(middle <= POST_QUANTUM_MS),
    ]);
  }
  for (const [way, bytes] of Object.entries(memory ?? {}))
    rows.push([
      `1 GiB ${way}: memory over idle`,
      `<= ${megabytes(MEMORY_LIMIT)}`,
      megabytes(bytes),
      "",
      verdict(bytes <= MEMORY_LIMIT),
    ]);
  // As the README shows it.
  console.log("\n| medians of the rounds' own ratios | goal | measured | min .. max | |\n|---|---|---|---|---|");
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}

const verdict = (met: boolean) => (met ? "met" : "MISSED");
const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;

function difference(rounds: Rounds, of: string, from: string): readonly [number, number, number] {
  const others = rounds.get(from) ?? [];
  const sorted = (rounds.get(of) ?? []).map((value, i) => value - (others[i] ?? Number.NaN)).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return [at(0), at(0.5), at(1)];
}
