import { expect, it } from "vitest";

// Not TypeScript, so that it runs where nothing else does; and so its type is said here.
const script = new URL("../scripts/check-node.mjs", import.meta.url).href;
const { supports } = (await import(script)) as { supports: (version: string) => boolean };

it.each([
  ["18.20.8", false],
  ["20.18.3", false],
  ["20.19.0", true],
  ["20.20.2", true],
  ["21.7.3", false],
  ["22.0.0", false],
  ["22.11.0", false],
  ["22.12.0", true],
  ["23.0.0", true],
  ["26.1.0", true],
])("Node %s is one that the build runs on: %s", (version, wanted) => expect(supports(version)).toBe(wanted));
