/** `de-DE` as `de_DE.UTF-8`; a language without a country has no locale of its own on most servers. */
export function locale(language: string): string {
  const parts = /^([a-z]{2,3})(?:-[A-Z][a-z]{3})?-([A-Z]{2})$/.exec(language);
  return parts ? `${parts[1]}_${parts[2]}.UTF-8` : "C.UTF-8";
}
