// Keeps the terminal as large as its place, and says the size once per change: a window dragged wider is many resizes a
// second, and each one that reaches the server makes its programs draw everything anew.

import { FitAddon } from "@xterm/addon-fit";
import type { Terminal } from "@xterm/xterm";
import type { TerminalSize } from "../mux/terminal-size.ts";

/** A broken layout must not become a screen of a million cells. */
const MOST_COLUMNS = 1_000;
const MOST_ROWS = 500;
/** CSS pixels. A place smaller than this shows no terminal: it is folded, or on its way to another size. */
const LEAST_WIDTH = 160;
const LEAST_HEIGHT = 60;

export class Fitting {
  readonly #terminal: Terminal;
  readonly #changed: (size: TerminalSize) => void;
  readonly #container: HTMLElement;
  readonly #addon = new FitAddon();
  readonly #observer: ResizeObserver;
  #frame: number | undefined;
  #size: TerminalSize;
  /** Pixels of one cell, in CSS pixels. */
  #cell = { width: 0, height: 0 };

  /** `terminal` is open in `container`. */
  constructor(terminal: Terminal, container: HTMLElement, changed: (size: TerminalSize) => void) {
    this.#terminal = terminal;
    this.#container = container;
    this.#changed = changed;
    terminal.loadAddon(this.#addon);
    this.#resize();
    this.#size = this.#measure();
    this.#observer = new ResizeObserver(() => this.soon());
    this.#observer.observe(container);
  }

  get size(): TerminalSize {
    return this.#size;
  }

  /** Fits before the next frame. */
  soon(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#resize();
      const size = this.#measure();
      const { columns, rows } = this.#size;
      this.#size = size;
      // Pixels alone are no reason: they waver by rounding, and a change of the font shows in the columns.
      if (size.columns !== columns || size.rows !== rows) this.#changed(size);
    });
  }

  dispose(): void {
    this.#observer.disconnect();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  /** A place that is hidden has no size, and one that is next to nothing none that counts: the terminal keeps the one it had. */
  #resize(): void {
    // Before the resize, since the screen is laid out anew only with the next frame.
    const screen = this.#terminal.element?.querySelector(".xterm-screen")?.getBoundingClientRect();
    if (screen && screen.width > 0)
      this.#cell = { width: screen.width / this.#terminal.cols, height: screen.height / this.#terminal.rows };
    const proposed = this.#addon.proposeDimensions();
    const { clientWidth, clientHeight } = this.#container;
    if (!proposed || clientWidth < LEAST_WIDTH || clientHeight < LEAST_HEIGHT) return;
    if (!Number.isFinite(proposed.cols) || !Number.isFinite(proposed.rows)) return;
    const columns = Math.min(proposed.cols, MOST_COLUMNS);
    const rows = Math.min(proposed.rows, MOST_ROWS);
    if (columns !== this.#terminal.cols || rows !== this.#terminal.rows) this.#terminal.resize(columns, rows);
  }

  /** Pixels are the device's own, of the cells alone: what programs divide by columns and rows. */
  #measure(): TerminalSize {
    const { cols, rows } = this.#terminal;
    return {
      columns: cols,
      rows,
      widthPixels: Math.round(this.#cell.width * cols * devicePixelRatio),
      heightPixels: Math.round(this.#cell.height * rows * devicePixelRatio),
    };
  }
}
