// The known hosts as a person keeps them: to be searched, looked at, added to, taken away from.

import "./known-hosts.css";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Persistence } from "../../storage/persistence.ts";
import type { App } from "../app-model.ts";
import { AddDialog } from "./add-dialog.tsx";
import { BackupDialog } from "./backup-dialog.tsx";
import { Details } from "./details.tsx";
import { ExportDialog } from "./export-dialog.tsx";
import { ImportDialog } from "./import-dialog.tsx";
import { RowList } from "./list.tsx";
import { RestoreDialog } from "./restore-dialog.tsx";
import { type Row, sightingOf } from "./rows.ts";
import { filterInSlices, type Kind, rowFilter } from "./search.ts";
import { Shelf } from "./shelf.ts";

type Open = "add" | "import" | "export" | "back-up" | "restore" | { readonly row: Row } | undefined;

interface PageProps {
  readonly app: App;
  readonly search: string;
}

export function KnownHostsPage({ app, search }: PageProps) {
  const access = app.services.knownHosts;
  const shelf = useMemo(() => new Shelf(access, scopeOfRelay(app.relay.url), Date.now), [access, app]);
  const text = useSignal(search);
  const kind = useSignal<Kind>("");
  const found = useSignal<readonly Row[] | undefined>(undefined);
  const open = useSignal<Open>(undefined);
  const refocus = useSignal(0);
  const kept = useSignal<Persistence>("unknown");
  const field = useRef<HTMLInputElement>(null);
  const acting = useRef(false);

  useEffect(() => {
    document.title = "Known hosts";
    field.current?.focus();
    void access.persistence().then((answer) => (kept.value = answer));
    return shelf.open();
  }, [access, shelf, kept]);

  const rows = shelf.rows.value;
  useEffect(() => {
    if (rows === undefined) return;
    const search = new AbortController();
    const filter = rowFilter({ text: text.value, kind: kind.value });
    void filterInSlices(rows, filter, search.signal).then((all) => {
      if (all === undefined || search.signal.aborted) return;
      found.value = all;
      if (acting.current) refocus.value++;
      acting.current = false;
    });
    return () => search.abort();
  }, [rows, text.value, kind.value, found, refocus]);

  useEffect(() => {
    if (refocus.value > 0 && document.activeElement === document.body) field.current?.focus();
  }, [refocus.value]);

  const close = (): void => {
    open.value = undefined;
  };
  const act = (work: Promise<boolean>): void => {
    close();
    // The focus comes back when the list shows what was done.
    acting.current = true;
    void work.then((done) => {
      if (!done) refocus.value++;
    });
  };
  const shown = open.value;
  const listed = found.value ?? [];
  const done = shelf.done.value;

  return (
    <main class="known-hosts" aria-busy={rows === undefined}>
      <header>
        <button type="button" class="quiet small" onClick={() => app.leave()}>
          Back
        </button>
        <h1>Known hosts</h1>
        <div class="tools">
          <button type="button" class="small" onClick={() => (open.value = "add")}>
            Add
          </button>
          <button type="button" class="small" onClick={() => (open.value = "import")}>
            Import
          </button>
          <button type="button" class="small" onClick={() => (open.value = "export")}>
            Export
          </button>
          <button type="button" class="small" onClick={() => (open.value = "back-up")}>
            Back up
          </button>
          <button type="button" class="small" onClick={() => (open.value = "restore")}>
            Restore
          </button>
        </div>
      </header>
      <search class="search">
        <label class="field">
          <span>Name or fingerprint</span>
          <input
            type="search"
            ref={field}
            value={text.value}
            onInput={(event) => (text.value = event.currentTarget.value)}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
        </label>
        <label class="field">
          <span>Show</span>
          <select value={kind.value} onInput={(event) => (kind.value = event.currentTarget.value)}>
            <option value="">All keys</option>
            {keyTypesOf(rows ?? []).map((type) => (
              <option key={type} value={type}>
                {type}
              </option>
            ))}
            <option value="revoked">Revoked</option>
            <option value="authority">Authorities</option>
          </select>
        </label>
        <p class="caption" role="status">
          {rows !== undefined && found.value !== undefined && countWords(listed.length, rows.length)}
        </p>
      </search>
      {shelf.trouble.value && (
        <p class="error" role="alert">
          {shelf.trouble.value}
        </p>
      )}
      <div class="done" role="status">
        {done && (
          <>
            <span>{done.sentence}</span>
            {done.changes.length > 0 && (
              <button type="button" class="small" onClick={() => act(shelf.undo().then(() => true))}>
                Undo
              </button>
            )}
          </>
        )}
      </div>
      {rows?.length === 0 && !shelf.trouble.value ? (
        <p class="empty soft">
          No host is known yet. The first connection to one asks you about its key. Known hosts of another machine can
          be imported: they stand in its file ~/.ssh/known_hosts.
        </p>
      ) : (
        <RowList
          rows={listed}
          seen={shelf.seen.value}
          refocus={refocus.value}
          onOpen={(row) => (open.value = { row })}
        />
      )}
      <p class="foot">{KEPT[kept.value]}</p>
      {typeof shown === "object" && (
        <Details
          row={shown.row}
          sighting={sightingOf(shown.row, shelf.seen.value)}
          onClose={close}
          onRemove={() => act(shelf.remove(shown.row))}
          onRevoke={() => act(shelf.revoke(shown.row))}
        />
      )}
      {shown === "add" && <AddDialog shelf={shelf} onClose={close} />}
      {shown === "import" && <ImportDialog shelf={shelf} onClose={close} />}
      {shown === "export" && <ExportDialog shelf={shelf} onClose={close} />}
      {shown === "back-up" && <BackupDialog access={access} onClose={close} />}
      {shown === "restore" && (
        <RestoreDialog access={access} shelf={shelf} onRestored={() => void app.restored()} onClose={close} />
      )}
    </main>
  );
}

const KEPT: Readonly<Record<Persistence, string>> = {
  persistent: "The browser has promised to keep this list until you clear it.",
  "may be cleared":
    "The browser may clear this list when room runs short, or after weeks without a visit: keep a backup.",
  unknown: "The browser has not said whether it keeps this list: a backup makes sure.",
};

/** The scope of names that only this relay can resolve: its origin, as for the verifier. */
function scopeOfRelay(url: string): string {
  return new URL(url).origin.replace(/^ws/, "http");
}

function keyTypesOf(rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.map(({ keyType }) => keyType))].sort().slice(0, 20);
}

const numbers = new Intl.NumberFormat("en");

function countWords(found: number, all: number): string {
  if (all === 0) return "";
  if (found !== all) return `${numbers.format(found)} of ${numbers.format(all)}`;
  return all === 1 ? "1 line" : `${numbers.format(all)} lines`;
}
