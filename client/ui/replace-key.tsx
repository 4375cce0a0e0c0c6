// A changed key may take the old one's place if the person has its fingerprint from elsewhere. The page compares; the saved
// key is replaced only once the server has proved once more that it has that key.

import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import type { EarlierAnswer } from "../knownhosts/claim.ts";
import { ArmedButton } from "./armed-button.tsx";
import { type Comparison, compareFingerprint } from "./comparison.ts";
import { Field } from "./field.tsx";

interface ReplaceKeyProps {
  /** The fingerprint that the server showed. */
  readonly shown: string;
  onReplace(answer: EarlierAnswer): void;
}

const SAID: Record<Comparison, string> = {
  nothing:
    "Ask the owner for it, or read it at the server's console with ssh-keygen -l. Do not copy it from this page.",
  unreadable: "This is no SHA256 fingerprint: that is SHA256: and 43 letters and digits.",
  match: "It matches what the server shows. The new key takes the place of the old one, and you are connected.",
  mismatch: "It does not match: this is not the key you were told. Do not connect; tell the server's owner.",
};

export function ReplaceKey({ shown, onReplace }: ReplaceKeyProps) {
  const heading = useId();
  const replace = useRef<HTMLButtonElement>(null);
  const pasted = useSignal("");
  const comparison = compareFingerprint(pasted.value, shown);
  return (
    <section aria-labelledby={heading}>
      <h2 id={heading}>If you know its new fingerprint</h2>
      <Field
        label="New fingerprint, from the server's owner"
        class={`expected ${comparison}`}
        value={pasted.value}
        onInput={(event) => {
          pasted.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          // Leads to the button, and does not press it.
          if (comparison === "match" && !event.repeat) replace.current?.focus();
        }}
        help={<span role="status">{SAID[comparison]}</span>}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
      {comparison === "match" && (
        <div class="actions">
          <ArmedButton buttonRef={replace} onPress={() => onReplace({ fingerprint: shown, verdict: "replace" })}>
            Replace the saved key
          </ArmedButton>
        </div>
      )}
    </section>
  );
}
