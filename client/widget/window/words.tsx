// The window when there is nothing to answer: one sentence on what happened, one on what to do.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Brand } from "../../ui/brand.tsx";

interface WordsProps {
  readonly title: string;
  readonly text: string;
  close(): void;
  readonly children?: ComponentChildren;
}

export function Words({ title, text, close, children }: WordsProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <main class="column">
      <Brand />
      <section class="sheet padded">
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        <p class="soft">{text}</p>
        {children}
        <div class="actions">
          <button type="button" class="primary" onClick={close}>
            Close
          </button>
        </div>
      </section>
    </main>
  );
}

export type TroubleKind = "insecure" | "no-config" | "other-version" | "no-known-hosts" | "no-answer";

const AGAIN = "Close this window, and open it again from the page with the terminal.";

const TROUBLES: Record<TroubleKind, Pick<WordsProps, "title" | "text">> = {
  insecure: {
    title: "This page is not secure",
    text: "Browsers do cryptography only for pages opened over https, or from this machine as localhost.",
  },
  "no-config": {
    title: "The relay does not answer",
    text: `Its settings did not load. Check that you are online. ${AGAIN}`,
  },
  "other-version": {
    title: "Window and relay are of different versions",
    text: "Close this window, reload the page with the terminal, and connect again.",
  },
  "no-known-hosts": {
    title: "The relay's known hosts did not load",
    text: `Whoever runs this relay vouches for some hosts. Without their keys a wrong one would look like a new one. ${AGAIN}`,
  },
  "no-answer": { title: "The terminal does not answer", text: `The page that opened this window is gone. ${AGAIN}` },
};

export function Trouble({ kind }: { readonly kind: TroubleKind }) {
  return <Words {...TROUBLES[kind]} close={() => window.close()} />;
}
