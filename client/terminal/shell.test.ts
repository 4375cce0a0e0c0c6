import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "../bytes/bytes.ts";
import { bindShell, UNPAINTED_LIMIT } from "./shell.ts";

/** A view that paints when told to, and counts what it holds. */
function slowView() {
  const held: { chunk: Uint8Array; painted: (bytes: number) => void }[] = [];
  const shown: Uint8Array[] = [];
  return {
    shown,
    get unpainted() {
      return held.reduce((sum, { chunk }) => sum + chunk.length, 0);
    },
    write(chunk: Uint8Array, painted: (bytes: number) => void) {
      shown.push(chunk);
      held.push({ chunk, painted });
    },
    paint(): boolean {
      const next = held.shift();
      next?.painted(next.chunk.length);
      return next !== undefined;
    },
  };
}

function recorder() {
  const said: string[] = [];
  let credited = 0;
  return {
    said,
    get credited() {
      return credited;
    },
    input: (bytes: Uint8Array) => said.push(`input ${bytes.length}`),
    resize: (size: { columns: number; rows: number }) => said.push(`resize ${size.columns}x${size.rows}`),
    painted: (bytes: number) => {
      credited += bytes;
    },
  };
}

describe("a shell on a terminal", () => {
  it("shows every byte once and in order, never holds more than the limit unpainted, and credits what was painted", () => {
    const chunk = fc.uint8Array({ maxLength: 40 }).map((bytes) => {
      const large = new Uint8Array(bytes.length * 4_001);
      for (let i = 0; i < large.length; i++) large[i] = (bytes[i % bytes.length] ?? 0) ^ (i & 0xff);
      return large;
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.array(chunk, { maxLength: 3 }), fc.constant("paint"))), (steps) => {
        const view = slowView();
        const connection = recorder();
        const shell = bindShell(connection, view);
        const given: Uint8Array[] = [];
        for (const step of steps) {
          if (typeof step === "string") view.paint();
          else {
            given.push(...step);
            shell.output(step);
          }
          expect(view.unpainted).toBeLessThanOrEqual(UNPAINTED_LIMIT);
        }
        while (view.paint());
        const whole = concat(...given);
        expect(Buffer.compare(concat(...view.shown), whole)).toBe(0);
        expect(connection.credited).toBe(whole.length);
      }),
      { numRuns: 40 },
    );
  });

  it("fills the terminal up to the limit and goes on as it paints", () => {
    const view = slowView();
    const shell = bindShell(recorder(), view);
    shell.output([new Uint8Array(1_000_000)]);
    expect(view.unpainted).toBe(UNPAINTED_LIMIT);
    view.paint();
    expect(view.unpainted).toBe(UNPAINTED_LIMIT);
  });

  it("is drained once the last byte is painted, and not before", async () => {
    const view = slowView();
    const shell = bindShell(recorder(), view);
    await shell.drained();
    shell.output([new Uint8Array(300_000)]);
    let drained = false;
    const done = shell.drained().then(() => {
      drained = true;
    });
    while (view.unpainted > 16_384) view.paint();
    await Promise.resolve();
    expect(drained).toBe(false);
    while (view.paint());
    await done;
    expect(drained).toBe(true);
  });

  it("passes input and sizes on", () => {
    const connection = recorder();
    const shell = bindShell(connection, slowView());
    shell.input(Uint8Array.of(1, 2, 3));
    shell.resize({ columns: 100, rows: 30, widthPixels: 0, heightPixels: 0 });
    expect(connection.said).toEqual(["input 3", "resize 100x30"]);
  });
});
