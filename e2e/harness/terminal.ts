// A page with nothing but the terminal view, for tests of what only a browser shows. Not part of the product.

import { openTerminalView, type XtermView } from "../../client/terminal/xterm-view.ts";

const events: string[] = [];
const decoder = new TextDecoder();
let input = "";

const container = document.querySelector<HTMLElement>("#terminal");
if (!container) throw new Error("the harness page has no terminal element");

const view: XtermView = openTerminalView(container, {
  input: (bytes) => {
    input += decoder.decode(bytes, { stream: true });
  },
  resize: ({ columns, rows }) => events.push(`resize ${columns}x${rows}`),
  title: (text) => events.push(`title ${text}`),
  bell: () => events.push("bell"),
  confirmPaste: async (text) => {
    events.push(`confirm ${text}`);
    return harness.confirm;
  },
  confirmLink: async (url) => {
    events.push(`link ${url}`);
    return false;
  },
});

const harness = {
  view,
  events,
  confirm: true,
  /** What the terminal sent since it was asked last. */
  takeInput(): string {
    const taken = input;
    input = "";
    return taken;
  },
  /** Resolves with the byte count once it is painted. */
  write: (text: string) => new Promise<number>((resolve) => view.write(new TextEncoder().encode(text), resolve)),
};
export type Harness = typeof harness;
Object.assign(window, { harness });
