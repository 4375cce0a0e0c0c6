// The way to the list of known hosts. Few people open it, so its program is loaded when they do.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { loaded } from "../../bytes/loaded.ts";
import type { App } from "../app-model.ts";
import { Brand } from "../brand.tsx";

interface KnownHostsProps {
  readonly app: App;
  readonly search: string;
}

type Part = typeof import("./page.tsx");

export function KnownHosts({ app, search }: KnownHostsProps) {
  const part = useSignal<Part | "missing" | undefined>(undefined);

  useEffect(() => {
    let here = true;
    const take = (found: Part | "missing"): void => {
      if (here) part.value = found;
    };
    loaded(import("./page.tsx")).then(take, () => take("missing"));
    return () => {
      here = false;
    };
  }, [part]);

  if (part.value === undefined) return <main class="column" aria-busy="true" />;
  if (part.value !== "missing") return <part.value.KnownHostsPage app={app} search={search} />;
  return (
    <main class="column">
      <Brand />
      <section class="sheet padded">
        <h1>Known hosts</h1>
        <p role="alert">
          This part of Periwinkle could not be loaded: its server is gone, or has a newer version by now. Reload the
          page and try again.
        </p>
        <div class="actions">
          <button type="button" class="first" onClick={() => app.leave()}>
            Back
          </button>
          <button type="button" class="primary" onClick={() => location.reload()}>
            Reload
          </button>
        </div>
      </section>
    </main>
  );
}
