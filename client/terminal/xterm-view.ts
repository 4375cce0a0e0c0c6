// The terminal on the screen: xterm.js, with everything between it and a hostile server, and everything between it and the
// person's clipboard, in place. Knows nothing of SSH.

import "@xterm/xterm/css/xterm.css";
import { Terminal } from "@xterm/xterm";
import type { Clock } from "../bytes/clock.ts";
import { cleanLine, encodeUtf8 } from "../bytes/text.ts";
import type { TerminalSize } from "../mux/terminal-size.ts";
import { Allowance } from "./allowance.ts";
import { chordOf } from "./chords.ts";
import { Fitting } from "./fitting.ts";
import { hasHardwareWebGl } from "./gpu.ts";
import { guardTerminal } from "./guards.ts";
import { leave, TERMINAL_LABEL } from "./leaving.ts";
import { linkHandler } from "./links.ts";
import { Outbox } from "./outbox.ts";
import { asksFirst, cleanPaste, pasteBytes } from "./paste.ts";
import { catchPastes, copyText } from "./pasting.ts";
import { PayloadCap } from "./payload-cap.ts";
import { pieces } from "./pieces.ts";
import { readTheme, TONES } from "./theme.ts";
import type { Look, OpenTerminalView, TerminalView, TerminalViewEvents } from "./view.ts";

/** Where the style sheet cannot be asked: Firefox computes nothing in a frame that is not displayed. */
const FONT_SIZE = 14;
/** xterm.js rests between writes, not within one. */
const PIECE = 64 * 1024;
const LONGEST_NOTICE = 1_000;
/** Leaves whatever sequence was under way (CAN), then resets margins, attributes and modes but not the screen (DECSTR, LNM). */
const TO_PLAIN_TEXT = "\x18\x1b[!p\x1b[20l";
const LEAVE_ALTERNATE_SCREEN = "\x1b[?1049l";
const HIDE_CURSOR = "\x1b[?25l";
/** No program is left to hear of the mouse or the focus: selecting works as in any text again. */
const REPORTS_OFF = "\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?1016l";

