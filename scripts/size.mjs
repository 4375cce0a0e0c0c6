// What a visitor downloads, gzipped, against what we allow ourselves. Reads the build's manifest.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const KB = 1000;
const BUDGETS = {
  // xterm.js alone is 83 KB of it. Above this, a phone on a slow network waits seconds for the form.
  page: { what: "first page: scripts and styles", limit: 150 * KB },
  // The SSH engine with what nearly every connection needs; loaded beside the page, before the first connection. What only
  // some need (private keys, certificates, rare key exchanges and curves, compression) is loaded when they do. The engine
  // by itself is 58 KB of it, and shall stay below 60; the rest is IndexedDB, the port to the page, and idb.
  worker: { what: "worker, first load", limit: 64 * KB },
  // With everything that is loaded later, or never.
  everything: { what: "all scripts and styles", limit: 340 * KB },
};

const dist = fileURLToPath(new URL("../dist/client", import.meta.url));
const manifestFile = join(dist, ".vite/manifest.json");
if (!existsSync(manifestFile)) {
  console.error('There is no build to measure. Run "npm run build" first.');
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(manifestFile, "utf8"));

const gzipped = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;

/** A chunk's own file, its styles, and the same of all that it imports statically. */
function initialFiles(key, found = new Set()) {
  const chunk = manifest[key];
  if (!chunk || found.has(chunk.file)) return found;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) found.add(file);
  for (const imported of chunk.imports ?? []) initialFiles(imported, found);
  return found;
}

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

const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry && key.endsWith(".html"));
if (entries.length === 0) {
  console.error("The build's manifest names no page, so nothing can be measured.");
  process.exit(1);
}

const all = readdirSync(dist, { recursive: true }).filter((file) => /\.(js|css)$/.test(file));
const workers = all.filter((file) => /(^|[\\/])worker[-.][^\\/]*\.js$/.test(file));
if (workers.length === 0) {
  console.error("The build has no worker, so the engine's size cannot be measured.");
  process.exit(1);
}

const page = new Set(entries.flatMap((key) => [...initialFiles(key)]));
const worker = new Set(workers.flatMap((file) => [...initialScripts(file)]));
const measured = { page: [...page], worker: [...worker], everything: all };

const kilobytes = (bytes) => `${(bytes / KB).toFixed(1)} KB`.padStart(10);
let over = false;
console.log(`${"gzipped".padEnd(34)}${"size".padStart(10)}${"limit".padStart(10)}`);
for (const [name, { what, limit }] of Object.entries(BUDGETS)) {
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
