import { describe, expect, it } from "vitest";
import { manualClock } from "../../e2e/scripted/clock.ts";
import { SshError } from "../bytes/errors.ts";
import { Keystrokes } from "./keystrokes.ts";

interface Sent {
  readonly at: number;
  readonly what: string;
}

/** A terminal on a clock, and everything that leaves, with its time. `fraction` is what the dice show. */
function scene({ fraction = 0 } = {}) {
  const clock = manualClock();
  const sent: Sent[] = [];
  const chaff = {
    available: true,
    /** Can a PING leave now? False while a key exchange runs. */
    sendable: true,
    taken: Promise.resolve(),
    chaff() {
      if (!this.sendable) return undefined;
      sent.push({ at: clock.now(), what: "chaff" });
      return this.taken;
    },
  };
  const dice = { fraction };
  const random = () => {
    const value = Math.min(65_535, Math.floor(dice.fraction * 65_536));
    return Uint8Array.of(value >> 8, value & 255);
  };
  const keystrokes = new Keystrokes(clock, random, chaff);
  let close: () => void = () => {};
  keystrokes.terminal(
    new Promise<void>((resolve) => {
      close = resolve;
    }),
  );
  const send = (bytes: Uint8Array) => {
    sent.push({ at: clock.now(), what: new TextDecoder().decode(bytes) });
    return Promise.resolve();
  };
  const type = (text: string) => keystrokes.write(new TextEncoder().encode(text), send);
  /** Promises settle between the steps, as they do in life. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed++) {
      clock.advance(1);
      await Promise.resolve();
    }
  };
  return { clock, sent, chaff, dice, keystrokes, close, type, pass };
}

const STEP = 18; // with dice that show nothing

describe("keystrokes", () => {
  it("the first key leaves at once, and a burst behind it becomes equal steps", async () => {
    const { sent, type, pass } = scene();
    for (const key of "hello wo") {
      void type(key);
      await pass(7);
    }
    await pass(STEP);
    const typed = sent.filter(({ what }) => what !== "chaff");
    expect(typed.map(({ what }) => what).join("")).toBe("hello wo");
    expect(typed[0]).toEqual({ at: 0, what: "h" });
    expect(sent.every(({ at }) => at % STEP === 0)).toBe(true);
    // One message a step, however many keys.
    expect(new Set(sent.map(({ at }) => at)).size).toBe(sent.length);
  });

  it("a slow typist's keys leave within one step, and look like every other step", async () => {
    const { sent, type, pass, clock } = scene();
    const typedAt: number[] = [];
    for (const key of "slow") {
      typedAt.push(clock.now());
      void type(key);
      await pass(333);
    }
    const typed = sent.filter(({ what }) => what !== "chaff");
    expect(typed.map(({ what }) => what).join("")).toBe("slow");
    for (const [index, { at }] of typed.entries()) expect(at - (typedAt[index] ?? 0)).toBeLessThanOrEqual(STEP);
    // An onlooker sees one packet every step, from the first key on, and no gap anywhere.
    expect(sent.map(({ at }) => at)).toEqual(sent.map((_, index) => index * STEP));
  });

  it.each([
    [0, 1024],
    [0.5, 1024 + 1024],
    [0.999, 1024 + 2046],
  ])("with dice at %d, chaff goes on for %d ms after the last key, and then nothing is left", async (fraction, ms) => {
    const { sent, type, pass, clock } = scene({ fraction });
    void type("x");
    await pass(5000);
    const last = sent.at(-1)?.at ?? 0;
    expect(last).toBeLessThan(ms);
    expect(last).toBeGreaterThan(ms - 25);
    expect(clock.pending).toBe(0);
    const before = sent.length;
    await pass(5000);
    expect(sent).toHaveLength(before);
  });

  it("steps vary by their dice between 18 and 22 ms", async () => {
    const { sent, type, pass, dice } = scene({ fraction: 0.99 });
    void type("x");
    await pass(100);
    const slow = (sent[1]?.at ?? 0) - (sent[0]?.at ?? 0);
    expect(slow).toBeCloseTo(22, 1);
    dice.fraction = 0;
    await pass(100);
    const quick = (sent.at(-1)?.at ?? 0) - (sent.at(-2)?.at ?? 0);
    expect(quick).toBeGreaterThanOrEqual(19); // the rate of the burst stays what it was
    expect(quick).toBeLessThanOrEqual(20);
  });

  it("a paste leaves at once, behind what was typed before it, and ends the pacing", async () => {
    const { sent, type, pass, clock } = scene();
    void type("a");
    await pass(5);
    void type("b");
    void type("p".repeat(256));
    expect(sent.map(({ what }) => what.slice(0, 2))).toEqual(["a", "b", "pp"]);
    expect(clock.pending).toBe(0);
  });

  it("bulk in small pieces is not delayed and not reordered", async () => {
    const { sent, type, clock } = scene();
    let written = "";
    for (let i = 0; i < 1000; i++) {
      const piece = String(i % 10).repeat(100);
      written += piece;
      await type(piece);
    }
    expect(clock.now()).toBe(0);
    const typed = sent.map(({ what }) => what).join("");
    expect(written.startsWith(typed)).toBe(true);
    expect(written.length - typed.length).toBeLessThan(256); // the last pieces wait for their step
  });

  it("stops in a key exchange, and what was typed is handed on", async () => {
    const { sent, type, pass, chaff, clock } = scene();
    void type("a");
    await pass(100);
    chaff.sendable = false;
    void type("b");
    await pass(100);
    expect(sent.filter(({ what }) => what !== "chaff").map(({ what }) => what)).toEqual(["a", "b"]);
    expect(clock.pending).toBe(0);
    chaff.sendable = true;
    void type("c");
    await pass(STEP);
    expect(sent.at(-1)?.what).toBe("chaff");
  });

  it("stops where the stream has not taken the last chaff yet", async () => {
    const { sent, type, pass, chaff, clock } = scene();
    chaff.taken = new Promise(() => {});
    void type("a");
    await pass(100);
    expect(sent.map(({ what }) => what)).toEqual(["a", "chaff"]);
    expect(clock.pending).toBe(0);
  });

  it("keeps what was typed as it was, whatever the caller does with its array", async () => {
    const { sent, keystrokes, pass, type } = scene();
    void type("a");
    const bytes = new TextEncoder().encode("b");
    await keystrokes.write(bytes, async (text) => void sent.push({ at: 0, what: new TextDecoder().decode(text) }));
    bytes.fill(0);
    await pass(STEP);
    expect(sent.map(({ what }) => what)).toEqual(["a", "b"]);
  });

  it("does nothing where the server does not know PING", async () => {
    const { sent, type, pass, chaff, clock } = scene();
    chaff.available = false;
    for (const key of "abc") {
      void type(key);
      await pass(1);
    }
    expect(sent).toEqual([
      { at: 0, what: "a" },
      { at: 1, what: "b" },
      { at: 2, what: "c" },
    ]);
    expect(clock.pending).toBe(0);
  });

  it("hands on what waits when asked to, and stops behind the last terminal", async () => {
    const { sent, type, pass, keystrokes, close, clock } = scene();
    void type("a");
    void type("b");
    keystrokes.flush();
    expect(sent.map(({ what }) => what)).toEqual(["a", "b"]);
    close();
    await pass(2);
    expect(clock.pending).toBe(0);
  });

  it("makes a writer wait for a channel that takes nothing, and survives one that has closed", async () => {
    const { type: _, clock, keystrokes } = scene();
    const bytes = Uint8Array.of(1);
    let open: () => void = () => {};
    const stuck = () =>
      new Promise<void>((resolve) => {
        open = resolve;
      });
    void keystrokes.write(bytes, stuck);
    void keystrokes.write(bytes, stuck);
    clock.advance(STEP);
    let ready = false;
    void keystrokes.write(bytes, stuck).then(() => {
      ready = true;
    });
    await Promise.resolve();
    expect(ready).toBe(false);
    open();
    await Promise.resolve();
    await Promise.resolve();
    expect(ready).toBe(true);
    const closed = () => Promise.reject(new SshError("channel-closed", "closed"));
    await keystrokes.write(bytes, closed);
    clock.advance(STEP);
  });
});
