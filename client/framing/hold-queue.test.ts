import { describe, expect, it } from "vitest";
import { SshError } from "../bytes/errors.ts";
import { HoldQueue } from "./hold-queue.ts";

describe("the hold queue", () => {
  it("hands on in order, and each promise follows its own send", async () => {
    const queue = new HoldQueue();
    const promises = [1, 2, 3].map((n) => queue.push(Uint8Array.of(n)));
    const sent: number[] = [];
    const gone = new SshError("lost", "gone");
    queue.flush((payload) => {
      sent.push(payload[0] ?? 0);
      return payload[0] === 2 ? Promise.reject(gone) : Promise.resolve();
    });
    expect(sent).toEqual([1, 2, 3]);
    expect(await Promise.allSettled(promises)).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: gone },
      { status: "fulfilled" },
    ]);
    queue.flush(() => {
      throw new Error("sent twice");
    });
  });

  it("keeps both parts of a message, and counts both", async () => {
    const queue = new HoldQueue();
    const sent: (readonly [Uint8Array, Uint8Array | undefined])[] = [];
    const data = new Uint8Array(8 * 1024 * 1024);
    void queue.push(Uint8Array.of(94), data);
    expect(queue.full).toBe(true);
    queue.flush(async (payload, rest) => void sent.push([payload, rest]));
    expect(sent).toHaveLength(1);
    expect(sent[0]?.[0]).toEqual(Uint8Array.of(94));
    expect(sent[0]?.[1]).toBe(data); // not toEqual, which takes a minute over 8 MiB
    expect(queue.full).toBe(false);
  });

  it("is full by number or by bytes, and empty again after a flush", () => {
    const many = new HoldQueue();
    for (let i = 0; i < 4096; i++) void many.push(Uint8Array.of(1));
    expect(many.full).toBe(false);
    void many.push(Uint8Array.of(1));
    expect(many.full).toBe(true);
    many.flush(async () => {});
    expect(many.full).toBe(false);

    const large = new HoldQueue();
    const quarter = new Uint8Array(2 * 1024 * 1024);
    for (let i = 0; i < 4; i++) void large.push(quarter);
    expect(large.full).toBe(false);
    void large.push(Uint8Array.of(1));
    expect(large.full).toBe(true);
  });

  it("rejects everything that waits with the one cause", async () => {
    const queue = new HoldQueue();
    const promises = [queue.push(Uint8Array.of(1)), queue.push(Uint8Array.of(2))];
    const cause = new SshError("lost", "gone");
    queue.fail(cause);
    for (const { status, ...rest } of await Promise.allSettled(promises)) {
      expect(status).toBe("rejected");
      expect(rest).toEqual({ reason: cause });
    }
  });
});
