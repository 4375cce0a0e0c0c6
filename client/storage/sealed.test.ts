import { createDecipheriv, randomBytes, scryptSync } from "node:crypto";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ascii, concat, toHex } from "../bytes/bytes.ts";
import { type BackupProblem, type ScryptCost, type SealWork, type SlowWork, seal, unseal } from "./sealed.ts";

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const QUICK: ScryptCost = { log2N: 4, r: 1, p: 1 };
const quickly = (contents: Uint8Array, passphrase: string, work: Partial<SealWork> = {}) =>
  seal(contents, passphrase, { random, cost: QUICK, ...work });
const CONTENTS = ascii("what is kept");
const sealed = await quickly(CONTENTS, "sesame");
const HEADER = 50;
const VERSION = 18;

/** How it is refused; undefined when it opens. */
const refusal = (file: Uint8Array, passphrase = "sesame", work: SlowWork = {}): Promise<BackupProblem | undefined> =>
  unseal(file, passphrase, work).then(
    () => undefined,
    (error: { problem: BackupProblem }) => error.problem,
  );
const having = (at: number, ...bytes: readonly number[]): Uint8Array => {
  const file = sealed.slice();
  file.set(bytes, at);
  return file;
};

describe("a sealed file", () => {
  it("opens with its passphrase, and says what was put into it", async () => {
    const anything = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: "grapheme" }));
    await fc.assert(
      fc.asyncProperty(anything, async ([contents, passphrase]) => {
        const file = await quickly(contents, passphrase);
        expect(toHex(await unseal(file, passphrase, {}))).toBe(toHex(contents));
        expect(await refusal(file, `${passphrase}x`)).toBe("sealed");
      }),
      { numRuns: 50 },
    );
  });

  it("is what its description says, read by another program", () => {
    const [salt, nonce] = [sealed.subarray(22, 38), sealed.subarray(38, HEADER)];
    const key = scryptSync("sesame", salt, 32, { N: 2 ** (sealed[19] ?? 0), r: sealed[20] ?? 0, p: sealed[21] ?? 0 });
    const opening = createDecipheriv("aes-256-gcm", key, nonce);
    opening.setAAD(sealed.subarray(0, HEADER));
    opening.setAuthTag(sealed.subarray(-16));
    const opened = concat(opening.update(sealed.subarray(HEADER, -16)), opening.final());
    expect(toHex(opened)).toBe(toHex(CONTENTS));
  });

  it("is another one each time", async () => {
    const again = await quickly(CONTENTS, "sesame");
    expect(toHex(again.subarray(22, HEADER))).not.toBe(toHex(sealed.subarray(22, HEADER)));
    expect(toHex(again.subarray(HEADER))).not.toBe(toHex(sealed.subarray(HEADER)));
  });

  it("takes a passphrase as it is read, however the keyboard spelled it", async () => {
    const file = await quickly(CONTENTS, "caf\u00e9");
    expect(await refusal(file, "cafe\u0301")).toBeUndefined();
  });

  it("with any byte changed is refused, and with any bit of its last and first bytes", async () => {
    for (let at = 0; at < sealed.length; at++) {
      expect(await refusal(having(at, (sealed[at] ?? 0) ^ 0xff)), `byte ${at}`).toBeDefined();
    }
    for (const at of [VERSION, 19, 20, 21, 22, HEADER - 1, HEADER, sealed.length - 1]) {
      for (let bit = 0; bit < 8; bit++) {
        expect(await refusal(having(at, (sealed[at] ?? 0) ^ (1 << bit))), `byte ${at} bit ${bit}`).toBeDefined();
      }
    }
  }, 30_000);

  it("cut short or grown is refused", async () => {
    for (let length = 0; length < sealed.length; length++) {
      expect(await refusal(sealed.subarray(0, length)), `${length}`).toBe(length < VERSION ? "foreign" : "sealed");
    }
    expect(await refusal(concat(sealed, Uint8Array.of(0)))).toBe("sealed");
  });

  it.each<[string, Uint8Array, BackupProblem]>([
    ["that is empty", new Uint8Array(), "foreign"],
    ["of another kind", ascii("-----BEGIN OPENSSH PRIVATE KEY-----"), "foreign"],
    ["of version 2", having(VERSION, 2), "newer"],
    ["with its text changed", having(HEADER, 0, 0, 0), "sealed"],
    ["that wants 512 MiB", having(19, 19, 8, 1), "costly"],
    ["that wants N of 2 to the 255", having(19, 255, 1, 1), "costly"],
    ["that wants eight times our time", having(19, 17, 8, 8), "costly"],
    ["that wants no work at all", having(19, 0, 1, 1), "costly"],
    ["that wants no blocks", having(19, 4, 0, 1), "costly"],
    ["that wants no lanes", having(19, 4, 1, 0), "costly"],
    ["above 64 MiB", concat(sealed, new Uint8Array(64 * 1024 * 1024)), "large"],
  ])("%s is refused, each with its own reason and before any work", async (_, file, problem) => {
    const progress = vi.fn();
    expect(await refusal(file, "sesame", { progress })).toBe(problem);
    if (problem !== "sealed") expect(progress).not.toHaveBeenCalled();
  });

  it("is never made above 64 MiB", async () => {
    await expect(quickly(new Uint8Array(64 * 1024 * 1024), "sesame")).rejects.toMatchObject({ problem: "large" });
  });
});

describe("the work for a passphrase", () => {
  const ours: ScryptCost = { log2N: 17, r: 8, p: 1 };
  const some: ScryptCost = { log2N: 13, r: 8, p: 1 };

  it("takes 128 MiB, tells how far it is, and lets the page go on", async () => {
    const told: number[] = [];
    let [turns, done] = [0, false];
    const count = (): void => {
      turns++;
      if (!done) setTimeout(count);
    };
    setTimeout(count);
    const file = await seal(CONTENTS, "sesame", { random, progress: (part) => told.push(part) });
    done = true;
    expect([...file.subarray(19, 22)]).toEqual(Object.values(ours));
    expect(turns).toBeGreaterThan(10);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect([told.length > 10, told.at(-1)]).toEqual([true, 1]);
    expect(await refusal(file)).toBeUndefined();
  }, 60_000);

  it("is not begun when it is already cancelled", async () => {
    const progress = vi.fn();
    const work = { progress, signal: AbortSignal.abort(new Error("left")) };
    await expect(quickly(CONTENTS, "sesame", work)).rejects.toThrow("left");
    await expect(unseal(sealed, "sesame", work)).rejects.toThrow("left");
    expect(progress).not.toHaveBeenCalled();
  });

  it("stops when it is cancelled", async () => {
    const stop = new AbortController();
    const told: number[] = [];
    const progress = (part: number): void => {
      told.push(part);
      stop.abort(new Error("left"));
    };
    const work = { cost: some, progress, signal: stop.signal };
    await expect(quickly(CONTENTS, "sesame", work)).rejects.toThrow("left");
    expect(told).toHaveLength(1);
  });
});

describe("a browser that cannot", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("encrypt, as on plain HTTP, says so", async () => {
    vi.stubGlobal("crypto", {});
    await expect(quickly(CONTENTS, "sesame")).rejects.toMatchObject({ problem: "insecure" });
  });
});
