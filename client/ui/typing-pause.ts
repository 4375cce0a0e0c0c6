// A key that is typed at one thing must not press another that has just taken its place: a line typed while the connection
// dies ends in an Enter that is meant for the shell. So a button that takes the focus by itself is pressed by a key only
// after a pause in the typing; the pointer is always free.

import { useEffect, useMemo } from "preact/hooks";

/** Longer than between the keys of a slow typist, shorter than it takes to read what the button says. */
const PAUSE = 700;

export class TypingPause {
  #last: number;
  #paused = false;

  /** All times in ms by one clock. */
  constructor(now: number) {
    this.#last = now;
  }

  /** Every key that goes down, repetitions of a held one too. */
  keyDown(now: number): void {
    this.#paused = now - this.#last >= PAUSE;
    this.#last = now;
  }

  /** Was there a pause before the last key, or since? The latter is for clicks that no key made: assistive software's. */
  paused(now: number): boolean {
    return this.#paused || now - this.#last >= PAUSE;
  }
}

/** Is this click meant? `since` changes when what the button does has changed. */
export function useMeantClick(since: unknown = undefined): (event: MouseEvent) => boolean {
  const typing = useMemo(() => new TypingPause(performance.now()), [since]);
  useEffect(() => {
    const watch = () => typing.keyDown(performance.now());
    addEventListener("keydown", watch, { capture: true });
    return () => removeEventListener("keydown", watch, { capture: true });
  }, [typing]);
  // A click without a count is no pointer's: a key made it, a form in which Enter was pressed, or assistive software.
  return (event) => event.detail > 0 || typing.paused(performance.now());
}
