/** "<1 ms", "12 ms", "1.2 s": no wider than a status line has room for. */
export function formatRoundTrip(milliseconds: number): string {
  if (milliseconds < 1) return "<1 ms";
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
