import { describe, expect, it } from "vitest";
import { Lookups } from "./lookups.ts";

const never = new AbortController().signal;

/** A resolver that answers when the test says so; `asked` are the names that it works on. */
function slow() {
  const asked: string[] = [];
  const answers = new Map<string, () => void>();
  const resolve = (name: string) => {
    asked.push(name);
    return new Promise<readonly string[]>((settle) => answers.set(name, () => settle([`of ${name}`])));
  };
  const answer = async (name: string) => {
    answers.get(name)?.();
    for (let turn = 0; turn < 5; turn++) await null;
  };
  return { asked, answer, resolve };
}

describe("lookups", () => {
  it("of one caller wait for each other, and others pass them by", async () => {
    const { asked, answer, resolve } = slow();
    const lookups = new Lookups(resolve, 2);
    const all = ["a1", "a2", "a3", "b1"].map((name) => lookups.lookUp(name.charAt(0), name, never));
    expect(asked).toEqual(["a1", "a2", "b1"]);
    await answer("b1");
    expect(asked).toEqual(["a1", "a2", "b1"]);
    await answer("a1");
    expect(asked).toEqual(["a1", "a2", "b1", "a3"]);
    await answer("a2");
    await answer("a3");
    expect(await Promise.all(all)).toEqual([["of a1"], ["of a2"], ["of a3"], ["of b1"]]);
  });

  it("never take the last of the four threads", async () => {
    const { asked, answer, resolve } = slow();
    const lookups = new Lookups(resolve, Number.POSITIVE_INFINITY);
    for (const name of ["a", "b", "c", "d"]) void lookups.lookUp(name, name, never);
    expect(asked).toEqual(["a", "b", "c"]);
    await answer("b");
    expect(asked).toEqual(["a", "b", "c", "d"]);
  });

  it("that were called off before their turn are never asked", async () => {
    const { asked, answer, resolve } = slow();
    const lookups = new Lookups(resolve, 1);
    const stop = new AbortController();
    void lookups.lookUp("a", "first", never);
    const second = lookups.lookUp("a", "second", stop.signal);
    stop.abort(new Error("left"));
    await expect(second).rejects.toThrow("left");
    await expect(lookups.lookUp("a", "late", stop.signal)).rejects.toThrow("left");
    await answer("first");
    expect(asked).toEqual(["first"]);
  });

  it("that fail make room too", async () => {
    let asked = 0;
    const lookups = new Lookups(() => {
      asked++;
      return Promise.reject(new Error("ENOTFOUND"));
    }, 1);
    for (let i = 0; i < 3; i++) await expect(lookups.lookUp("a", "x", never)).rejects.toThrow("ENOTFOUND");
    expect(asked).toBe(3);
  });
});
