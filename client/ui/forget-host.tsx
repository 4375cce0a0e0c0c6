// What was known of a host is forgotten by typing its name, so that no habit does it; then it is a host like any new one.

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { formatTarget, normaliseHost, type Target } from "../../shared/target.ts";
import { Field } from "./field.tsx";
import { asciiHost } from "./host-name.ts";

interface ForgetHostProps {
  /** What its keys are kept under. */
  readonly place: Target;
  /** May reject: then nothing is forgotten. */
  forget(): Promise<void>;
  forgotten(): void;
}

export function ForgetHost({ place, forget, forgotten }: ForgetHostProps) {
  const heading = useId();
  const typed = useSignal("");
  const outcome = useSignal<"none" | "forgetting" | "failed">("none");
  const named = asciiHost(typed.value) === normaliseHost(place.host) || typed.value.trim() === formatTarget(place);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!named || outcome.value === "forgetting" || document.hidden) return;
    outcome.value = "forgetting";
    try {
      await forget();
      forgotten();
    } catch {
      outcome.value = "failed";
    }
  };

  return (
    <form aria-labelledby={heading} onSubmit={(event) => void submit(event)}>
      <h2 id={heading}>If you only know that it is new</h2>
      <Field
        label={`Type ${place.host} to forget it`}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
        }}
        error={outcome.value === "failed" ? "The known hosts could not be changed. Try again." : undefined}
        help="Its old key is removed from your known hosts. The next connection asks you about the new one."
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
      <div class="actions">
        <button type="submit" class="danger" disabled={!named || outcome.value === "forgetting"}>
          Forget this host
        </button>
      </div>
    </form>
  );
}
