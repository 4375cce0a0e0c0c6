// A host's key, or an authority's, typed in by the person.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { cleanLine } from "../../bytes/text.ts";
import { ADD_ONLY } from "../../knownhosts/import.ts";
import { Dialog } from "../dialog.tsx";
import { Field } from "../field.tsx";
import { FormActions } from "../form-actions.tsx";
import { ImportPreview } from "./import-preview.tsx";
import { planAll, previewOf } from "./preview.ts";
import { splitByScope } from "./scopes.ts";
import type { ChoicesOf, ScopedPlan, Shelf } from "./shelf.ts";
import { type Typed, typedLines } from "./typed.ts";

interface AddDialogProps {
  readonly shelf: Shelf;
  onClose(): void;
}

export function AddDialog({ shelf, onClose }: AddDialogProps) {
  const kind = useSignal<"host" | "authority">("host");
  const cancel = useRef<HTMLButtonElement>(null);
  const names = useRef<HTMLInputElement>(null);
  const key = useRef<HTMLTextAreaElement>(null);
  const wrong = useSignal<Extract<Typed, { kind: "wrong" }> | undefined>(undefined);
  const plans = useSignal<readonly ScopedPlan[] | undefined>(undefined);
  const busy = useSignal(false);
  const isHost = kind.value === "host";

  const take = async (planned: readonly ScopedPlan[], choices: ChoicesOf): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    await shelf.add(isHost ? "Added the host key." : "Added the authority.", planned, choices, "added");
    onClose();
  };

  const submit = (event: Event): void => {
    event.preventDefault();
    const typed = typedLines(kind.value, names.current?.value ?? "", key.current?.value ?? "");
    if (typed.kind === "wrong") {
      wrong.value = typed;
      (typed.where === "names" ? names : key).current?.focus();
      return;
    }
    const planned = planAll(splitByScope(typed.text, shelf.relay), (scope) => shelf.textOf(scope));
    const { conflicts, revoked, known } = previewOf(planned);
    // Nothing to say about it: then nothing is asked either.
    if (conflicts.length + revoked.length + known.length === 0) void take(planned, () => ADD_ONLY);
    else plans.value = planned;
  };

  const title = isHost ? "Add a host key" : "Add an authority";
  if (plans.value !== undefined) {
    const planned = plans.value;
    return (
      <Dialog key="preview" title={title} wide focus={cancel} onCancel={onClose}>
        <ImportPreview
          cancel={cancel}
          preview={previewOf(planned)}
          verb="Add"
          busy={busy.value}
          onTake={(choices) => void take(planned, choices)}
          onBack={onClose}
        />
      </Dialog>
    );
  }
  return (
    <Dialog title={title} wide focus={names} onCancel={onClose}>
      <form onSubmit={submit} noValidate>
        <fieldset class="kinds">
          <legend class="visually-hidden">What to add</legend>
          <label class="tick">
            <input type="radio" name="kind" checked={isHost} onInput={() => (kind.value = "host")} />
            <span>A host's own key</span>
          </label>
          <label class="tick">
            <input type="radio" name="kind" checked={!isHost} onInput={() => (kind.value = "authority")} />
            <span>An authority, which vouches for hosts by certificates</span>
          </label>
        </fieldset>
        <Field
          label={isHost ? "Host names" : "Names or patterns that it may vouch for"}
          inputRef={names}
          error={wrong.value?.where === "names" ? cleanLine(wrong.value.sentence, 200) : undefined}
          help={
            isHost
              ? "With a port where it is not 22: db1.example.net:2222. May stay empty for what ssh-keyscan prints."
              : "Such as *.example.net: whoever has the authority's key can pose as any of them."
          }
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
        <div class="field">
          <label for="added-key">Public key</label>
          <textarea
            id="added-key"
            ref={key}
            rows={4}
            placeholder="ssh-ed25519 AAAA…"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            aria-invalid={wrong.value?.where === "key"}
            aria-describedby="added-key-help"
          />
          <p class={wrong.value?.where === "key" ? "error" : "help"} id="added-key-help" role="status">
            {wrong.value?.where === "key"
              ? wrong.value.sentence
              : "The line of a .pub file, or what ssh-keyscan prints."}
          </p>
        </div>
        <FormActions submit="Add" onCancel={onClose} />
      </form>
    </Dialog>
  );
}
