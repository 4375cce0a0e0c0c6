// A button that copies a text; where the browser does not let it, the text itself, to be copied by hand.

import { useSignal } from "@preact/signals";

interface CopyTextProps {
  readonly label: string;
  text(): string;
}

export function CopyText({ label, text }: CopyTextProps) {
  const outcome = useSignal<"none" | "copied" | "refused">("none");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      outcome.value = "copied";
    } catch {
      outcome.value = "refused";
    }
  };
  return (
    <div class="copy-text">
      <button type="button" class="quiet" onClick={() => void copy()}>
        {label}
      </button>
      <span role="status">{outcome.value === "copied" ? "Copied" : ""}</span>
      {outcome.value === "refused" && (
        <label class="field">
          <span>The browser did not allow copying. Select and copy this:</span>
          <textarea readOnly rows={6} value={text()} />
        </label>
      )}
    </div>
  );
}
