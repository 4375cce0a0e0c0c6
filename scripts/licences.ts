// The licences of everything that is built into the page and its worker, as one file beside them. Vite's own list knows
// only the page's bundle, and most of the cryptography is in the worker's.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

export function licences(fileName: string): { readonly page: Plugin; readonly worker: Plugin } {
  const folders = new Set<string>();
  const collect = (moduleIds: Iterable<string>) => {
    for (const id of moduleIds) {
      const folder = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
      if (folder) folders.add(folder);
    }
  };
  return {
    worker: {
      name: "licences-of-the-worker",
      generateBundle() {
        collect(this.getModuleIds());
      },
    },
    page: {
      name: "licences",
      // Each build of pages writes it anew, with what was there before; the last one has all.
      applyToEnvironment: ({ config }) => config.consumer === "client",
      // The worker is built while the page is: its bundle is done by now.
      generateBundle() {
        collect(this.getModuleIds());
        const texts = [...folders].map(licenceOf).sort((a, b) => a.localeCompare(b));
        this.emitFile({ type: "asset", fileName, source: `# Third-party licences\n\n${texts.join("\n")}` });
      },
    },
  };
}

/** Throws for a package without a licence: such a one may not be built in. */
function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} has no licence file`);
  return `## ${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
