// Known hosts from a file: chosen, dropped or pasted; then looked at; then taken.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { TEXT_LIMIT } from "../../knownhosts/file.ts";
import { Dialog } from "../dialog.tsx";
import { FormActions } from "../form-actions.tsx";
import { ImportPreview } from "./import-preview.tsx";
import { planAll, previewOf } from "./preview.ts";
import { scopeWords, splitByScope } from "./scopes.ts";
import type { ChoicesOf, ScopedPlan, Shelf } from "./shelf.ts";

const TOO_LARGE = "This is larger than 10 MiB. Choose another file, or a part of it.";
const EMPTY = "Choose a file, or paste its lines.";
const UNREADABLE = "The file could not be read. Paste its lines instead.";

interface ImportDialogProps {
  readonly shelf: Shelf;
  onClose(): void;
}

export function ImportDialog({ shelf, onClose }: ImportDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  const pasted = useRef<HTMLTextAreaElement>(null);
  const scope = useRef<HTMLSelectElement>(null);
  const file = useSignal<File | undefined>(undefined);
  const trouble = useSignal("");
  const over = useSignal(false);
  const busy = useSignal(false);
  const plans = useSignal<readonly ScopedPlan[] | undefined>(undefined);
  const relays = [...new Set([shelf.relay, ...shelf.texts.map((text) => text.scope)])].filter((name) => name !== "");

  const take = (chosen: File | undefined): void => {
    if (!chosen) return;
    trouble.value = chosen.size > TEXT_LIMIT ? TOO_LARGE : "";
    if (trouble.value === "") file.value = chosen;
  };

  const read = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    try {
      const text = file.value === undefined ? (pasted.current?.value ?? "") : await file.value.text();
      if (text.trim() === "") trouble.value = EMPTY;
      else if (text.length > TEXT_LIMIT) trouble.value = TOO_LARGE;
      else {
        const parts = splitByScope(text, scope.current?.value ?? shelf.relay);
        // A long file takes a moment: first the button shows that it was pressed.
        await new Promise((resolve) => setTimeout(resolve));
        plans.value = planAll(parts, (name) => shelf.textOf(name));
      }
    } catch {
      trouble.value = UNREADABLE;
    } finally {
      busy.value = false;
    }
  };

  const add = async (choices: ChoicesOf, count: number): Promise<void> => {
    if (busy.value || plans.value === undefined) return;
    busy.value = true;
    const lines = count === 1 ? "1 line" : `${new Intl.NumberFormat("en").format(count)} lines`;
    await shelf.add(`Imported ${lines}.`, plans.value, choices, "imported");
    onClose();
  };

  if (plans.value !== undefined) {
    return (
      <Dialog key="preview" title="Import known hosts" wide focus={cancel} onCancel={onClose}>
        <ImportPreview
          cancel={cancel}
          preview={previewOf(plans.value)}
          verb="Import"
          busy={busy.value}
          onTake={(choices, count) => void add(choices, count)}
          onBack={onClose}
        />
      </Dialog>
    );
  }
  return (
    <Dialog title="Import known hosts" wide focus={pasted} onCancel={onClose}>
      <form
        class={over.value ? "drop over" : "drop"}
        onSubmit={(event) => void read(event)}
        noValidate
        onDragOver={(event) => {
          event.preventDefault();
          over.value = true;
        }}
        onDragLeave={() => (over.value = false)}
        onDrop={(event) => {
          event.preventDefault();
          over.value = false;
          take(event.dataTransfer?.files[0]);
        }}
      >
        {trouble.value && (
          <p class="error" role="alert">
            {trouble.value}
          </p>
        )}
        {file.value ? (
          <p class="chosen">
            <span>{file.value.name}</span>
            <button type="button" class="quiet small" onClick={() => (file.value = undefined)}>
              Use another file
            </button>
          </p>
        ) : (
          <div class="field">
            <label for="import-lines">Lines of a known_hosts file</label>
            <textarea
              id="import-lines"
              ref={pasted}
              rows={6}
              placeholder="Paste them here, or drop the file"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              aria-describedby="import-help"
            />
            <p class="help" id="import-help">
              OpenSSH keeps its own in ~/.ssh/known_hosts. You see what would change before anything does.
            </p>
            <label class="file">
              Choose a file
              <input type="file" onChange={(event) => take(event.currentTarget.files?.[0])} />
            </label>
          </div>
        )}
        <label class="field">
          <span>Names that only a relay can resolve (db1, 10.0.0.5, nas.lan) count</span>
          <select ref={scope} defaultValue={shelf.relay}>
            {relays.map((relay) => (
              <option key={relay} value={relay}>
                {scopeWords(relay)}
                {relay === shelf.relay ? " (this one)" : ""}
              </option>
            ))}
          </select>
        </label>
        <p class="help">All other names count everywhere.</p>
        <FormActions submit={busy.value ? "Reading…" : "Look at it"} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
