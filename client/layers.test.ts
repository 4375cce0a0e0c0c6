// The layering rule in one sentence: a file imports only from its own folder, from folders listed above it, and from
// shared/. Tests may import anything.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

const root = import.meta.dirname;
const ENGINE = ["bytes", "framing", "kex", "keys", "knownhosts", "login", "mux", "sftp"];

const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
  (path) => /\.tsx?$/.test(path) && !/\.(test|d)\.tsx?$/.test(path),
);

function imports(path: string): string[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
}

/** The folder of a file inside client/; "ssh.ts" and its like are their own. */
const room = (path: string): string => path.split(sep)[0] ?? "";

describe("layers", () => {
  it("every file imports only from its own folder, from those above it, and from shared/", () => {
    const wrong: string[] = [];
    for (const path of sources) {
      for (const target of imports(path).filter((name) => name.startsWith("."))) {
        const reached = relative(root, join(root, dirname(path), target.replace(/\?.*$/, "")));
        if (reached.startsWith(join("..", "shared") + sep)) continue;
        if (reached.startsWith("..")) wrong.push(`${path} leaves client/ for ${target}`);
        else if (
          room(reached) === "ssh.ts"
            ? room(path) !== "switchboard"
            : room(path) !== "ssh.ts" && room(reached) > room(path)
        ) {
          wrong.push(`${path} reaches down to ${reached}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("the engine imports nothing but itself, the noble libraries, and pako where it compresses", () => {
    const wrong: string[] = [];
    for (const path of sources.filter((path) => ENGINE.includes(room(path)) || path === "ssh.ts")) {
      for (const target of imports(path)) {
        if (target === "pako" && path === "framing/zlib.ts") continue;
        if (!target.startsWith(".") && !target.startsWith("@noble/") && target !== "valibot")
          wrong.push(`${path}: ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("sees the files it judges", () => {
    expect(sources.length).toBeGreaterThan(15);
  });
});
