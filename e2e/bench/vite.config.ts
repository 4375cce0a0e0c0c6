import { defineConfig, type Plugin } from "vite";

// dev-tunnels has one set of algorithms for Node and one for browsers, and decides when it runs: a browser needs no more.
// One class of it, which we do not use, is a stream of Node's.
const noNode: Plugin = {
  name: "no-node",
  enforce: "pre",
  resolveId: { filter: { id: /^stream$/ }, handler: () => "\0stream" },
  load: {
    filter: { id: /^\0stream$|dev-tunnels-ssh\/algorithms\/node\/\w+\.js$/ },
    handler: (id) => (id === "\0stream" ? "export class Duplex {} export class Transform {}" : "export {};"),
  },
};

// The bench is built apart from the product: its page into dist/bench/page, its runner into dist/bench/run.mjs. Not
// minified, so that a profile has names; it runs no slower.
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  publicDir: false,
  worker: { format: "es", plugins: () => [noNode] },
  environments: {
    client: { build: { outDir: "../../dist/bench/page", emptyOutDir: true, target: "es2023", minify: false } },
    runner: {
      consumer: "server",
      build: {
        outDir: "../../dist/bench",
        emptyOutDir: false,
        target: "node20",
        ssr: true,
        rolldownOptions: { input: { run: "./run.ts" }, output: { entryFileNames: "[name].mjs" } },
      },
    },
  },
  builder: {
    buildApp: async (builder) => {
      for (const name of ["client", "runner"]) {
        const environment = builder.environments[name];
        if (environment) await builder.build(environment);
      }
    },
  },
});
