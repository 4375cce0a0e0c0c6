// Which rows of a long list are drawn: those in sight, some around them, and the one that has the focus. All rows are equally high.

/** Drawn before and after what is in sight, so that a quick scroll shows no gap. */
const AROUND = 8;

export interface ListWindow {
  readonly height: number;
  readonly scrollTop: number;
  readonly rowHeight: number;
  readonly count: number;
}

/** From `first` up to and without `end`. */
export function rowsInSight({ height, scrollTop, rowHeight, count }: ListWindow): { first: number; end: number } {
  const first = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight)) - AROUND);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + AROUND);
  return { first, end: Math.max(first, end) };
}

/** Where to scroll so that this row is wholly in sight, and no further. */
export function scrollToShow(row: number, { height, scrollTop, rowHeight }: ListWindow): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - height);
}

/** The row that a key leads to; undefined for a key that leads nowhere. */
export function rowAfterKey(key: string, row: number, { height, rowHeight, count }: ListWindow): number | undefined {
  const page = Math.max(1, Math.floor(height / rowHeight) - 1);
  const steps: Readonly<Record<string, number>> = {
    ArrowUp: -1,
    ArrowDown: 1,
    PageUp: -page,
    PageDown: page,
    Home: -count,
    End: count,
  };
  const step = steps[key];
  return step === undefined || count === 0 ? undefined : Math.max(0, Math.min(count - 1, row + step));
}
