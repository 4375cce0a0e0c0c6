// What a hostile server may not do to xterm.js: each rule is a hook of its parser, which runs before xterm's own handler
// and swallows the sequence by returning true. Hooks see what the parser saw, so nothing can be disguised from them.

import type { IDisposable, IFunctionIdentifier, Terminal } from "@xterm/xterm";
import type { Clock } from "../bytes/clock.ts";
import { Allowance } from "./allowance.ts";
import { Titles } from "./titles.ts";

/** No screen has as many rows or columns. xterm.js repeats, scrolls and inserts as often as it is told. */
const LARGEST_PARAMETER = 10_000;
/** A colour table of 256 rows fits; a list of a hundred thousand questions does not. */
const LONGEST_COLOUR_REQUEST = 8 * 1024;

/**
 * Every CSI function that xterm.js has, as prefix, intermediate, final; a test compares the list with xterm's source.
 * Left out is SGR (`m`), the most frequent of all, whose numbers are names and not counts.
 */
export const CSI_FUNCTIONS: readonly string[] = [
  ..."@ABCDEFGHIJKLMPSTXZ`abcdefghlnrstu",
  " @",
  " A",
  "?J",
  "?K",
  ">c",
  "?h",
  "?l",
  "?n",
  "!p",
  " q",
  "'}",
  "'~",
  '"q',
  "$p",
  "?$p",
];

/** Work by repetition, in units of about 1.5 us (one line moved). The count is the first parameter, at least 1. */
const REPEATED: ReadonlyMap<string, number> = new Map([
  ["L", 1],
  ["M", 1],
  ["S", 1],
  ["T", 1],
  ["b", 0.1],
  ["Z", 0.03],
  ["I", 0.005],
]);
/** Work of what goes through the whole screen, in the same units for each of its rows, whatever is in them. */
const WHOLE_SCREEN: ReadonlyMap<string, number> = new Map([
  ["J", 1],
  ["?J", 1],
  [" @", 2],
  [" A", 2],
  ["'}", 2],
  ["'~", 2],
]);
/** A full reset (the page makes its whole view anew) and a screen of E's, likewise. */
const RESET_WORK = 12;
const ALIGNMENT_WORK = 1;
/** Modes whose change builds or draws the whole screen anew: the alternate screen. */
const SCREEN_MODES: ReadonlySet<number> = new Set([47, 1047, 1049]);
const SCREEN_SWITCH_WORK = 300;

/** CSI functions that make the terminal answer. */
const QUESTIONS: ReadonlySet<string> = new Set(["c", ">c", "n", "?n", "$p", "?$p"]);

/** The parser's name of a function written as in the tables above. */
export function functionIdentifier(name: string): IFunctionIdentifier {
  const final = name.at(-1) ?? "";
  const prefix = /^[<=>?]/.exec(name)?.[0];
  const intermediates = name.slice(prefix?.length ?? 0, -1);
  return { final, ...(prefix ? { prefix } : {}), ...(intermediates ? { intermediates } : {}) };
}

/** What a CSI function costs beyond its bytes, in units of work, on a screen of so many rows. */
function workOf(name: string, parameters: readonly (number | number[])[], rows: number): number {
  if (name === "?h" || name === "?l")
    return parameters.flat().filter((mode) => SCREEN_MODES.has(mode)).length * SCREEN_SWITCH_WORK;
  const repeated = REPEATED.get(name);
  if (repeated !== undefined) return Math.max(1, Number(parameters[0] ?? 1)) * repeated;
  return (WHOLE_SCREEN.get(name) ?? 0) * rows;
}

/** Modes that xterm.js keeps as options of its own, and each change of an option makes its style sheet anew. */
const OPTION_MODES = [
  { on: "?h", off: "?l", mode: 12, option: "cursorBlink" },
  { on: "h", off: "l", mode: 20, option: "convertEol" },
] as const;

type Guarded = Pick<Terminal, "parser" | "options" | "rows">;

/** Puts the guards in place for the life of `terminal`. Titles come out clean through `title`. */
export function guardTerminal(terminal: Guarded, clock: Clock, title: (text: string) => void): IDisposable {
  const now = () => clock.now();
  // About 60 ms of work at once, and 150 ms each second: some fifty times what a full-screen program asks.
  const work = new Allowance(40_000, 100_000, now);
  // An answer is at most some 30 bytes; a program asks a few at its start. What the server does not read back must not
  // pile up here either.
  const answers = new Allowance(500, 100, now);
  // Each link is watched by xterm.js on every line that scrolls off: 200 000 of them cost 20 s.
  const links = new Allowance(1_000, 20, now);
  // Each change of a colour makes the terminal's style sheet anew, which takes a millisecond.
  const repaints = new Allowance(300, 50, now);
  const titles = new Titles(clock, title);
  const { parser } = terminal;

  const csi = (name: string) => {
    const option = OPTION_MODES.find(({ on, off }) => name === on || name === off);
    return (parameters: (number | number[])[]) => {
      if (parameters.flat().some((parameter) => parameter > LARGEST_PARAMETER)) return true;
      const amount = workOf(name, parameters, terminal.rows);
      if (amount > 0 && !work.spend(amount)) return true;
      if (option && parameters.includes(option.mode)) {
        const changes = (terminal.options[option.option] === true) !== (name === option.on);
        if (changes && !repaints.spend(1)) return true;
      }
      return QUESTIONS.has(name) && !answers.spend(1);
    };
  };
  /** `fields` is how many of the request belong to one colour. */
  const colours = (fields: number) => (data: string) => {
    if (data.length > LONGEST_COLOUR_REQUEST) return true;
    const questions = data.split("?").length - 1;
    if (questions > 0 && !answers.spend(questions)) return true;
    const changes = Math.ceil(data.split(";").length / fields) - questions;
    return changes > 0 && !repaints.spend(changes);
  };

  const hooks: IDisposable[] = [
    ...CSI_FUNCTIONS.map((name) => parser.registerCsiHandler(functionIdentifier(name), csi(name))),
    parser.registerEscHandler({ final: "c" }, () => !work.spend(RESET_WORK * terminal.rows)),
    parser.registerEscHandler({ intermediates: "#", final: "8" }, () => !work.spend(ALIGNMENT_WORK * terminal.rows)),
    parser.registerDcsHandler({ intermediates: "$", final: "q" }, () => !answers.spend(1)),
    ...[0, 2].map((code) =>
      parser.registerOscHandler(code, (data) => {
        titles.offer(data);
        return true;
      }),
    ),
    parser.registerOscHandler(4, colours(2)),
    ...[10, 11, 12, 104, 110, 111, 112].map((code) => parser.registerOscHandler(code, colours(1))),
    // The end of a link must always pass, or the last one would run on over the whole screen.
    parser.registerOscHandler(8, (data) => data.slice(data.indexOf(";") + 1) !== "" && !links.spend(1)),
    // The clipboard is the person's: a server may neither read nor write it (first light has no opt-in).
    parser.registerOscHandler(52, () => true),
  ];
  return {
    dispose() {
      titles.dispose();
      for (const hook of hooks) hook.dispose();
    },
  };
}
