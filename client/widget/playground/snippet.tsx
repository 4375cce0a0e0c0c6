// A text to be copied into somebody else's file.

import { useId } from "preact/hooks";
import { CopyText } from "../../ui/copy-text.tsx";

interface SnippetProps {
  readonly title: string;
  readonly text: string;
}

export function Snippet({ title, text }: SnippetProps) {
  const heading = useId();
  return (
    <figure class="snippet">
      <figcaption id={heading}>{title}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section class="text" aria-labelledby={heading} tabIndex={0}>
        <pre>
          <code>{text}</code>
        </pre>
      </section>
      <CopyText label={`Copy ${title}`} text={() => text} />
    </figure>
  );
}
