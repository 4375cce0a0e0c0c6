// What a visitor downloads, gzipped, against what we allow ourselves. Reads the builds' manifests.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const KB = 1000;
// What a page loads at once: its document's scripts and styles, with all that these import statically.
const PAGES = {
  // xterm.js alone is 83 KB of it. Above this, a phone on a slow network waits seconds for the form.
  index: { what: "the app, first load", limit: 150 * KB },
  // Somebody else's page waits for this one, perhaps for ten of it.
  widget: { what: "the widget, first load", limit: 150 * KB },
  trust: { what: "the window for a question", limit: 150 * KB },
  playground: { what: "the playground", limit: 150 * KB },
};
const OTHERS = {
  // The SSH engine with what nearly every connection needs; loaded beside the page, before the first connection. What only
  // some need (private keys, certificates, rare key exchanges and curves, compression) is loaded when they do. The engine
  // by itself is 58 KB of it, and shall stay below 60; the rest is IndexedDB, the port to the page, and idb.
  worker: { what: "worker, first load", limit: 64 * KB },
  // What an embedding page loads from us besides the frame. It may be read whole before it is trusted.
  embed: { what: "embed.js", limit: 5 * KB },
  // With everything that is loaded later, or never; the app and the widget have a copy of xterm.js each.
  everything: { what: "all scripts and styles", limit: 580 * KB },
};

const dist = fileURLToPath(new URL("../dist/client", import.meta.url));
const manifests = join(dist, ".vite");
if (!existsSync(manifests)) {
  console.error('There is no build to measure. Run "npm run build" first.');
  process.exit(1);
}
const gzipped = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;

/** A chunk's own file, its styles, and the same of all that it imports statically. */
function initialFiles(manifest, key, found = new Set()) {
  const chunk = manifest[key];
  if (!chunk || found.has(chunk.file)) return found;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) found.add(file);
  for (const imported of chunk.imports ?? []) initialFiles(manifest, imported, found);
  return found;
}

// One for each build; a page is in one of them.
const builds = readdirSync(manifests).map((file) => JSON.parse(readFileSync(join(manifests, file), "utf8")));
const filesOf = (page) => [...new Set(builds.flatMap((manifest) => [...initialFiles(manifest, `${page}.html`)]))];

/** The same for a worker, which the manifest does not know: its static imports stand in its own text. */
function initialScripts(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(join(dist, file), "utf8");
  for (const [, imported] of text.matchAll(
    /(?<![\w$.])(?:import|export)(?:[\w$\s{},*]*from)?\s*["'`](\.[^"'`]+)["'`]/g,
  ))
    initialScripts(join(dirname(file), imported), found);
  return found;
}

const all = readdirSync(dist, { recursive: true }).filter((file) => /\.(js|css)$/.test(file));

/** Files that must be there: what is not built cannot be too large, and would pass. */
function expected(what, files) {
  if (files.length > 0) return files;
  console.error(`The build has no ${what}, so its size cannot be measured.`);
  process.exit(1);
}

const workers = all.filter((file) => /(^|[\\/])worker[-.][^\\/]*\.js$/.test(file));
const measured = {
  ...Object.fromEntries(Object.keys(PAGES).map((page) => [page, expected(`page ${page}.html`, filesOf(page))])),
  worker: [...new Set(expected("worker", workers).flatMap((file) => [...initialScripts(file)]))],
  embed: expected(
    "embed.js",
    all.filter((file) => file === "embed.js"),
  ),
  everything: all,
};

const kilobytes = (bytes) => `${(bytes / KB).toFixed(1)} KB`.padStart(10);
let over = false;
console.log(`${"gzipped".padEnd(34)}${"size".padStart(10)}${"limit".padStart(10)}`);
for (const [name, { what, limit }] of Object.entries({ ...PAGES, ...OTHERS })) {
  const size = measured[name].reduce((sum, file) => sum + gzipped(file), 0);
  const tooLarge = size > limit;
  over ||= tooLarge;
  console.log(`${what.padEnd(34)}${kilobytes(size)}${kilobytes(limit)}${tooLarge ? "  TOO LARGE" : ""}`);
}
if (over) {
  console.log("\nThe largest files:");
  const largest = all.map((file) => [file, gzipped(file)]).sort(([, a], [, b]) => b - a);
  for (const [file, size] of largest.slice(0, 8)) console.log(`${kilobytes(size)}  ${file}`);
  process.exit(1);
}
