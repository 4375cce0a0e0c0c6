import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LOAD_BYTES, Output } from "./output.ts";

function desk() {
  const posted: number[][] = [];
  const tasks: (() => void)[] = [];
  const timers: { milliseconds: number; ring: () => void }[] = [];
  const output = new Output(
    (bytes) => posted.push([...bytes]),
    (task) => tasks.push(task),
    {
      after(milliseconds, ring) {
        timers.push({ milliseconds, ring });
        return () => {};
      },
    },
  );
  return { posted, output, turn: () => tasks.shift()?.(), tasks, timers };
}

describe("output", () => {
  it("leaves at once when nothing went before it", () => {
    const { posted, output, turn } = desk();
    output.push(Uint8Array.of(1));
    expect(posted).toEqual([[1]]);
    turn();
    output.push(Uint8Array.of(2));
    expect(posted).toEqual([[1], [2]]);
  });

  it("is joined while the event loop turns, and again as long as it keeps coming", () => {
    const { posted, output, turn, tasks } = desk();
    for (const byte of [1, 2, 3]) output.push(Uint8Array.of(byte));
    turn();
    for (const byte of [4, 5]) output.push(Uint8Array.of(byte));
    turn();
    turn();
    expect(posted).toEqual([[1], [2, 3], [4, 5]]);
    expect(tasks).toEqual([]);
  });

  it("is flushed before the end", () => {
    const { posted, output } = desk();
    for (const byte of [1, 2]) output.push(Uint8Array.of(byte));
    output.flush();
    output.flush();
    expect(posted).toEqual([[1], [2]]);
  });

  it("is posted in arrays of its own, never in views of a packet", () => {
    const buffers: ArrayBuffer[] = [];
    const output = new Output(
      ({ buffer }) => buffers.push(buffer),
      () => {},
      { after: () => () => {} },
    );
    const packet = new Uint8Array(100);
    output.push(packet.subarray(10, 20));
    expect(buffers[0]).not.toBe(packet.buffer);
    expect(buffers[0]?.byteLength).toBe(10);
  });

  it("of a flood leaves in buffers that come back, and never in one that is still out there", () => {
    const posted: ArrayBuffer[] = [];
    const output = new Output(
      ({ buffer }) => posted.push(buffer),
      () => {},
      { after: () => () => {} },
    );
    const flood = () => {
      output.push(new Uint8Array(20_000));
      output.flush();
      return posted.at(-1) as ArrayBuffer;
    };
    const [one, two] = [flood(), flood()];
    expect(one).not.toBe(two);
    expect([one.byteLength, two.byteLength]).toEqual([LOAD_BYTES, LOAD_BYTES]);
    output.recycle([one]);
    expect(flood()).toBe(one);
    expect([one, two]).not.toContain(flood());
  });

  it("takes back only its own kind of buffer, and not without end", () => {
    const posted: ArrayBuffer[] = [];
    const output = new Output(
      ({ buffer }) => posted.push(buffer),
      () => {},
      { after: () => () => {} },
    );
    output.recycle([new ArrayBuffer(20_000)]);
    const returned = Array.from({ length: 20 }, () => new ArrayBuffer(LOAD_BYTES));
    output.recycle(returned);
    for (let i = 0; i < 20; i++) {
      output.push(new Uint8Array(20_000));
      output.flush();
    }
    expect(posted.filter((buffer) => returned.includes(buffer))).toHaveLength(16);
    expect(posted.every(({ byteLength }) => byteLength === LOAD_BYTES)).toBe(true);
  });

  it("of a flood is gathered for 4 ms, or to 256 KiB, and then turn by turn again", () => {
    const { posted, output, turn, tasks, timers } = desk();
    const piece = () => output.push(new Uint8Array(32_768));
    const sizes = () => posted.splice(0).map(({ length }) => length);
    piece();
    piece();
    turn();
    expect([sizes(), tasks.length, timers.map(({ milliseconds }) => milliseconds)]).toEqual([[32_768], 0, [4]]);
    for (let i = 0; i < 9; i++) piece();
    expect(sizes()).toEqual([8 * 32_768]);
    timers.shift()?.ring();
    expect([sizes(), tasks.length, timers.length]).toEqual([[2 * 32_768], 1, 0]);
    output.push(Uint8Array.of(1));
    turn();
    expect([sizes(), tasks.length, timers.length]).toEqual([[1], 1, 0]);
    turn();
    expect([sizes(), tasks.length, timers.length]).toEqual([[], 0, 0]);
  });

  it("loses nothing and keeps its order, whatever turns when", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 5 }), fc.constant("turn" as const))),
        (steps) => {
          const { posted, output, turn } = desk();
          for (const step of steps) {
            if (step === "turn") turn();
            else output.push(step);
          }
          output.flush();
          expect(posted.flat()).toEqual(steps.flatMap((step) => (step === "turn" ? [] : [...step])));
        },
      ),
    );
  });
});
