import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Output } from "./output.ts";

function desk() {
  const posted: number[][] = [];
  const tasks: (() => void)[] = [];
  const output = new Output(
    (bytes) => posted.push([...bytes]),
    (task) => tasks.push(task),
  );
  return { posted, output, turn: () => tasks.shift()?.(), tasks };
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
    );
    const packet = new Uint8Array(100);
    output.push(packet.subarray(10, 20));
    expect(buffers[0]).not.toBe(packet.buffer);
    expect(buffers[0]?.byteLength).toBe(10);
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
