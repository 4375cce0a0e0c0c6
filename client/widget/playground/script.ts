// Our own element, from where other people's pages get it, so that the preview shows what they will see.

import { loaded } from "../../bytes/loaded.ts";
import type { PeriwinkleTerminal } from "../embed/1.0.0/embed.d.ts";

/** @throws SshError `not-loaded` */
export async function createTerminal(): Promise<PeriwinkleTerminal> {
  const address = new URL("embed.js", document.baseURI).href;
  await loaded(import(/* @vite-ignore */ address));
  return document.createElement("periwinkle-terminal");
}