const clock: Clock = {
  now: () => performance.now(),
  after(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};

export class XtermView implements TerminalView {
  readonly #container: HTMLElement;
  readonly #events: TerminalViewEvents;
  readonly #terminal: Terminal;
  readonly #cap = new PayloadCap();
  readonly #outbox: Outbox;
  readonly #fitting: Fitting;
  readonly #disposed = new AbortController();
  #frozen = false;

  constructor(container: HTMLElement, events: TerminalViewEvents) {
    this.#container = container;
    this.#events = events;
    this.#outbox = new Outbox((bytes) => events.input(bytes, "terminal"));
    const font = fontOf(container);
    const terminal = new Terminal({
      scrollback: 10_000,
      tabStopWidth: 8,
      ...font,
      lineHeight: 1.2,
      theme: readTheme(container),
      // Also for the colours that programs choose: text that nobody can see is a trick, or a mistake.
      minimumContrastRatio: 4.5,
      linkHandler: linkHandler((address) => events.confirmLink(address)),
      logLevel: "off",
    });
    this.#terminal = terminal;
    const guards = guardTerminal(terminal, clock, (title) => events.title(title));
    const bells = new Allowance(3, 2, clock.now);
    terminal.onBell(() => bells.spend(1) && events.bell());
    terminal.onData((text) => this.#send(encodeUtf8(text)));
    // Old mouse reports are bytes and no text: X10 coordinates above 95 are no UTF-8.
    terminal.onBinary((text) => this.#send(Uint8Array.from(text, (character) => character.charCodeAt(0))));
    terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    terminal.open(container);
    terminal.textarea?.setAttribute("aria-label", TERMINAL_LABEL);
    this.#fitting = new Fitting(terminal, container, (size) => events.resize(size));

    const { signal } = this.#disposed;
    catchPastes(container, (text) => this.#paste(text), signal);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.#recolour(), { signal });
    signal.addEventListener("abort", () => guards.dispose());
    if (hasHardwareWebGl()) this.#accelerate();
  }

  get size(): TerminalSize {
    return this.#fitting.size;
  }

  get applicationCursorKeys(): boolean {
    return this.#terminal.modes.applicationCursorKeysMode;
  }

  set screenReader(on: boolean) {
    this.#terminal.options.screenReaderMode = on;
  }

  get screenReader(): boolean {
    return this.#terminal.options.screenReaderMode === true;
  }

  write(chunk: Uint8Array, painted: (bytes: number) => void): void {
    const kept = this.#cap.filter(chunk);
    for (const piece of pieces(kept, PIECE)) this.#terminal.write(piece);
    this.#terminal.write("", () => painted(chunk.length));
  }

  notice(text: string): void {
    const line = cleanLine(text, LONGEST_NOTICE);
    this.#toPlainText(() => {
      this.#terminal.write(`\r\n\x1b[90m${line}\x1b[0m\r\n${this.#frozen ? HIDE_CURSOR : ""}`);
    });
  }

  focus(): void {
    this.#terminal.focus();
  }

  paste(text: string): void {
    this.#pasteNow(cleanPaste(text));
  }

  restyle({ colors, fontFamily, fontSize }: Look): void {
    // On the terminal alone: a dialog keeps its colours, whoever chose these.
    for (const { name } of TONES) this.#container.style.setProperty(`--terminal-${name}`, colors[name] ?? "");
    this.#recolour();
    const own = fontOf(this.#container);
    this.#terminal.options.fontFamily = fontFamily ?? own.fontFamily;
    this.#terminal.options.fontSize = fontSize ?? own.fontSize;
    this.#fitting.soon();
  }

  freeze(): void {
    this.#frozen = true;
    this.#terminal.options.disableStdin = true;
    this.#terminal.write("\x18", () => {
      if (!this.#frozen) return;
      // A program that was killed could not leave its own screen, which has no scrollback.
      this.#terminal.write(`${this.#leaveAlternate()}${REPORTS_OFF}${HIDE_CURSOR}`);
    });
  }

  thaw(): void {
    this.#frozen = false;
    this.#terminal.options.disableStdin = false;
    this.#recolour();
    this.#toPlainText(() => this.#terminal.scrollToBottom());
  }

  dispose(): void {
    if (this.#disposed.signal.aborted) return;
    this.#disposed.abort();
    this.#fitting.dispose();
    this.#terminal.dispose();
  }

  /** Writes what makes the terminal show plain text again, below everything that stands on its normal screen. */
  #toPlainText(then: () => void): void {
    this.#cap.reset();
    this.#terminal.write("\x18", () => {
      this.#terminal.write(`${this.#leaveAlternate()}${REPORTS_OFF}${TO_PLAIN_TEXT}`, () => {
        this.#terminal.write(`\x1b[${this.#lastRow()};1H`);
        then();
      });
    });
  }

  #leaveAlternate(): string {
    return this.#terminal.buffer.active.type === "alternate" ? LEAVE_ALTERNATE_SCREEN : "";
  }

  /** The last row of the screen that holds text, from 1; a program that was killed leaves the cursor anywhere. */
  #lastRow(): number {
    const { buffer, rows } = this.#terminal;
    for (let row = rows; row > 1; row--)
      if (buffer.active.getLine(buffer.active.baseY + row - 1)?.translateToString(true)) return row;
    return 1;
  }

  #send(bytes: Uint8Array): void {
    if (!this.#frozen) this.#outbox.push(bytes);
  }

  /** False keeps the key from xterm.js; for pasting the browser's own default is wanted, since it raises `paste`. */
  #key(event: KeyboardEvent): boolean {
    // Nothing is left to complete: Tab moves on, as everywhere on the page.
    if (this.#frozen && event.key === "Tab") return false;
    const chord = chordOf(event);
    if (chord === undefined) return true;
    if (event.type !== "keydown") return false;
    if (chord === "copy" && this.#terminal.hasSelection()) {
      copyText(this.#terminal.getSelection());
      event.preventDefault();
    } else if (chord === "copy") {
      // Without this, Chromium opens its inspector.
      event.preventDefault();
    } else if (chord === "leave") {
      event.preventDefault();
      leave(this.#container);
    }
    return false;
  }

  #paste(text: string): void {
    const cleaned = cleanPaste(text);
    if (this.#frozen || cleaned === "") return;
    if (!asksFirst(cleaned, this.#terminal.modes.bracketedPasteMode)) {
      this.#pasteNow(cleaned);
      return;
    }
    this.#events.confirmPaste(cleaned.replaceAll("\r", "\n")).then(
      (yes) => yes && this.#pasteNow(cleaned),
      () => undefined,
    );
  }

  #pasteNow(cleaned: string): void {
    if (this.#frozen) return;
    // What was typed before it goes before it; and the mode is asked now, since it may have changed while a person read.
    this.#outbox.flush();
    for (const bytes of pasteBytes(cleaned, this.#terminal.modes.bracketedPasteMode))
      this.#events.input(bytes, "paste");
    this.#terminal.scrollToBottom();
  }

  #recolour(): void {
    this.#terminal.options.theme = readTheme(this.#container);
  }

  async #accelerate(): Promise<void> {
    try {
      const { WebglAddon } = await import("@xterm/addon-webgl");
      if (this.#disposed.signal.aborted) return;
      const addon = new WebglAddon();
      addon.onContextLoss(() => addon.dispose());
      this.#terminal.loadAddon(addon);
    } catch {
      // The DOM renderer is there and stays.
    }
  }
}

function fontOf(place: HTMLElement): { readonly fontFamily: string; readonly fontSize: number } {
  const { fontFamily, fontSize } = getComputedStyle(place);
  return { fontFamily: fontFamily || "monospace", fontSize: Number.parseFloat(fontSize) || FONT_SIZE };
}

export const openTerminalView = ((container, events) => new XtermView(container, events)) satisfies OpenTerminalView;
