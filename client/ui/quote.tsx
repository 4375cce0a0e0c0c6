// Words that are not ours: shown as a quotation with its source, as plain text, whatever they contain.

export function Quote({ source, text }: { readonly source: string; readonly text: string }) {
  return (
    <figure class="quote">
      <figcaption>{source}</figcaption>
      {/* A long text scrolls, and what scrolls must be reachable by keyboard. */}
      <blockquote tabIndex={text.length > 400 ? 0 : undefined}>{text}</blockquote>
    </figure>
  );
}
