// Known hosts as a file for OpenSSH.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { exportHashed, exportPlain } from "../../knownhosts/export.ts";
import { Dialog } from "../dialog.tsx";
import { FormActions } from "../form-actions.tsx";
import { download } from "./download.ts";
import { EVERYWHERE, scopeWords } from "./scopes.ts";
import type { Shelf } from "./shelf.ts";

const ALL = "all";

interface ExportDialogProps {
  readonly shelf: Shelf;
  onClose(): void;
}

export function ExportDialog({ shelf, onClose }: ExportDialogProps) {
  const which = useRef<HTMLSelectElement>(null);
  const hashed = useSignal(false);
  const texts = shelf.texts.filter(({ text }) => text !== "");

  const save = (event: Event): void => {
    event.preventDefault();
    const scope = which.current?.value ?? ALL;
    const chosen = texts.filter((text) => scope === ALL || text.scope === scope).map(({ text }) => text);
    const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
    const written = chosen.map((text) => (hashed.value ? exportHashed(text, random) : exportPlain(text))).join("");
    download("known_hosts", written, "application/octet-stream");
    onClose();
  };

  return (
    <Dialog title="Export known hosts" focus={which} onCancel={onClose}>
      <form onSubmit={save} noValidate>
        <label class="field">
          <span>Which</span>
          <select ref={which}>
            {texts.length > 1 && <option value={ALL}>All of them</option>}
            {texts.map(({ scope }) => (
              <option key={scope} value={scope}>
                {scope === EVERYWHERE ? "Names that count everywhere" : `Names that count ${scopeWords(scope)}`}
              </option>
            ))}
            {texts.length === 0 && <option value={EVERYWHERE}>None are known yet</option>}
          </select>
        </label>
        <label class="tick">
          <input
            type="checkbox"
            checked={hashed.value}
            aria-describedby="hashed-help"
            onInput={(event) => (hashed.value = event.currentTarget.checked)}
          />
          <span>Hide the names behind hashes</span>
        </label>
        <p class="help" id="hashed-help">
          Whoever finds the file then cannot read where you connect. Patterns, revoked keys and authorities stay
          readable; comments are left out. OpenSSH reads either: ssh -o UserKnownHostsFile=known_hosts
        </p>
        <FormActions submit="Download" onCancel={onClose} />
      </form>
    </Dialog>
  );
}
