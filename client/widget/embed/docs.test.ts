// docs/embedding.md against what it speaks of: its examples are what the playground writes, its threat table names tests that
// exist, and its tables have every attribute, method, event and setting.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Embedder } from "../../../shared/page-config.ts";
import { type Embedding, elementSnippet, frameSnippet } from "../playground/snippets.ts";
import { NEWEST } from "./releases.ts";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const docs = read("docs/embedding.md");

const EXAMPLE: Embedding = {
  relay: "https://ssh.example/",
  host: "db1.example",
  port: 22,
  user: "ada",
  pins: [],
  theme: "auto",
  fontSize: undefined,
  origin: "https://learn.example",
  grants: false,
};

/** The first column of every table. */
const firstColumn = [...docs.matchAll(/^\| `([\w-]+)(?:\(.*?\))?` \|/gm)].map(([, name]) => name);

/** The rows of the threat table: what stands in their last column. */
const rows = docs
  .slice(docs.indexOf("| which test shows it |"))
  .split("\n")
  .slice(2)
  .filter((line) => line.startsWith("| "));
const shown = rows.flatMap((row) => [...row.matchAll(/`([\w./-]+\.(?:test|spec)\.tsx?)` “([^”]+)”/g)]);

describe("the page on embedding", () => {
  it.each([
    ["element", elementSnippet],
    ["frame", frameSnippet],
  ])("has the example of the %s as the playground writes it", (name, write) => {
    const [, example] = new RegExp(`<!-- example: ${name} -->\n\`\`\`html\n([^]*?)\n\`\`\``).exec(docs) ?? [];
    expect(example).toBe(write(EXAMPLE));
  });

  it("names a test in every row about what the page cannot do", () => {
    const cannot = rows.filter((row) => row.includes("**cannot**"));
    expect(cannot.length).toBeGreaterThan(10);
    expect(cannot.filter((row) => !/\.(?:test|spec)\.tsx?` “/.test(row))).toEqual([]);
  });

  it.each(shown.map(([, path = "", title = ""]) => [path, title]))(
    "names a test that exists: %s, %s",
    (path, title) => {
      // In a row a quotation mark of the code stands as it is.
      expect(read(path).replaceAll('\\"', '"')).toContain(title);
    },
  );

  it("has every attribute and event of the element", () => {
    const script = read(`client/widget/embed/${NEWEST}/embed.js`);
    const [, attributes = ""] = /const ATTRIBUTES[\s\S]*?\(\{([^}]*)\}\)/.exec(script) ?? [];
    const names = [...attributes.matchAll(/^\s*"?([\w-]+)"?:/gm)].map(([, name]) => name);
    expect(names.length).toBe(10);
    const [, events = ""] =
      /interface TerminalEventMap[^{]*\{([^}]*)\}/.exec(read(`client/widget/embed/${NEWEST}/embed.d.ts`)) ?? [];
    const heard = [...events.matchAll(/^\s*(\w+): CustomEvent/gm)].map(([, name]) => name);
    expect(heard.length).toBe(11);
    expect(firstColumn).toEqual(expect.arrayContaining([...names, ...heard]));
  });

  it("has every setting of the operator's list", () => {
    expect(firstColumn).toEqual(expect.arrayContaining(Object.keys(Embedder.entries)));
  });
});
