// One file with everything that this browser keeps, which only a passphrase opens.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Dialog } from "../dialog.tsx";
import { Field } from "../field.tsx";
import { FormActions } from "../form-actions.tsx";
import type { KnownHostsAccess } from "./access.ts";
import { download } from "./download.ts";
import { SlowWorkShown, sentenceOf } from "./slow-work.tsx";

/** Whoever finds the file can try passphrases for as long as they like. */
const SHORTEST = 10;

interface BackupDialogProps {
  readonly access: KnownHostsAccess;
  onClose(): void;
}

export function BackupDialog({ access, onClose }: BackupDialogProps) {
  const first = useRef<HTMLInputElement>(null);
  const second = useRef<HTMLInputElement>(null);
  const wrong = useSignal<{ readonly where: "first" | "second" | "work"; readonly sentence: string } | undefined>(
    undefined,
  );
  const progress = useSignal<number | undefined>(undefined);
  const ended = useMemo(() => new AbortController(), []);
  useEffect(() => () => ended.abort(), [ended]);

  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (progress.value !== undefined) return;
    const [passphrase, repeated] = [first.current?.value ?? "", second.current?.value ?? ""];
    if (passphrase.length < SHORTEST) {
      wrong.value = {
        where: "first",
        sentence: `Take at least ${SHORTEST} characters: several words are easy to keep.`,
      };
      first.current?.focus();
      return;
    }
    if (passphrase !== repeated) {
      wrong.value = { where: "second", sentence: "The two are not the same." };
      second.current?.focus();
      return;
    }
    wrong.value = undefined;
    progress.value = 0;
    try {
      const work = { progress: (done: number) => (progress.value = done), signal: ended.signal };
      const file = await access.backUp(passphrase, work);
      if (ended.signal.aborted) return;
      const day = new Date().toISOString().slice(0, 10);
      download(`periwinkle-backup-${day}`, file, "application/octet-stream");
      onClose();
    } catch (thrown) {
      progress.value = undefined;
      wrong.value = { where: "work", sentence: sentenceOf(thrown) };
    }
  };

  return (
    <Dialog title="Back up" focus={first} onCancel={onClose}>
      <form onSubmit={(event) => void make(event)} noValidate>
        <p class="soft">
          One file with your known hosts, your choices for each host and your recent destinations. Nobody can open it
          without the passphrase, you neither.
        </p>
        {wrong.value?.where === "work" && (
          <p class="error" role="alert">
            {wrong.value.sentence}
          </p>
        )}
        <Field
          label="Passphrase"
          type="password"
          autocomplete="new-password"
          inputRef={first}
          error={wrong.value?.where === "first" ? wrong.value.sentence : undefined}
        />
        <Field
          label="The same once more"
          type="password"
          autocomplete="new-password"
          inputRef={second}
          error={wrong.value?.where === "second" ? wrong.value.sentence : undefined}
        />
        <SlowWorkShown label="Locking the backup" progress={progress.value} />
        <FormActions submit="Download backup" onCancel={onClose} />
      </form>
    </Dialog>
  );
}
