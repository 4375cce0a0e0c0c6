// The built page, read into memory once at start. A request only looks a name up in a map: no path is ever built from
// what a client sent, and a rebuild under a running relay cannot mix two versions.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";

export interface StaticFile {
  readonly body: Buffer;
  /** The same, compressed; only where that makes it smaller and a browser loads it with the page. */
  readonly gzipped: Buffer | undefined;
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".md": "text/plain; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ts": "text/plain; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

const COMPRESSED = new Set([".css", ".html", ".js", ".svg"]);

/** Vite puts a hash of eight characters into the name of what it builds. */
const HASHED = /^\/assets\/.*-[\w-]{8}\.\w+(\.map)?$/;

/** The script for other people's pages: what has a version never changes, so that their integrity hashes hold. */
const VERSIONED = /^\/embed\/\d+\.\d+\.\d+\//;

/** Keys are paths of URLs; `/` is index.html. Names with a leading dot are left out. @throws when there is no index.html */
export function loadFiles(root: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const path of listFiles(root)) {
    const url = `/${relative(root, path).split(sep).join("/")}`;
    if (url.includes("/.")) continue;
    const body = readFileSync(path);
    const file: StaticFile = {
      body,
      gzipped: COMPRESSED.has(extname(path)) ? gzipSync(body, { level: 9 }) : undefined,
      type: TYPES[extname(path)] ?? "application/octet-stream",
      etag: etagOf(body),
      cache: cacheControl(url),
    };
    files.set(url, file);
    if (url === "/index.html") files.set("/", file);
  }
  if (!files.has("/")) throw new Error("The page is not built. Run: npm run build");
  return files;
}

/** A text that is no file of the page, and that no cache keeps. */
export function servedText(text: string): StaticFile {
  const body = Buffer.from(text);
  return { body, gzipped: gzipSync(body), type: "text/plain; charset=utf-8", etag: etagOf(body), cache: "no-store" };
}

/** Weak: plain and compressed are the same. */
function etagOf(body: Buffer): string {
  return `W/"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
}

function listFiles(root: string): string[] {
  try {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

function cacheControl(url: string): string {
  if (HASHED.test(url) || VERSIONED.test(url)) return "public, max-age=31536000, immutable";
  return url.endsWith(".html") ? "no-store" : "no-cache";
}
