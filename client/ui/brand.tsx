// The name of the thing, above forms and sentences.

import { Shell } from "./icons.tsx";

export function Brand({ heading = false }: { readonly heading?: boolean }) {
  const Name = heading ? "h1" : "p";
  return (
    <header class="brand">
      <Shell />
      <Name>periwinkle</Name>
    </header>
  );
}
