// The part of the form that few need. What is on for this host is always seen: the part is open then, or says so.

import { useSignal } from "@preact/signals";
import { useId, useLayoutEffect } from "preact/hooks";
import type { App } from "./app-model.ts";

export function Options({ app }: { readonly app: App }) {
  const allowed = app.oldAlgorithms.allowedIn(app.form.value);
  const open = useSignal(allowed);
  const help = useId();

  useLayoutEffect(() => {
    if (allowed) open.value = true;
  }, [allowed, open]);

  return (
    <details
      class="options"
      open={open.value}
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>
        Options
        {allowed && !open.value && <small>old algorithms allowed</small>}
      </summary>
      <label class="tick">
        <input
          type="checkbox"
          checked={allowed}
          aria-describedby={help}
          onInput={(event) => app.oldAlgorithms.tick(app.form.peek(), event.currentTarget.checked)}
        />
        <span>Allow old algorithms for this host</span>
      </label>
      <p class="help" id={help}>
        Only for a device that cannot be updated: SHA-1, CBC, and groups and keys of 1024 bits may be broken by somebody
        on the network. Better ones still come first.
      </p>
    </details>
  );
}
