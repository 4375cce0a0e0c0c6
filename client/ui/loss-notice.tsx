// The browser has lost what this person knew of hosts. It is said before the first connection, not left to look like first
// contacts.

import { useSignal } from "@preact/signals";
import type { App } from "./app-model.ts";
import { formatDay } from "./day.ts";

export function LossNotice({ app }: { readonly app: App }) {
  const problem = useSignal("");
  const since = app.lostSince.value;
  if (since === undefined) return null;
  const startAnew = (): void => {
    app.acceptLoss().catch(() => {
      problem.value = "The browser could not note it. Reload the page and try again.";
    });
  };
  return (
    <section class="notice sheet" aria-label="Known hosts lost">
      <p role="alert">
        <b>This browser has lost its known hosts (last seen {formatDay(since)}).</b> Restore a backup, or go on: every
        host will look new, also those you know.
      </p>
      {problem.value && <p class="error">{problem.value}</p>}
      <div class="actions">
        <button type="button" class="first" onClick={startAnew}>
          Start anew
        </button>
        <button type="button" onClick={() => app.toKnownHosts()}>
          Restore
        </button>
      </div>
    </section>
  );
}
