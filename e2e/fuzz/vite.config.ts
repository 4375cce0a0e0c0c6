import { defineConfig } from "vite";

// The fuzzer is built apart from the product, into dist/fuzz/run.mjs.
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    outDir: "../../dist/fuzz",
    emptyOutDir: true,
    target: "node20",
    ssr: true,
    rolldownOptions: { input: { run: "./run.ts" }, output: { entryFileNames: "[name].mjs" } },
  },
});
