// What the app needs of a terminal on the screen: bytes in, bytes out, a size. Implemented with xterm.js in `xterm-view.ts`.

import type { TerminalSize } from "../mux/terminal-size.ts";

/** "terminal" is the keyboard and the terminal's own answers. */
export type InputSource = "terminal" | "paste";

export interface TerminalViewEvents {
  /** What the person typed or pasted, and what the terminal itself answers; the array is handed over. */
  input(bytes: Uint8Array, source: InputSource): void;
  resize(size: TerminalSize): void;
  /** Cleaned, one line, at most 256 characters, at most ten a second. */
  title(text: string): void;
  bell(): void;
  /** A paste of several lines while the program did not ask for bracketed paste: shown, and sent only on true. */
  confirmPaste(text: string): Promise<boolean>;
  /** A link was activated (ctrl or cmd click): http and https only, shown in full before it opens. */
  confirmLink(url: string): Promise<boolean>;
}

/** What a page around us may choose of the terminal's looks. What is undefined or left out is the style sheet's. */
export interface Look {
  /** `#rrggbb` or `#rgb` by the names of theme.ts. */
  readonly colors: Readonly<Record<string, string>>;
  readonly fontFamily: string | undefined;
  /** In CSS pixels. */
  readonly fontSize: number | undefined;
}

export interface TerminalView {
  readonly size: TerminalSize;
  /** Arrow keys are ESC O and a letter instead of ESC [ and a letter, since the program asked for it (DECCKM). */
  readonly applicationCursorKeys: boolean;
  /** The screen's lines as text for a screen reader, and new output announced: about a fifth slower, so a person's choice. */
  screenReader: boolean;
  /** Paints in order; `painted` is called with the byte count once xterm.js has taken them. */
  write(chunk: Uint8Array, painted: (bytes: number) => void): void;
  /** A line of ours in the scrollback, e.g. where a session ended. */
  notice(text: string): void;
  focus(): void;
  /** Cleaned, and in brackets where the program asked for them; whoever calls has asked the person. */
  paste(text: string): void;
  /** The light or the dark colours are chosen anew, too. */
  restyle(look: Look): void;
  /** After the session ended: scrollback, selection and copy stay, input is off. */
  freeze(): void;
  /** A new session in the same scrollback: input is on, and what the last program left behind (modes, colours) is undone. */
  thaw(): void;
  dispose(): void;
}

export type OpenTerminalView = (container: HTMLElement, events: TerminalViewEvents) => TerminalView;
