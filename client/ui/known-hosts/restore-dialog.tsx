// A backup brought back: opened with its passphrase, looked at, then added to what is there.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { OpenedBackup } from "../../storage/backup.ts";
import { formatMoment } from "../day.ts";
import { Dialog } from "../dialog.tsx";
import { Field } from "../field.tsx";
import { FormActions } from "../form-actions.tsx";
import type { KnownHostsAccess } from "./access.ts";
import { ImportPreview } from "./import-preview.tsx";
import { planAll, previewOf } from "./preview.ts";
import type { ChoicesOf, ScopedPlan, Shelf } from "./shelf.ts";
import { SlowWorkShown, sentenceOf } from "./slow-work.tsx";

/** Of a file that is read at all; the format itself has its own bound. */
const FILE_LIMIT = 64 * 1024 * 1024;

interface RestoreDialogProps {
  readonly access: KnownHostsAccess;
  readonly shelf: Shelf;
  onRestored(): void;
  onClose(): void;
}

export function RestoreDialog({ access, shelf, onRestored, onClose }: RestoreDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const name = useSignal("");
  const passphrase = useRef<HTMLInputElement>(null);
  const trouble = useSignal("");
  const progress = useSignal<number | undefined>(undefined);
  const opened = useSignal<{ backup: OpenedBackup; plans: readonly ScopedPlan[] } | undefined>(undefined);
  const busy = useSignal(false);
  const ended = useMemo(() => new AbortController(), []);
  useEffect(() => () => ended.abort(), [ended]);

  const read = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (progress.value !== undefined) return;
    const chosen = file.current?.files?.[0];
    trouble.value = troubleWith(chosen, passphrase.current?.value ?? "");
    if (trouble.value !== "" || chosen === undefined) return;
    progress.value = 0;
    try {
      const bytes = new Uint8Array(await chosen.arrayBuffer());
      const work = { progress: (done: number) => (progress.value = done), signal: ended.signal };
      const backup = await access.openBackup(bytes, passphrase.current?.value ?? "", work);
      if (ended.signal.aborted) return;
      opened.value = { backup, plans: planAll(backup.contents.knownHosts, (scope) => shelf.textOf(scope)) };
    } catch (thrown) {
      trouble.value = sentenceOf(thrown);
      passphrase.current?.focus();
    } finally {
      progress.value = undefined;
    }
  };

  const restore = async (backup: OpenedBackup, plans: readonly ScopedPlan[], choices: ChoicesOf): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    try {
      // The lines come last, as they were looked at: what the options may say depends on the hosts that are known before.
      await access.restore({ ...backup.contents, knownHosts: [] });
      if (await shelf.add("Restored the backup.", plans, choices)) onRestored();
    } catch (thrown) {
      shelf.trouble.value = `The backup was not restored as a whole. ${sentenceOf(thrown)}`;
    }
    onClose();
  };

  if (opened.value !== undefined) {
    const { backup, plans } = opened.value;
    return (
      <Dialog key="preview" title="Restore a backup" wide focus={cancel} onCancel={onClose}>
        <p class="soft">
          Made on {formatMoment(backup.contents.madeAt)}. Nothing that is here is removed: what is in the backup is
          added.
        </p>
        {backup.unknownSections.length + backup.unusableRows > 0 && (
          <p class="warning">
            A part of it cannot be used here and is left out
            {backup.unknownSections.length > 0 && `: ${backup.unknownSections.join(", ")}`}.
          </p>
        )}
        <ImportPreview
          cancel={cancel}
          preview={previewOf(plans)}
          verb="Restore"
          busy={busy.value}
          always
          onTake={(choices) => void restore(backup, plans, choices)}
          onBack={onClose}
        />
      </Dialog>
    );
  }
  return (
    <Dialog title="Restore a backup" onCancel={onClose}>
      <form onSubmit={(event) => void read(event)} noValidate>
        {trouble.value && (
          <p class="error" role="alert">
            {trouble.value}
          </p>
        )}
        <div class="field">
          <label class="file">
            Choose the backup file
            <input
              type="file"
              ref={file}
              onChange={(event) => (name.value = event.currentTarget.files?.[0]?.name ?? "")}
            />
          </label>
          {name.value && <p class="help">{name.value}</p>}
        </div>
        <Field label="Passphrase" type="password" autocomplete="current-password" inputRef={passphrase} />
        <SlowWorkShown label="Opening the backup" progress={progress.value} />
        <FormActions submit="Look at it" onCancel={onClose} />
      </form>
    </Dialog>
  );
}

function troubleWith(file: File | undefined, passphrase: string): string {
  if (file === undefined) return "Choose the file of a backup first.";
  if (file.size > FILE_LIMIT) return "A backup is never larger than 64 MiB. Choose another file.";
  return passphrase === "" ? "Type the passphrase that the backup was made with." : "";
}
