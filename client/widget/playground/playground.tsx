// The page that writes the embedding snippet: what to put into one's own page, what the operator has to allow, what a backend
// signs, and how it looks.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { PageConfig } from "../../../shared/page-config.ts";
import { formatTarget } from "../../../shared/target.ts";
import { Brand } from "../../ui/brand.tsx";
import { asciiHost } from "../../ui/host-name.ts";
import { Choice } from "./choice.tsx";
import { Preview } from "./preview.tsx";
import { Snippet } from "./snippet.tsx";
import {
  backendSnippet,
  type Embedding,
  elementSnippet,
  frameSnippet,
  moduleSnippet,
  operatorSnippet,
} from "./snippets.ts";
import { type Standing, standing } from "./standing.ts";
import { embeddingOf, type Wishes } from "./wishes.ts";
import { WishesForm } from "./wishes-form.tsx";

const WAYS = {
  element: { label: "Element", write: elementSnippet },
  module: { label: "Module", write: moduleSnippet },
  frame: { label: "Plain iframe", write: frameSnippet },
} as const;
type Way = keyof typeof WAYS;

interface PlaygroundProps {
  /** Address of the relay's pages, with a slash at its end. */
  readonly relay: string;
  readonly config: PageConfig;
}

export function Playground({ relay, config }: PlaygroundProps) {
  const wishes = useSignal<Wishes>({
    host: config.prefill?.host ?? "",
    port: String(config.prefill?.port ?? 22),
    user: config.prefill?.user ?? "",
    pins: "",
    theme: "auto",
    fontSize: "",
    origin: "",
    grants: false,
  });
  const way = useSignal<Way>("element");
  const embedding = useMemo(() => embeddingOf(wishes.value, relay), [wishes.value, relay]);
  const own = new URL(relay).origin;
  const host = asciiHost(embedding.host);
  const target = host === undefined ? undefined : { host, port: embedding.port };

  return (
    <main class="column playground">
      <Brand />
      <header>
        <h1>Embed a terminal in your own page</h1>
        <p class="soft">
          Your page places the terminal and names the host. It never sees a password, a keystroke or any output.
        </p>
      </header>
      <WishesForm
        wishes={wishes.value}
        onEdit={(change) => {
          wishes.value = { ...wishes.value, ...change };
        }}
      />
      <section class="sheet padded" aria-labelledby="page">
        <h2 id="page">In your page</h2>
        <Choice
          legend="As"
          name="way"
          options={(Object.keys(WAYS) as Way[]).map((value) => ({ value, label: WAYS[value].label }))}
          chosen={way.value}
          onChoose={(chosen) => {
            way.value = chosen;
          }}
        />
        <Snippet title="the snippet" text={WAYS[way.value].write(embedding)} />
        <p class="help">
          If your page has a Content-Security-Policy, it needs <code>script-src {own}</code> and{" "}
          <code>frame-src {own}</code>. A plain iframe needs the second only.
        </p>
      </section>
      <section class="sheet padded" aria-labelledby="operator">
        <h2 id="operator">From the relay's operator</h2>
        <p role="status">{inWords(standing(config.embed, own, embedding.origin, target), embedding)}</p>
        <Snippet title="the relay's settings" text={operatorSnippet(embedding)} />
      </section>
      {embedding.grants && (
        <section class="sheet padded" aria-labelledby="backend">
          <h2 id="backend">In your backend</h2>
          <p class="soft">
            Check that the person is logged in at your site before you sign. Whoever has a grant can use it, once, until
            it expires, from outside a browser too.
          </p>
          <Snippet title="the backend's code" text={backendSnippet(embedding)} />
        </section>
      )}
      {standing(config.embed, own, own, undefined).kind === "unlisted" ? (
        <p class="foot">This relay does not list its own origin ("self"), so there is no preview here.</p>
      ) : (
        <Preview embedding={embedding} />
      )}
      <p class="foot">
        <a href="./">Back to Periwinkle</a>
      </p>
    </main>
  );
}

function inWords({ kind }: Standing, { origin, host, port, grants }: Embedding): string {
  const target = formatTarget({ host, port });
  switch (kind) {
    case "unlisted":
      return `This relay does not let ${origin} embed it. Whoever runs it adds this to its configuration file:`;
    case "open":
      return `This relay lets ${origin} embed it, and ${target} is open to everyone who reaches it: no grant is needed.`;
    case "listed":
      return grants
        ? `This relay lets ${origin} embed it. For your grants it needs your public key:`
        : `This relay lets ${origin} embed it, but ${target} is not open. Sign grants, or have it opened:`;
    default:
      return kind satisfies never;
  }
}
