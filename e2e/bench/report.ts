// Ratios, not megabytes: only what was measured side by side in one run can be compared.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** One number a round, by the name of what was measured. */
export type Rounds = ReadonlyMap<string, readonly number[]>;

interface Ratio {
  readonly of: string;
  readonly to: string;
}

/** min / median / max of the per-round ratios. */
export function ratio(rounds: Rounds, { of, to }: Ratio): readonly [number, number, number] {
  const denominators = rounds.get(to) ?? [];
  const ratios = (rounds.get(of) ?? [])
    .map((value, i) => value / (denominators[i] ?? Number.NaN))
    .filter(Number.isFinite);
  return [Math.min(...ratios), median(ratios), Math.max(...ratios)];
}

export function printTable(title: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  console.log(`\n${title}\n${line(header)}\n${widths.map((width) => "-".repeat(width)).join("  ")}`);
  for (const row of rows) console.log(line(row));
}
