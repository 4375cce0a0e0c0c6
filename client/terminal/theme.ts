// The terminal's colours, light and dark. The style sheet may replace each by a custom property `--terminal-<name>`
// (`--terminal-background`, `--terminal-bright-red`, ...); these are what holds without one.

import type { ITheme } from "@xterm/xterm";

export interface Tone {
  readonly name: string;
  readonly key: keyof Omit<ITheme, "extendedAnsi">;
  readonly light: string;
  readonly dark: string;
}

/** Every text colour has 4.5:1 on its background in both (WCAG AA), but for the one that is the background's own kind. */
export const TONES: readonly Tone[] = [
  { name: "background", key: "background", light: "#fbfbfe", dark: "#0b0d13" },
  { name: "foreground", key: "foreground", light: "#1c2030", dark: "#e8eaf4" },
  { name: "cursor", key: "cursor", light: "#4c5bd4", dark: "#96a2ff" },
  { name: "cursor-text", key: "cursorAccent", light: "#fbfbfe", dark: "#0b0d13" },
  { name: "selection", key: "selectionBackground", light: "#cfd5f7", dark: "#343c66" },
  { name: "black", key: "black", light: "#1c2030", dark: "#1f2330" },
  { name: "red", key: "red", light: "#b42336", dark: "#ff8a93" },
  { name: "green", key: "green", light: "#1a7452", dark: "#5fd0a2" },
  { name: "yellow", key: "yellow", light: "#8a5c00", dark: "#e6b85c" },
  { name: "blue", key: "blue", light: "#4352c9", dark: "#96a2ff" },
  { name: "magenta", key: "magenta", light: "#99399b", dark: "#e39ae6" },
  { name: "cyan", key: "cyan", light: "#0f6e85", dark: "#6ccbe0" },
  { name: "white", key: "white", light: "#5d6480", dark: "#c9cee0" },
  { name: "bright-black", key: "brightBlack", light: "#666c87", dark: "#8a92ac" },
  { name: "bright-red", key: "brightRed", light: "#c4283d", dark: "#ffa8af" },
  { name: "bright-green", key: "brightGreen", light: "#1a7a56", dark: "#84e0ba" },
  { name: "bright-yellow", key: "brightYellow", light: "#8f6100", dark: "#f3cd80" },
  { name: "bright-blue", key: "brightBlue", light: "#4c5bd4", dark: "#b6beff" },
  { name: "bright-magenta", key: "brightMagenta", light: "#a643a8", dark: "#efb6f1" },
  { name: "bright-cyan", key: "brightCyan", light: "#11758d", dark: "#93dcec" },
  { name: "bright-white", key: "brightWhite", light: "#4a5068", dark: "#ffffff" },
];

/**
 * Reads the theme as `place` sees it now. The browser resolves var() and light-dark(), which getPropertyValue would hand
 * back unresolved; a colour it writes in another way than rgb() falls back to ours.
 */
export function readTheme(place: HTMLElement): ITheme {
  const probe = document.createElement("span");
  probe.hidden = true;
  place.append(probe);
  const theme: Record<string, string> = {};
  const dark = resolve(probe, "light-dark(rgb(0, 0, 0), rgb(1, 1, 1))") === "rgb(1, 1, 1)";
  for (const tone of TONES) {
    const ours = dark ? tone.dark : tone.light;
    const resolved = resolve(probe, `var(--terminal-${tone.name}, ${ours})`);
    theme[tone.key] = /^rgb\(\d+, \d+, \d+\)$/.test(resolved) ? resolved : ours;
  }
  probe.remove();
  return theme;
}

function resolve(probe: HTMLElement, colour: string): string {
  probe.style.color = colour;
  return getComputedStyle(probe).color;
}
