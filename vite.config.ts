import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { NEWEST } from "./client/widget/embed/releases.ts";
import { embedScript } from "./scripts/embed.ts";
import { licences } from "./scripts/licences.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

// xterm.js 6.0.0 gives cells their 24-bit and contrast colours by a style attribute, which our policy forbids, so that the
// colours are lost. The same through the CSSOM is allowed. A release that does it in other words fails the build here.
const STYLE_ATTRIBUTE = /(\w)\.setAttribute\("style",`\$\{\1\.getAttribute\("style"\)\|\|""\}\$\{(\w)\};`\)/;
const coloursWithinPolicy: Plugin = {
  name: "colours-within-policy",
  transform: {
    filter: { id: /\/@xterm\/xterm\/lib\/xterm\.mjs$/ },
    handler(code) {
      if (!STYLE_ATTRIBUTE.test(code)) this.error("xterm.js no longer styles cells as vite.config.ts expects.");
      return { code: code.replace(STYLE_ATTRIBUTE, '$1.style.cssText+=$2+";"'), map: null };
    },
  },
};

/**
 * The app; the widget for other people's pages, with the window that answers for it; the page that writes the embedding snippet.
 * Each is built apart: what pages of one build share is cut into many small chunks, which makes each of them 12 KB larger.
 */
const PAGES = { client: ["index"], frame: ["widget", "trust"], playground: ["playground"] };

const buildOf = (name: keyof typeof PAGES) => ({
  consumer: "client" as const,
  build: {
    outDir: "../dist/client",
    // The first one, and the only one that brings the public files.
    emptyOutDir: name === "client",
    copyPublicDir: name === "client",
    target: "es2023",
    sourcemap: true,
    assetsInlineLimit: 0,
    manifest: `.vite/${name}.json`,
    rolldownOptions: { input: PAGES[name].map((page) => `client/${page}.html`) },
  },
});

const thirdParty = licences("third-party-licences.md");

// One command builds both halves: the page with its worker into dist/client, the relay into dist/relay.
export default defineConfig({
  root: "client",
  base: "./",
  define: { __VERSION__: JSON.stringify(version) },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [coloursWithinPolicy, embedScript("client/widget/embed", NEWEST), thirdParty.page],
  worker: { format: "es", plugins: () => [thirdParty.worker] },
  environments: {
    client: buildOf("client"),
    frame: buildOf("frame"),
    playground: buildOf("playground"),
    relay: {
      consumer: "server",
      build: {
        outDir: "../dist/relay",
        emptyOutDir: true,
        target: "node20",
        ssr: true,
        copyPublicDir: false,
        rolldownOptions: { input: { main: "./proxy/main.ts" }, output: { entryFileNames: "[name].mjs" } },
      },
    },
  },
  builder: {
    buildApp: async (builder) => {
      for (const name of [...Object.keys(PAGES), "relay"]) {
        const environment = builder.environments[name];
        if (environment) await builder.build(environment);
      }
    },
  },
  test: {
    root: ".",
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          root: ".",
          environment: "node",
          include: ["{client,proxy,shared}/**/*.test.{ts,tsx}"],
        },
      },
      {
        extends: true,
        test: {
          name: "protocol",
          root: ".",
          environment: "node",
          include: ["e2e/protocol/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
