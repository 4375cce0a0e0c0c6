// "Copy details": what a person sends to whoever helps them. The steps, what was agreed, the log; never a secret.

import { useSignal } from "@preact/signals";
import { details } from "./details.ts";
import type { Session } from "./session.ts";

export function CopyDetails({ session }: { readonly session: Session }) {
  const outcome = useSignal<"none" | "copied" | "refused">("none");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(details(session.state.peek(), __VERSION__));
      outcome.value = "copied";
    } catch {
      outcome.value = "refused";
    }
  };
  return (
    <div class="copy-details">
      <button type="button" class="quiet" onClick={() => void copy()}>
        Copy details
      </button>
      <span role="status">{outcome.value === "copied" ? "Copied" : ""}</span>
      {outcome.value === "refused" && (
        <label class="field">
          <span>The browser did not allow copying. Select and copy this:</span>
          <textarea readOnly rows={6} value={details(session.state.value, __VERSION__)} />
        </label>
      )}
    </div>
  );
}
