// The page cannot work where it is: one sentence on what is wrong, one on what to do.

import { useEffect, useRef } from "preact/hooks";
import { cleanLine } from "../bytes/text.ts";
import type { Screen } from "./app-model.ts";
import { Brand } from "./brand.tsx";
import { takeFocus } from "./focus.ts";
import { reloadedFor, reloadFor } from "./surroundings.ts";

type BlockedScreen = Extract<
  Screen,
  { kind: "insecure" | "no-config" | "no-known-hosts" | "other-version" | "no-token" }
>;

interface Words {
  readonly title: string;
  readonly text: string;
  readonly reload: "offered" | "tried" | "useless";
}

function wordsFor(screen: BlockedScreen): Words {
  switch (screen.kind) {
    case "insecure":
      return {
        title: "This page is not secure",
        text: "Browsers do cryptography only for pages opened over https, or from this machine as localhost. Open this address with https:// in front, or use http://localhost when the relay runs here.",
        reload: "useless",
      };
    case "no-config":
      return {
        title: "The relay does not answer",
        text: "The page loaded, but the relay's settings did not. Check that you are online and that the relay runs, then reload.",
        reload: "offered",
      };
    case "no-known-hosts":
      return {
        title: "The relay's known hosts did not load",
        text: "Whoever runs this relay vouches for some hosts, and their keys did not arrive. Without them Periwinkle could not tell a wrong key from a new one, so it does not start. Check that you are online, then reload.",
        reload: "offered",
      };
    case "other-version":
      return reloadedFor(screen.relay)
        ? {
            title: "Page and relay are of different versions",
            text: `This page is version ${__VERSION__}, the relay is version ${cleanLine(screen.relay, 64)}, and reloading did not help. Something on the way keeps an old copy: empty the browser's cache for this site, or ask whoever runs the relay.`,
            reload: "tried",
          }
        : {
            title: "Page and relay are of different versions",
            text: `This page is version ${__VERSION__}, the relay is version ${cleanLine(screen.relay, 64)}. Reload the page to get the matching one.`,
            reload: "offered",
          };
    case "no-token":
      return {
        title: "Open the address the relay printed",
        text: "This relay wants to know that you may use it. When it started it printed an address that ends in #token= and some letters: open that one. It prints a new one with every start.",
        reload: "useless",
      };
    default:
      return screen satisfies never;
  }
}

export function Blocked({ screen }: { readonly screen: BlockedScreen }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => takeFocus(heading.current), []);
  const { title, text, reload } = wordsFor(screen);
  const again = (): void => {
    if (screen.kind === "other-version") reloadFor(screen.relay);
    else location.reload();
  };
  return (
    <main class="column">
      <Brand />
      <section class="sheet padded">
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        <p class="soft">{text}</p>
        {reload !== "useless" && (
          <div class="actions">
            <button type="button" class={reload === "offered" ? "primary" : ""} onClick={again}>
              Reload
            </button>
          </div>
        )}
      </section>
    </main>
  );
}
