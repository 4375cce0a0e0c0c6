// A text where it cannot break out of the place it is written into.

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;" };

/** For an HTML attribute; with its quotes. */
export function attribute(text: string): string {
  return `"${text.replace(/[&"<>]/g, (character) => ENTITIES[character] ?? "")}"`;
}

/** A value as JavaScript, which may stand in a `<script>` element: no `</script>` and no `<!--` can appear in it. */
export function script(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
