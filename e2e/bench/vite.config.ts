import { defineConfig } from "vite";

// The bench is built apart from the product: its page into dist/bench/page, its runner into dist/bench/run.mjs.
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  publicDir: false,
  worker: { format: "es" },
  environments: {
    client: { build: { outDir: "../../dist/bench/page", emptyOutDir: true, target: "es2023" } },
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
