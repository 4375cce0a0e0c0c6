// The widget cannot work where it is: what is wrong, and what the page's author or the relay's operator has to do.

import { cleanLine } from "../bytes/text.ts";
import { Brand } from "../ui/brand.tsx";
import { reloadedFor, reloadFor } from "../ui/surroundings.ts";

export type Refusal =
  /** Opened by itself. */
  | { readonly kind: "not-framed" }
  | { readonly kind: "insecure" }
  | { readonly kind: "no-config" }
  | { readonly kind: "no-known-hosts" }
  | { readonly kind: "other-version"; readonly relay: string }
  | { readonly kind: "silent" }
  | { readonly kind: "unsupported" }
  | { readonly kind: "unlisted"; readonly origin: string };

interface Words {
  readonly title: string;
  readonly text: string;
}

function wordsFor(refusal: Refusal): Words {
  switch (refusal.kind) {
    case "not-framed":
      return {
        title: "This page is for embedding",
        text: "It shows a terminal inside another page, and does nothing by itself.",
      };
    case "insecure":
      return {
        title: "The page around is not secure",
        text: "Browsers do cryptography only where every page on the way is opened over https, or from this machine as localhost. The page around has to be served over https.",
      };
    case "no-config":
      return {
        title: "The relay does not answer",
        text: "Its settings did not load. Check that you are online and that the relay runs, then reload.",
      };
    case "no-known-hosts":
      return {
        title: "The relay's known hosts did not load",
        text: "Whoever runs this relay vouches for some hosts, and their keys did not arrive. Without them a wrong key would look like a new one, so nothing starts. Check that you are online, then reload.",
      };
    case "other-version":
      return {
        title: "Frame and relay are of different versions",
        text: `This frame is version ${__VERSION__}, the relay is version ${cleanLine(refusal.relay, 64)}. ${
          reloadedFor(refusal.relay)
            ? "Reloading did not help: something on the way keeps an old copy. Empty the browser's cache."
            : "Reload to get the matching one."
        }`,
      };
    case "silent":
      return {
        title: "The page around has not spoken yet",
        text: "It has to greet this frame when its load event comes: embed.js does that, and the page on embedding says how to do it by hand.",
      };
    case "unsupported":
      return {
        title: "The page around speaks another version",
        text: "It and this frame have no version of the embedding contract in common. Its author has to use the relay's own embed.js.",
      };
    case "unlisted":
      return {
        title: "This page may not embed the terminal",
        text: `Whoever runs the relay lists the pages that may, and ${cleanLine(refusal.origin, 255)} is not among them. Ask them to add it under "embed".`,
      };
    default:
      return refusal satisfies never;
  }
}

const RELOADABLE: readonly Refusal["kind"][] = ["no-config", "no-known-hosts", "other-version"];

export function Refused({ refusal }: { readonly refusal: Refusal }) {
  const { title, text } = wordsFor(refusal);
  const again = (): void => {
    if (refusal.kind === "other-version") reloadFor(refusal.relay);
    else location.reload();
  };
  return (
    <main class="column widget-card" aria-label="Terminal">
      <Brand />
      <section class="sheet padded">
        <div role="status">
          <h1>{title}</h1>
          <p class="soft">{text}</p>
        </div>
        {RELOADABLE.includes(refusal.kind) && (
          <div class="actions">
            <button type="button" onClick={again}>
              Reload
            </button>
          </div>
        )}
        {refusal.kind === "not-framed" && (
          <p>
            <a href="./">Open Periwinkle</a>
          </p>
        )}
      </section>
    </main>
  );
}
