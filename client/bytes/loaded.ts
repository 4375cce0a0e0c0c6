// Parts of the program that are loaded only when they are needed. They come from where the page came from, which may be
// gone by then, or newer than the page.

import { SshError } from "./errors.ts";

/** What a dynamic import resolves to. Rejects with SshError `not-loaded` when it cannot be loaded. */
export async function loaded<Module>(module: Promise<Module>): Promise<Module> {
  try {
    return await module;
  } catch (cause) {
    throw new SshError("not-loaded", "A part of Periwinkle could not be loaded. Reload the page and try again.", {
      cause,
    });
  }
}
