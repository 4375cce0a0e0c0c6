// What was released never changes, and what the docs tell people to pin is what is served.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { NEWEST, RELEASES } from "./releases.ts";

const KB = 1000;
const read = (...path: string[]): Buffer => readFileSync(join(import.meta.dirname, ...path));

describe("the script's releases", () => {
  it("are the folders here", () => {
    const folders = readdirSync(import.meta.dirname).filter((name) => /^\d/.test(name));
    expect(folders.sort()).toEqual(Object.keys(RELEASES).sort());
    expect(NEWEST).toBe(Object.keys(RELEASES).at(-1));
  });

  it.each(Object.entries(RELEASES))("%s is what was released", (version, integrity) => {
    const hash = createHash("sha384").update(read(version, "embed.js")).digest("base64");
    expect(`sha384-${hash}`).toBe(integrity);
  });

  it("the newest is under 5 KB, compressed", () => {
    expect(gzipSync(read(NEWEST, "embed.js"), { level: 9 }).length).toBeLessThan(5 * KB);
  });

  it("the docs show the newest, and its hash", () => {
    const docs = read("../../../docs/embedding.md").toString();
    expect([...new Set(docs.match(/sha384-[\w+/=]+/g))]).toEqual([RELEASES[NEWEST]]);
    expect([...new Set(docs.match(/\/embed\/\d+\.\d+\.\d+\//g))]).toEqual([`/embed/${NEWEST}/`]);
  });
});
