// What the terminal asks before it happens: a paste of several lines, and a link that a program drew.

import { useRef } from "preact/hooks";
import { formatTarget } from "../../shared/target.ts";
import { cleanText } from "../bytes/text.ts";
import { Dialog } from "./dialog.tsx";
import type { Confirmation, Session } from "./session.ts";

/** Enough to see what it is; the count says how much there is. */
const SHOWN = 4000;

export function ConfirmDialog({
  session,
  confirmation,
}: {
  readonly session: Session;
  readonly confirmation: Confirmation;
}) {
  const cancel = useRef<HTMLButtonElement>(null);
  const { kind, text, settle } = confirmation;
  const lines = text.trimEnd().split(/\r\n?|\n/).length;
  const words =
    kind === "paste"
      ? {
          title: `Paste ${lines} lines?`,
          text: `${formatTarget(session.destination)} may run each line as it arrives. Read them first.`,
          yes: "Paste",
        }
      : {
          title: "Open this link?",
          text: `A program on ${session.destination.host} showed it. It opens in a new tab.`,
          yes: "Open link",
        };
  return (
    <Dialog title={words.title} wide={kind === "paste"} focus={cancel} onCancel={() => settle(false)}>
      <p class="soft">{words.text}</p>
      <textarea
        class="shown-text"
        readOnly
        rows={kind === "paste" ? Math.min(lines, 14) : 2}
        aria-label={kind === "paste" ? "What will be pasted" : "Address"}
        value={cleanText(text, SHOWN)}
      />
      <div class="actions">
        <button type="button" value="cancel" class="first" ref={cancel} onClick={() => settle(false)}>
          Cancel
        </button>
        <button type="button" onClick={() => settle(true)}>
          {words.yes}
        </button>
      </div>
    </Dialog>
  );
}
