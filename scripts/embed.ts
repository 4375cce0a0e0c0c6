// The script for other people's pages goes out as it is written: every version that was released at its own address, the
// newest one at /embed.js as well.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

export function embedScript(folder: string, newest: string): Plugin {
  return {
    name: "embed-script",
    applyToEnvironment: ({ name }) => name === "client",
    generateBundle() {
      const emit = (fileName: string, path: string): void => {
        this.emitFile({ type: "asset", fileName, source: readFileSync(join(folder, path)) });
      };
      const versions = readdirSync(folder).filter((name) => /^\d+\.\d+\.\d+$/.test(name));
      for (const version of versions)
        for (const file of readdirSync(join(folder, version))) emit(`embed/${version}/${file}`, join(version, file));
      emit("embed.js", join(newest, "embed.js"));
    },
  };
}
