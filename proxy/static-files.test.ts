import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { PageConfig } from "../shared/page-config.ts";
import { loadFiles } from "./static-files.ts";
import { Opened } from "./testing.ts";

const opened = new Opened();
afterEach(() => opened.closeAll());

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "periwinkle-embed-"));
  mkdirSync(join(root, "embed", "1.0.0"), { recursive: true });
  for (const name of ["index.html", "widget.html", "trust.html"]) writeFileSync(join(root, name), "<!doctype html>");
  for (const name of ["embed.js", "embed/1.0.0/embed.js", "embed/1.0.0/embed.d.ts", "embed/latest.js"])
    writeFileSync(join(root, name), "export {};");
});
afterAll(() => rmSync(root, { recursive: true }));

const learn = { origin: "https://learn.example", open: ["db1"] };
const withPage = () => opened.relay({ embed: [learn] }, { files: loadFiles(root) });
const FOR_EVER = "public, max-age=31536000, immutable";

describe("what other people's pages embed", () => {
  it.each([
    ["/widget.html?x", "text/html; charset=utf-8", "no-store", "cross-origin"],
    ["/embed.js", "text/javascript; charset=utf-8", "no-cache", "cross-origin"],
    ["/embed/latest.js", "text/javascript; charset=utf-8", "no-cache", "cross-origin"],
    ["/embed/1.0.0/embed.js", "text/javascript; charset=utf-8", FOR_EVER, "cross-origin"],
    ["/embed/1.0.0/embed.d.ts", "text/plain; charset=utf-8", FOR_EVER, "cross-origin"],
    ["/trust.html", "text/html; charset=utf-8", "no-store", "same-origin"],
  ])("%s has the headers of its path, also when it has not changed", async (path, type, cache, policy) => {
    const url = `${(await withPage()).origin}${path}`;
    const { headers } = await fetch(url);
    expect([headers.get("content-type"), headers.get("cache-control")]).toEqual([type, cache]);
    const again = await fetch(url, { headers: { "If-None-Match": headers.get("etag") ?? "" } });
    expect([again.status, again.headers.get("cross-origin-resource-policy")]).toEqual([304, policy]);
    const framed = again.headers.get("content-security-policy")?.includes(`frame-ancestors ${learn.origin};`);
    expect(framed).toBe(path.startsWith("/widget.html"));
  });

  it("the page is told of", async () => {
    const answer = await fetch(`${(await withPage()).origin}/config.json`);
    expect(v.parse(PageConfig, await answer.json()).embed).toEqual([
      { ...learn, autoConnect: [], keepTrust: false, tellTitle: false },
    ]);
  });
});
