// A small picture that only this browser knows. Real dialogs of Periwinkle carry it; a program in the terminal that draws
// a dialog of its own cannot, because it never learns the picture.

const KEY = "periwinkle.sigil";
const SIDE = 5;
const HALF = 3;
/** Fifteen cells mirrored, and one of eight tints. */
const BITS = SIDE * HALF;
const TINTS = 8;

let known: number | undefined;

/** The random number behind the picture: made once, kept in this browser; a page without storage has one per visit. */
function sigilSeed(): number {
  known ??= stored() ?? fresh();
  return known;
}

function stored(): number | undefined {
  try {
    const text = localStorage.getItem(KEY) ?? "";
    return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

function fresh(): number {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  try {
    localStorage.setItem(KEY, String(seed));
  } catch {
    // Storage denied: the picture lasts as long as the page.
  }
  return seed;
}

/** The filled cells as [column, row], mirrored left to right. */
export function sigilCells(seed: number): (readonly [number, number])[] {
  const cells: (readonly [number, number])[] = [];
  for (let bit = 0; bit < BITS; bit++) {
    if (((seed >>> bit) & 1) === 0) continue;
    const column = bit % HALF;
    const row = Math.floor(bit / HALF);
    cells.push([column, row]);
    if (column !== SIDE - 1 - column) cells.push([SIDE - 1 - column, row]);
  }
  return cells;
}

export function Sigil() {
  const seed = sigilSeed();
  return (
    <svg class={`sigil tint-${(seed >>> BITS) % TINTS}`} width="30" height="30" viewBox="-1 -1 7 7" role="img">
      <title>This browser's mark: every dialog of Periwinkle shows the same picture</title>
      {sigilCells(seed).map(([x, y]) => (
        <rect key={`${x} ${y}`} x={x} y={y} width="1.02" height="1.02" />
      ))}
    </svg>
  );
}
