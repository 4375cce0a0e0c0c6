// The few keys that are not the shell's: copy, paste, and the way out of the terminal for whoever has only a keyboard.
// Tab and all else go to the shell.

export type Chord = "copy" | "paste" | "leave";

interface Keys {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

interface Row {
  readonly chord: Chord;
  readonly code: string;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly meta: boolean;
}

/** Cmd+C and Cmd+V exist on a Mac only; Ctrl+C and Ctrl+V stay interrupt and literal-next everywhere. */
const CHORDS: readonly Row[] = [
  { chord: "copy", code: "KeyC", ctrl: true, shift: true, meta: false },
  { chord: "copy", code: "Insert", ctrl: true, shift: false, meta: false },
  { chord: "copy", code: "KeyC", ctrl: false, shift: false, meta: true },
  { chord: "paste", code: "KeyV", ctrl: true, shift: true, meta: false },
  { chord: "paste", code: "Insert", ctrl: false, shift: true, meta: false },
  { chord: "paste", code: "KeyV", ctrl: false, shift: false, meta: true },
  { chord: "leave", code: "Enter", ctrl: true, shift: true, meta: false },
];

/** The letter counts, not its place: on Dvorak or AZERTY, C is where the person finds C. */
function pressed({ key, code }: Keys): string {
  return /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : code;
}

export function chordOf(event: Keys): Chord | undefined {
  if (event.altKey) return undefined;
  const code = pressed(event);
  return CHORDS.find(
    (row) =>
      row.code === code && row.ctrl === event.ctrlKey && row.shift === event.shiftKey && row.meta === event.metaKey,
  )?.chord;
}
