// The page around wants to type: whose page, and every character of it. Asked once for each connection.

import { useRef } from "preact/hooks";
import { formatTarget } from "../../../shared/target.ts";
import { cleanText } from "../../bytes/text.ts";
import type { Destination, SendTextQuestion } from "../../switchboard/messages.ts";
import { ArmedButton } from "../../ui/armed-button.tsx";
import { Dialog } from "../../ui/dialog.tsx";

/** All that the contract allows: what is not shown is not typed. */
const SHOWN = 64 * 1024;

interface SendTextDialogProps {
  readonly question: SendTextQuestion;
  readonly destination: Destination;
  settle(allow: boolean): void;
}

export function SendTextDialog({ question: { origin, text }, destination, settle }: SendTextDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  const lines = text.trimEnd().split(/\r\n?|\n/).length;
  return (
    <Dialog title="May this page type into the terminal?" focus={cancel} onCancel={() => settle(false)}>
      <p class="soft">
        <b>{origin}</b> wants to type this at {formatTarget(destination)}, which may run each line as it arrives. After
        a yes it may type until this connection ends.
      </p>
      <textarea
        class="shown-text"
        readOnly
        rows={Math.min(lines, 8)}
        aria-label="What will be typed"
        value={cleanText(text, SHOWN)}
      />
      <div class="actions">
        <button type="button" value="cancel" class="first" ref={cancel} onClick={() => settle(false)}>
          Cancel
        </button>
        <ArmedButton onPress={() => settle(true)}>Let it type</ArmedButton>
      </div>
    </Dialog>
  );
}
