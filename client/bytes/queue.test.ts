import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "./bytes.ts";
import { ByteQueue } from "./queue.ts";

describe("a byte queue", () => {
  it("gives back what was put in, in order, however it is cut on either side", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 200 }),
        fc.array(fc.nat(30), { minLength: 1, maxLength: 50 }),
        (chunks, sizes) => {
          const queue = new ByteQueue();
          const out: Uint8Array[] = [];
          let next = 0;
          for (const [i, chunk] of chunks.entries()) {
            queue.push(chunk);
            const size = sizes[next++ % sizes.length] ?? 0;
            const before = queue.length;
            const peeked = queue.peek(size)?.slice();
            const taken = queue.take(size);
            expect(taken).toEqual(peeked);
            if (taken) out.push(taken);
            expect(taken === undefined).toBe(size > before);
            expect(queue.length).toBe(before - (taken?.length ?? 0));
            if (i % 7 === 6) out.push(queue.takeAll());
          }
          out.push(queue.takeAll());
          expect(queue.length).toBe(0);
          expect(concat(...out)).toEqual(concat(...chunks));
        },
      ),
    );
  });

  it("takes nothing when there is too little", () => {
    const queue = new ByteQueue();
    queue.push(Uint8Array.of(1, 2));
    expect(queue.take(3)).toBeUndefined();
    expect(queue.take(2)).toEqual(Uint8Array.of(1, 2));
    expect(queue.take(0)).toEqual(new Uint8Array(0));
    expect(queue.peek(1)).toBeUndefined();
  });

  it("hands out a view where it can, so that large records are not copied", () => {
    const chunk = new Uint8Array(1000);
    const queue = new ByteQueue();
    queue.push(chunk);
    expect(queue.take(10)?.buffer).toBe(chunk.buffer);
    expect(queue.peek(990)?.buffer).toBe(chunk.buffer);
  });

  it("takes time in proportion to its bytes, not to their square", () => {
    const queue = new ByteQueue();
    const started = performance.now();
    const one = new Uint8Array(1);
    for (let i = 0; i < 300_000; i++) queue.push(one);
    let taken = 0;
    while (queue.take(3)) taken += 3;
    expect(taken).toBe(300_000);
    // Squared it would be minutes.
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
