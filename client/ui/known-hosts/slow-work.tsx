// Work that takes a second or more, shown.

import { SshError } from "../../bytes/errors.ts";
import { BackupError } from "../../storage/sealed.ts";

interface SlowWorkShownProps {
  readonly label: string;
  /** 0 to 1; undefined when nothing is being done. */
  readonly progress: number | undefined;
}

export function SlowWorkShown({ label, progress }: SlowWorkShownProps) {
  if (progress === undefined) return null;
  return (
    <label class="field">
      <span>{label}</span>
      <progress max={1} value={progress} />
    </label>
  );
}

/** Our own errors are sentences; any other is not for a person. */
export function sentenceOf(thrown: unknown): string {
  return thrown instanceof BackupError || thrown instanceof SshError
    ? thrown.message
    : "That did not work. Reload the page and try again.";
}
