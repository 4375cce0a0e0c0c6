// The window's title as a server sets it (OSC 0 and 2): cleaned, one line, and at most ten changes a second. Title floods
// have frozen whole desktops (CVE-2021-33500). Of a burst the last one wins.

import type { Clock } from "../bytes/clock.ts";
import { cleanLine } from "../bytes/text.ts";

const LONGEST = 256;
const INTERVAL = 100;

export class Titles {
  readonly #clock: Clock;
  readonly #show: (text: string) => void;
  #shown: string | undefined;
  #waiting: string | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, show: (text: string) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  offer(text: string): void {
    // cleanLine marks a cut with an ellipsis, which counts.
    this.#waiting = cleanLine(text, LONGEST - 1);
    if (this.#cancel === undefined) this.#flush();
  }

  dispose(): void {
    this.#waiting = undefined;
    this.#cancel?.();
  }

  #flush(): void {
    const title = this.#waiting;
    this.#waiting = undefined;
    this.#cancel = undefined;
    if (title === undefined || title === this.#shown) return;
    this.#shown = title;
    this.#cancel = this.#clock.after(INTERVAL, () => this.#flush());
    this.#show(title);
  }
}
