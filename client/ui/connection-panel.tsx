// What protects this connection and where it leads, as it is now: a rekey or a new round trip shows itself here.

import { useRef } from "preact/hooks";
import { formatTarget } from "../../shared/target.ts";
import { CopyText } from "./copy-text.tsx";
import { Dialog } from "./dialog.tsx";
import { Fingerprint } from "./fingerprint.tsx";
import { type ReportRow, reportOf, reportText } from "./report.ts";
import type { Session } from "./session.ts";

interface ConnectionPanelProps {
  readonly session: Session;
  onClose(): void;
}

export function ConnectionPanel({ session, onClose }: ConnectionPanelProps) {
  const close = useRef<HTMLButtonElement>(null);
  const state = session.state.value;
  const old = state.facts?.legacy ?? [];
  return (
    <Dialog title="Connection" wide focus={close} onCancel={onClose}>
      <p class="where">
        {session.destination.user}@{formatTarget(session.destination)}
      </p>
      {old.length > 0 && (
        <p class="warning">
          <b>Old algorithms are in use: {old.join(", ")}.</b> Somebody on the network may be able to break them. They
          are allowed for this host under Options.
        </p>
      )}
      {reportOf(state, session.relayHost).map(({ heading, rows }) => (
        <section key={heading} class="report">
          <h3>{heading}</h3>
          <dl class="facts">
            {rows.map((row) => (
              <Row key={row.name} row={row} />
            ))}
          </dl>
        </section>
      ))}
      <div class="actions">
        <CopyText label="Copy" text={() => reportText(session.state.peek(), session.relayHost)} />
        <button type="button" ref={close} onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function Row({ row: { name, values, kind, mark, note } }: { readonly row: ReportRow }) {
  return (
    <>
      <dt>{name}</dt>
      <dd class={`fact-${kind}`}>
        {values.map((value) => (
          <Value key={value} value={value} kind={kind} />
        ))}
        {mark === "old" && <span class="old">old</span>}
        {note && <p class={mark === "good" ? "help good" : "help"}>{note}</p>}
      </dd>
    </>
  );
}

function Value({ value, kind }: { readonly value: string; readonly kind: ReportRow["kind"] }) {
  switch (kind) {
    case "fingerprint":
      return <Fingerprint fingerprint={value} />;
    case "quoted":
      return <q>{value}</q>;
    default:
      return <span class="value">{value}</span>;
  }
}
