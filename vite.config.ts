import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

// One command builds both halves: the page with its worker into dist/client, the relay into dist/relay.
export default defineConfig({
  root: "client",
  base: "./",
  define: { __VERSION__: JSON.stringify(version) },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  environments: {
    client: {
      build: {
        outDir: "../dist/client",
        emptyOutDir: true,
        target: "es2023",
        sourcemap: true,
        assetsInlineLimit: 0,
        license: { fileName: "third-party-licences.md" },
        manifest: true,
      },
    },
    relay: {
      consumer: "server",
      build: {
        outDir: "../dist/relay",
        emptyOutDir: true,
        target: "node20",
        ssr: true,
        rolldownOptions: { input: { main: "./proxy/main.ts" }, output: { entryFileNames: "[name].mjs" } },
      },
    },
  },
  builder: {
    buildApp: async (builder) => {
      for (const name of ["client", "relay"]) {
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
