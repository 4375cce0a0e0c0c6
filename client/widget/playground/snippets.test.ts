import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NEWEST, RELEASES } from "../embed/releases.ts";
import { attribute, script } from "./escape.ts";
import {
  backendSnippet,
  type Embedding,
  elementSnippet,
  frameSnippet,
  moduleSnippet,
  operatorSnippet,
} from "./snippets.ts";

const PIN = `SHA256:${"A".repeat(43)}`;

const PLAIN: Embedding = {
  relay: "https://relay.example/",
  host: "db1.example",
  port: 22,
  user: "",
  pins: [],
  theme: "auto",
  fontSize: undefined,
  origin: "https://learn.example",
  grants: false,
};

const FULL: Embedding = {
  ...PLAIN,
  port: 2222,
  user: "ada",
  pins: [PIN, PIN],
  theme: "dark",
  fontSize: 15,
  grants: true,
};

/** Texts that somebody would try, and any other. */
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    `"><script>alert(1)</script>`,
    `</script><script>alert(1)//`,
    "<!--<script>",
    `'"\`\${alert(1)}\\`,
    "&quot;",
    "\u2028alert(1)\u2029",
    `a" onload="alert(1)`,
    "*/alert(1)/*",
    "\n//",
  ),
);
const embeddings: fc.Arbitrary<Embedding> = fc.record({
  relay: fc.constant(PLAIN.relay),
  host: hostile,
  port: fc.integer({ min: 1, max: 65535 }),
  user: hostile,
  pins: fc.array(hostile, { maxLength: 3 }),
  theme: fc.constantFrom("auto" as const, "dark" as const),
  fontSize: fc.constantFrom(undefined, 15),
  origin: hostile,
  grants: fc.boolean(),
});

/** A tag's attributes, as an HTML parser reads those in double quotes. Undefined where the tag is not well-formed. */
function attributesOf(html: string, tag: string): Record<string, string> | undefined {
  const [, inside] = new RegExp(`<${tag}((?:\\s+[\\w-]+(?:="[^"]*")?)*)>`).exec(html) ?? [];
  if (inside === undefined) return undefined;
  const decode = (text: string) =>
    text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  return Object.fromEntries(
    [...inside.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name = "", value = ""]) => [name, decode(value)]),
  );
}

/** The text of the last script element, which ends where an HTML parser would end it. */
const scriptIn = (html: string): string =>
  html
    .slice(html.lastIndexOf("<script"))
    .replace(/^<script[^>]*>/, "")
    .split(/<\/script/i)[0] ?? "";

const runs = (code: string): boolean => {
  try {
    // Parsed and not run; imports and exports belong to modules only.
    new Function(code.replace(/^\s*(import .*|export )/gm, "").replace("await import", "import"));
    return true;
  } catch {
    return false;
  }
};

describe("escaping", () => {
  it("keeps a text inside its attribute", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const written = attribute(text);
        expect(written.slice(1, -1)).not.toMatch(/["<>]/);
        expect(attributesOf(`<x a=${written}>`, "x")).toEqual({ a: text });
      }),
    );
  });

  it("keeps a text inside its string, and inside its script element", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const written = script(text);
        expect(written).not.toMatch(/[<>\u2028\u2029]/);
        expect(new Function(`return ${written}`)()).toBe(text);
      }),
    );
  });
});

describe("the element", () => {
  it("is as short as it can be", () => {
    expect(elementSnippet(PLAIN)).toBe(
      [
        `<script type="module" crossorigin src="https://relay.example/embed/${NEWEST}/embed.js"`,
        `  integrity="${RELEASES[NEWEST]}"></script>`,
        `<periwinkle-terminal host="db1.example"></periwinkle-terminal>`,
      ].join("\n"),
    );
  });

  it("is ten lines with everything in it, before the grant", () => {
    expect(elementSnippet({ ...FULL, grants: false }).split("\n").length).toBeLessThanOrEqual(10);
    expect(attributesOf(elementSnippet(FULL), "periwinkle-terminal")).toEqual({
      host: "db1.example",
      port: "2222",
      user: "ada",
      pins: `${PIN} ${PIN}`,
      theme: "dark",
      "font-size": "15",
    });
    expect(elementSnippet(FULL)).toContain("grant =");
  });

  it("says what was typed and nothing else, whatever that is", () => {
    fc.assert(
      fc.property(embeddings, (embedding) => {
        const html = elementSnippet({ ...embedding, grants: false });
        expect(html.match(/<\/?[a-z-]+/gi)).toEqual([
          "<script",
          "</script",
          "<periwinkle-terminal",
          "</periwinkle-terminal",
        ]);
        expect(attributesOf(html, "periwinkle-terminal")).toMatchObject({ host: embedding.host });
      }),
    );
  });
});

describe("module and plain iframe", () => {
  it.each([moduleSnippet, frameSnippet])("$name is a script, whatever was typed", (write) => {
    fc.assert(
      fc.property(embeddings, (embedding) => {
        const code = scriptIn(write(embedding));
        expect(runs(code)).toBe(true);
        expect(code).toContain(script(embedding.host));
        expect(write(embedding).match(/<\/?script/gi)).toHaveLength(2);
      }),
    );
  });

  it("the iframe has the rights that the element gives its own", async () => {
    const html = frameSnippet(FULL);
    const attributes = attributesOf(html, "iframe");
    const { readFile } = await import("node:fs/promises");
    const element = await readFile(new URL(`../embed/${NEWEST}/embed.js`, import.meta.url), "utf8");
    expect(element).toContain(`"${attributes?.sandbox}"`);
    expect(element).toContain(`"${attributes?.allow}"`);
    expect(attributes?.referrerpolicy).toBe("no-referrer");
    expect(html).toContain("sendGrant");
    expect(frameSnippet(PLAIN)).not.toContain("sendGrant");
  });
});

describe("what the operator writes", () => {
  it("opens the target, or has the key of the grants", () => {
    expect(JSON.parse(operatorSnippet(PLAIN))).toEqual({
      embed: [{ origin: "https://learn.example", open: ["db1.example:22"] }],
    });
    expect(JSON.parse(operatorSnippet(FULL))).toEqual({
      embed: [{ origin: "https://learn.example" }],
      "grant-key": ["platform.pem"],
    });
  });

  it("is JSON, whatever was typed", () => {
    fc.assert(
      fc.property(embeddings, (embedding) => {
        expect(JSON.parse(operatorSnippet(embedding)).embed[0].origin).toBe(embedding.origin);
      }),
    );
  });
});

describe("what the backend signs", () => {
  it("is what the relay and the widget want", () => {
    const code = backendSnippet(FULL);
    for (const claim of ["host", "port", "user", "origin", "pins"]) expect(code).toContain(`    ${claim}: `);
    expect(code).toContain("periwinkle-grant+jwt");
    expect(backendSnippet(PLAIN)).toContain("grant(user)");
  });

  it("is a script, whatever was typed", () => {
    fc.assert(fc.property(embeddings, (embedding) => runs(`async () => {${backendSnippet(embedding)}}`)));
  });
});
