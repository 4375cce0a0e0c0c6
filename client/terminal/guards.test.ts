// Run against the real xterm.js, whose core needs no page until it is opened.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Terminal } from "@xterm/xterm";
import { beforeAll, describe, expect, it } from "vitest";
import type { Clock } from "../bytes/clock.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { CSI_FUNCTIONS, functionIdentifier, guardTerminal } from "./guards.ts";
import { PayloadCap } from "./payload-cap.ts";

class HandClock implements Clock {
  #now = 0;
  #alarms: { at: number; ring: () => void }[] = [];
  now(): number {
    return this.#now;
  }
  after(ms: number, ring: () => void): () => void {
    const alarm = { at: this.#now + ms, ring };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }
  pass(ms: number): void {
    this.#now += ms;
    const due = this.#alarms.filter((alarm) => alarm.at <= this.#now);
    this.#alarms = this.#alarms.filter((alarm) => alarm.at > this.#now);
    for (const alarm of due) alarm.ring();
  }
}

function open(cols = 80, rows = 24) {
  const terminal = new Terminal({ cols, rows, scrollback: 10_000, logLevel: "off" });
  const clock = new HandClock();
  const titles: string[] = [];
  const replies: string[] = [];
  terminal.onData((text) => replies.push(text));
  guardTerminal(terminal, clock, (title) => titles.push(title));
  const cap = new PayloadCap();
  const feed = (output: string | Uint8Array) =>
    new Promise<void>((resolve) =>
      terminal.write(cap.filter(typeof output === "string" ? encodeUtf8(output) : output), () => resolve()),
    );
  const line = (row: number) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? "";
  return { terminal, clock, titles, replies, feed, line };
}

const MANY = "2147483647";
const DIGITS = "9".repeat(400);

/** 64 KiB of one sequence: what may reach the terminal in one write, and within a write nothing can stop it. */
function full(sequence: string): string {
  return sequence.repeat(Math.floor((64 * 1024) / sequence.length));
}

/** Each of these has stopped some terminal for seconds or for good. */
const HANGS: readonly (readonly [string, string | Uint8Array])[] = [
  ["REP", `a\x1b[${MANY}b`],
  ["REP of a wide character", `漢\x1b[${MANY}b`],
  ["REP with 400 digits", `a\x1b[${DIGITS}b`],
  ["REP just above the limit, often", "a\x1b[10001b".repeat(5_000)],
  ["REP at the limit, often", "a\x1b[10000b".repeat(5_000)],
  ["SU", `\x1b[${MANY}S`],
  ["SU at the limit, often", "\x1b[10000S".repeat(5_000)],
  ["SD", `\x1b[${MANY}T`],
  ["SD at the limit, often", "\x1b[10000T".repeat(5_000)],
  ["IL", `\x1b[${MANY}L`],
  ["IL at the limit, often", "\x1b[10000L".repeat(5_000)],
  ["DL", `\x1b[${MANY}M`],
  ["DL at the limit, often", "\x1b[10000M".repeat(5_000)],
  ["IL by C1 control", `\u009b${MANY}L`],
  ["ICH", `\x1b[${MANY}@`],
  ["DCH", `\x1b[${MANY}P`],
  ["ECH", `\x1b[${MANY}X`],
  ["CHT", `\x1b[${MANY}I`],
  ["CBT", `\x1b[${MANY}Z`],
  ["SL", `\x1b[${MANY} @`],
  ["SR", `\x1b[${MANY} A`],
  ["DECIC", `\x1b[${MANY}'}`],
  ["DECDC", `\x1b[${MANY}'~`],
  ["cursor moves", [..."ABCDEFG`ade"].map((final) => `\x1b[${MANY}${final}`).join("")],
  ["CUP", `\x1b[${MANY};${MANY}H`],
  ["DECSTBM", `\x1b[1;${MANY}r\x1b[${MANY}S`],
  ["IL within margins", `\x1b[2;3r\x1b[2;1H\x1b[${MANY}L`],
  ["count behind a valid first parameter", `\x1b[1;${MANY}L`],
  ["count as a sub-parameter", `\x1b[1:${MANY}b`],
  ["a number broken by control characters", `a\x1b[99\n99\r99\t99b`],
  ["a number broken by a byte that is no UTF-8", Buffer.from("a\x1b[99\xc399999b", "latin1")],
  ["SGR of ten thousand parameters", `\x1b[${"38;5;1;".repeat(10_000)}m`],
  ["SGR of ten thousand sub-parameters", `\x1b[38${":2".repeat(10_000)}m`],
  ["full resets", "\x1bc".repeat(5_000)],
  ["alignment screens", "\x1b#8".repeat(10_000)],
  ["alternate screens", full("\x1b[?1049h\x1b[?1049l")],
  ["alternate screens without the cursor", full("\x1b[?47h\x1b[?1047l")],
  ["alternate screens behind another mode", full("\x1b[?25;1049h\x1b[?25;1049l")],
  ["CBT at the limit, often", full("\x1b[10000Z")],
  ["CHT at the limit, often", full("\x1b[10000I")],
  ["ED", full("\x1b[2J")],
  ["ED of everything below", full("\x1b[J")],
  ["selective ED", full("\x1b[?2J")],
  ["SL by one", full("\x1b[1 @")],
  ["SR by one", full("\x1b[1 A")],
  ["DECIC by one", full("\x1b[1'}")],
  ["DECDC by one", full("\x1b[1'~")],
  ["colour changes", full("\x1b]10;#123456\x07")],
  ["colour restorations", full("\x1b]104\x07\x1b]110\x07")],
  ["a blinking cursor, on and off", full("\x1b[?12h\x1b[?12l")],
  ["unfinished OSC", `\x1b]0;${"x".repeat(4_000_000)}`],
  ["unfinished DCS", `\x1bP$q${"x".repeat(4_000_000)}`],
  ["unfinished APC", `\x1b_${"x".repeat(4_000_000)}`],
  ["OSC in 100 000 pieces", "\x1b]".repeat(100_000)],
  ["colour questions in one OSC", `\x1b]4;${"0;?;".repeat(100_000)}\x07`],
  ["device attributes", "\x1b[c".repeat(20_000)],
  ["titles", "\x1b]0;t\x07".repeat(20_000)],
  ["five thousand links", Array.from({ length: 5_000 }, (_, i) => `\x1b]8;;https://a/${i}\x07x\n`).join("")],
];

/** This process's own time in ms: what other processes of a busy machine take is not counted. */
function processTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Ordinary output, whose time is the measure for the rest: caches and cores are shared, so no bound in ms holds. */
const ORDINARY = "an ordinary line of some program's output, as long as such lines are\r\n".repeat(10_000);
/** How many times that a sequence may take. Guarded ones take four at most, unguarded ones twenty to a thousand. */
const MOST = 6;

/** A window over the whole of a large monitor: much of the work grows with the screen. */
const largeScreen = () => open(240, 60);

async function timeOf(feed: (output: string) => Promise<void>, output: string): Promise<number> {
  const begin = processTime();
  await feed(output);
  return processTime() - begin;
}

describe("hang sequences", () => {
  let ordinary = 0;
  beforeAll(async () => {
    await largeScreen().feed(ORDINARY);
    ordinary = await timeOf(largeScreen().feed, ORDINARY);
  });

  it.each(HANGS)("%s is over in the time of some ordinary output", async (_name, output) => {
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 3 && least >= MOST; attempt++) {
      // The machine may have become slower since it was measured: whoever seems slow is measured against the present.
      if (attempt > 0) ordinary = await timeOf(largeScreen().feed, ORDINARY);
      const { feed, terminal, line } = largeScreen();
      await feed("line\r\n".repeat(100));
      const begin = processTime();
      await feed(output);
      await feed("\x18\x1b[!p\x1b[H\x1b[Kstill here");
      least = Math.min(least, (processTime() - begin) / ordinary);
      expect(line(terminal.buffer.active.baseY)).toBe("still here");
    }
    expect(least).toBeLessThan(MOST);
  });
});

describe("counts", () => {
  it("every CSI function of xterm.js but SGR is guarded", () => {
    const source = readFileSync(
      fileURLToPath(new URL("src/common/InputHandler.ts", import.meta.resolve("@xterm/xterm/package.json"))),
      "utf8",
    );
    const field = (text: string, name: string) =>
      new RegExp(`${name}: '((?:\\\\.|[^'])*)'`).exec(text)?.[1]?.replace("\\", "") ?? "";
    const known = [...source.matchAll(/registerCsiHandler\(\{(.*?)\}, params/g)].map(
      ([, id = ""]) => field(id, "prefix") + field(id, "intermediates") + field(id, "final"),
    );
    expect(known.length).toBeGreaterThan(45);
    expect([...CSI_FUNCTIONS, "m"].sort()).toEqual(known.sort());
  });

  it.each([
    ["?$p", { prefix: "?", intermediates: "$", final: "p" }],
    [" @", { intermediates: " ", final: "@" }],
    [">c", { prefix: ">", final: "c" }],
    ["b", { final: "b" }],
  ])("%s is registered as prefix, intermediates and final", (name, id) => expect(functionIdentifier(name)).toEqual(id));

  it.each([
    ["CBT", "Z", full("\x1b[10000Z")],
    ["CHT", "I", full("\x1b[10000I")],
    ["ED", "J", full("\x1b[2J")],
    ["selective ED", "?J", full("\x1b[?2J")],
    ["SL", " @", full("\x1b[1 @")],
    ["SR", " A", full("\x1b[1 A")],
    ["DECIC", "'}", full("\x1b[1'}")],
    ["DECDC", "'~", full("\x1b[1'~")],
    ["the alternate screen", "?h", full("\x1b[?1049h")],
    ["the normal screen", "?l", full("\x1b[?47l")],
    ["the alternate screen behind another mode", "?h", full("\x1b[?25;1047h")],
  ])("a write full of %s has some of it left out", async (_name, id, output) => {
    const terminal = new Terminal({ cols: 240, rows: 60, logLevel: "off" });
    let passed = 0;
    // Handlers are asked last come first: this one stands for xterm's own.
    terminal.parser.registerCsiHandler(functionIdentifier(id), () => ++passed > 0);
    guardTerminal(terminal, new HandClock(), () => {});
    await new Promise<void>((resolve) => terminal.write(output, resolve));
    expect(passed).toBeGreaterThan(50);
    expect(passed).toBeLessThan(output.split("\x1b").length - 1);
  });

  it("up to 10 000 are obeyed and those above are ignored", async () => {
    const { feed, line } = open();
    await feed("a\x1b[10001b|\r\na\x1b[3b|\r\n\x1b[10001Cx\r\n\x1b[1;9999Hy");
    expect(line(0).endsWith("y")).toBe(true);
    expect(line(0).slice(0, 2)).toBe("a|");
    expect(line(1)).toBe("aaaa|");
    expect(line(2)).toBe("x");
  });

  it("a program that scrolls, inserts and repeats at full speed is never braked", async () => {
    const { feed, line, clock } = open();
    for (let frame = 0; frame < 60; frame++) {
      await feed(`\x1b[2J\x1b[H${"\x1b[24L\x1b[24M\x1b[24S\x1b[24T".repeat(10)}=\x1b[79b\x1b[H\x1b[10L`);
      expect(line(0)).toBe("");
      expect(line(10)).toBe("=".repeat(80));
      clock.pass(16);
    }
  });
});

/** R-TM-1: everything that xterm.js answers without having been opened; colours are asked of the page's test. */
const ANSWERS: readonly (readonly [string, string, string])[] = [
  ["DA1", "\x1b[c", "\x1b[?1;2c"],
  ["DA2", "\x1b[>c", "\x1b[>0;276;0c"],
  ["DSR 5", "\x1b[5n", "\x1b[0n"],
  ["CPR", "\x1b[6n", "\x1b[1;1R"],
  ["DECXCPR", "\x1b[?6n", "\x1b[?1;1R"],
  ["DECRQM, an ANSI mode", "\x1b[4$p", "\x1b[4;2$y"],
  ["DECRQM, a private mode", "\x1b[?25$p", "\x1b[?25;1$y"],
  ["DECRQM, an unknown mode", "\x1b[?9999$p", "\x1b[?9999;0$y"],
  ["DECRQSS of SGR", "\x1bP$qm\x1b\\", "\x1bP1$r0m\x1b\\"],
  ["DECRQSS of margins", "\x1bP$qr\x1b\\", "\x1bP1$r1;24r\x1b\\"],
  ["DECRQSS of protection", '\x1bP$q"q\x1b\\', '\x1bP1$r0"q\x1b\\'],
  ["DECRQSS of the level", '\x1bP$q"p\x1b\\', '\x1bP1$r61;1"p\x1b\\'],
  ["DECRQSS of the cursor", "\x1bP$q q\x1b\\", "\x1bP1$r2 q\x1b\\"],
  ["DECRQSS of nonsense", "\x1bP$qEVIL\x1b\\", "\x1bP0$r\x1b\\"],
];

const SILENCE: readonly (readonly [string, string])[] = [
  ["answerback (ENQ)", "\x05"],
  ["DA3", "\x1b[=c"],
  ["XTVERSION", "\x1b[>q"],
  ["XTVERSION with text", "\x1b[>0q"],
  ["title report", "\x1b]0;EVIL\x07\x1b[21t"],
  ["icon title report", "\x1b]1;EVIL\x07\x1b[20t"],
  ["title stack", "\x1b]2;EVIL\x07\x1b[22t\x1b[23t\x1b[21t"],
  ["window state", "\x1b[11t"],
  ["window position", "\x1b[13t"],
  ["window pixels", "\x1b[14t"],
  ["screen pixels", "\x1b[15t"],
  ["cell pixels", "\x1b[16t"],
  ["window characters", "\x1b[18t"],
  ["screen characters", "\x1b[19t"],
  ["DECREQTPARM", "\x1b[x"],
  ["DECRQCRA, a checksum of the screen", "\x1b[1;1;1;1;24;80*y"],
  ["DECRQPSR", "\x1b[1$w"],
  ["DECRQTSR", "\x1b[1$u"],
  ["DECRQLP", "\x1b['|"],
  ["DSR printer", "\x1b[?15n"],
  ["DSR user keys", "\x1b[?25n"],
  ["DSR keyboard", "\x1b[?26n"],
  ["DSR locator", "\x1b[?53n"],
  ["DSR macros", "\x1b[?62n"],
  ["DSR memory", "\x1b[?63;1n"],
  ["DSR colour scheme", "\x1b[?996n"],
  ["kitty keyboard", "\x1b[?u"],
  ["modifyOtherKeys", "\x1b[?4m"],
  ["XTGETTCAP", "\x1bP+q544e\x1b\\"],
  ["XTSETTCAP", "\x1bP+p544e\x1b\\"],
  ["DECRQTAB", "\x1bP2$t\x1b\\"],
  ["DECUDK", "\x1bP0;0|17/6563686f\x1b\\"],
  ["sixel", "\x1bPq#0;2;0;0;0\x1b\\"],
  ["XTSMGRAPHICS", "\x1b[?1;1;0S"],
  ["clipboard read", "\x1b]52;c;?\x07"],
  ["clipboard read by ST", "\x1b]52;p;?\x1b\\"],
  ["clipboard write", "\x1b]52;c;RVZJTA==\x07"],
  ["font query", "\x1b]50;?\x07"],
  ["font set", "\x1b]50;EVIL\x07\x1b]50;?\x07"],
  ["highlight colours", "\x1b]17;?\x07\x1b]19;?\x07"],
  ["pointer colours", "\x1b]13;?\x07\x1b]14;?\x07"],
  ["special colours", "\x1b]5;0;?\x07"],
  ["pointer shape", "\x1b]22;?\x07"],
  ["working directory", "\x1b]7;file://EVIL/\x07"],
  ["iTerm2 cell size", "\x1b]1337;ReportCellSize\x07"],
  ["iTerm2 variable", "\x1b]1337;ReportVariable=EVIL\x07"],
  ["iTerm2 upload", "\x1b]1337;RequestUpload=format=tgz\x07"],
  ["notification", "\x1b]9;EVIL\x07"],
  ["rxvt notification", "\x1b]777;notify;EVIL;EVIL\x07"],
  ["kitty notification", "\x1b]99;i=1:p=?;EVIL\x07"],
  ["kitty graphics", "\x1b_Gi=1,a=q;RVZJTA==\x1b\\"],
  ["tmux control", "\x1bPtmux;\x1b\x1b[c\x1b\\"],
  ["Linux palette", "\x1b]P0EVIL"],
];

describe("answers", () => {
  it.each(ANSWERS)("%s has the one it should", async (_name, question, answer) => {
    const { feed, replies } = open();
    await feed(question);
    expect(replies.join("")).toBe(answer);
  });

  it.each(SILENCE)("%s has none, or one that holds nothing of the question", async (_name, question) => {
    const { feed, replies } = open();
    await feed(question);
    // tmux's wrapper ends at its first ESC, so a plain DA1 stands in it.
    expect(replies.join("")).toBe(question.includes("tmux") ? "\x1b[?1;2c" : "");
  });

  it("the clipboard sequence reaches no handler but the guard, which drops it", async () => {
    const terminal = new Terminal({ logLevel: "off" });
    const reached: string[] = [];
    // Handlers are asked last come first: this one stands for what xterm.js or an addon might bring.
    terminal.parser.registerOscHandler(52, (data) => reached.push(data) > 0);
    terminal.parser.registerOscHandler(53, (data) => reached.push(data) > 0);
    guardTerminal(terminal, new HandClock(), () => {});
    await new Promise<void>((resolve) =>
      terminal.write("\x1b]52;c;?\x07\x1b]52;c;RQ==\x1b\\\x1b]53;seen\x07", resolve),
    );
    expect(reached).toEqual(["seen"]);
  });

  it("a flood of questions is answered for a while, and again later", async () => {
    const { feed, replies, clock } = open();
    await feed("\x1b[c".repeat(5_000));
    expect(replies.length).toBe(500);
    clock.pass(1_000);
    await feed("\x1b[c".repeat(5_000));
    expect(replies.length).toBe(600);
  });
});

describe("what makes the style sheet anew", () => {
  /** How many of `output` pass the guards: a handler that was there before them stands for xterm's own. */
  async function passed(output: string, ...codes: number[]): Promise<number> {
    const terminal = new Terminal({ logLevel: "off" });
    let count = 0;
    for (const code of codes) terminal.parser.registerOscHandler(code, () => ++count > 0);
    guardTerminal(terminal, new HandClock(), () => {});
    await new Promise<void>((resolve) => terminal.write(output, resolve));
    return count;
  }

  it.each([
    ["the foreground", "\x1b]10;#123456\x07", 10],
    ["the cursor, by its restoration", "\x1b]112\x07", 112],
    ["the whole table, by its restoration", "\x1b]104\x07", 104],
    ["one of the table", "\x1b]4;1;#123456\x07", 4],
  ])("changes of %s are taken three hundred times", async (_name, change, code) => {
    expect(await passed(change.repeat(1_000), code)).toBe(300);
  });

  it("a table of 256 colours is taken, and a second one at once is not", async () => {
    const table = `\x1b]4${Array.from({ length: 256 }, (_, i) => `;${i};#123456`).join("")}\x07`;
    expect(await passed(table + table, 4)).toBe(1);
  });

  it("a question for a colour is no change of it", async () => {
    expect(await passed("\x1b]4;1;?\x07\x1b]10;?\x07".repeat(200), 4, 10)).toBe(400);
  });

  it("a cursor that blinks on and off costs, one that is told what it does already does not", async () => {
    const { terminal, feed } = open();
    await feed("\x1b[?12h\x1b[?12l".repeat(1_000));
    await feed("\x1b[?12h");
    expect(terminal.options.cursorBlink).toBe(false);
    const other = open();
    await other.feed("\x1b[?12l\x1b[?25h".repeat(1_000));
    await other.feed("\x1b[?12;25h");
    expect(other.terminal.options.cursorBlink).toBe(true);
  });
});

describe("titles", () => {
  it("are cleaned, one line, and at most 256 characters", async () => {
    const { feed, titles, clock } = open();
    await feed(`\x1b]0;a\u202eb\u200bc\x07`);
    clock.pass(200);
    await feed(`\x1b]2;${"x".repeat(1_000)}\x07`);
    expect(titles[0]).toBe("a\ufffdb\ufffdc");
    expect(titles[1]?.length).toBe(256);
  });

  it("change ten times a second at most, and the last of a burst is shown", async () => {
    const { feed, titles, clock } = open();
    for (let i = 0; i < 100; i++) {
      await feed(`\x1b]0;${i}\x07`);
      clock.pass(10);
    }
    clock.pass(100);
    expect(titles.length).toBeLessThanOrEqual(11);
    expect(titles.at(-1)).toBe("99");
  });
});

describe("links", () => {
  const linked = (terminal: Terminal, rows: number) => {
    let count = 0;
    for (let row = 0; row < rows; row++) {
      // xterm.js keeps a link's number in the cell's extended attributes; the private field is the only window to it.
      const line = terminal.buffer.active.getLine(row) as unknown as { _line: { _extendedAttrs: object } };
      count += Object.keys(line._line._extendedAttrs).length;
    }
    return count;
  };

  it("are kept up to a thousand, the rest is plain text, and an end always ends", async () => {
    const { feed, terminal, line } = open();
    await feed(Array.from({ length: 1_500 }, (_, i) => `\x1b]8;;https://a/${i};\x07x\x1b]8;;\x07y\r\n`).join(""));
    expect(linked(terminal, 1_500)).toBe(1_000);
    expect(line(1_400)).toBe("xy");
  });
});
