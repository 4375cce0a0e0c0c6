// Links a server prints (OSC 8). They open on ctrl or cmd click only, after the person has seen where they lead.

import type { ILinkHandler } from "@xterm/xterm";

const LONGEST = 2_048;

/** The address in the browser's own spelling, host in ASCII; undefined for anything but http and https. */
export function httpAddress(text: string): string | undefined {
  if (text.length > LONGEST || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
}

export function linkHandler(confirm: (address: string) => Promise<boolean>): ILinkHandler {
  return {
    allowNonHttpProtocols: false,
    activate(event, text) {
      const address = httpAddress(text);
      if (address === undefined || !(event.ctrlKey || event.metaKey)) return;
      confirm(address).then(
        (yes) => yes && window.open(address, "_blank", "noopener,noreferrer"),
        () => undefined,
      );
    },
  };
}
