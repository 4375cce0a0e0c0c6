// "Unknown host key": the most important question there is. Nothing nudges towards trust: Cancel has the focus, and both
// trust buttons are plain until a fingerprint that the person brought along matches.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { formatTarget } from "../../shared/target.ts";
import type { HostKeyQuestion, Verdict } from "../knownhosts/claim.ts";
import { useArmed } from "./armed.ts";
import { type Comparison, compareFingerprint } from "./comparison.ts";
import { Dialog } from "./dialog.tsx";
import { Field } from "./field.tsx";
import { Fingerprint } from "./fingerprint.tsx";

interface TrustDialogProps {
  readonly question: HostKeyQuestion;
  readonly user: string;
  readonly relay: string;
  decide(verdict: Verdict): void;
}

const SAID: Record<Comparison, string> = {
  nothing: "Paste it from the server's owner or its console, and it is compared for you.",
  unreadable: "This is no SHA256 fingerprint: that is SHA256: and 43 letters and digits.",
  match: "It matches: this is the key you were told.",
  mismatch: "It does not match: this is not the key you were told. Do not connect; ask the server's owner.",
};

export function TrustDialog({ question, user, relay, decide }: TrustDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  const save = useRef<HTMLButtonElement>(null);
  const armed = useArmed();
  const expected = useSignal("");
  const comparison = compareFingerprint(expected.value, question.fingerprint);

  const trust = (verdict: Verdict): void => {
    if (armed.value && !document.hidden && comparison !== "mismatch") decide(verdict);
  };
  const trustButton = {
    type: "button" as const,
    "aria-disabled": armed.value ? undefined : ("true" as const),
    "aria-describedby": armed.value ? undefined : "trust-armed",
    onKeyDown: (event: KeyboardEvent) => {
      if (event.repeat) event.preventDefault();
    },
  };

  return (
    <Dialog title="Unknown host key" role="alertdialog" wide focus={cancel} onCancel={() => decide("reject")}>
      <p class="soft">
        This browser has never connected to <b>{formatTarget(question)}</b>. Is this its key? The relay {relay} cannot
        vouch for it.
      </p>
      <div class={`print ${comparison}`}>
        <div>
          <p class="caption">
            {question.keyType}, {question.bits} bits, SHA256
          </p>
          <Fingerprint fingerprint={question.fingerprint} />
        </div>
        <Picture art={question.randomart} />
      </div>
      <dl class="facts">
        <dt>Same key as</dt>
        <dd>{question.alsoKeyOf.length > 0 ? question.alsoKeyOf.join(", ") : "No other host you trust"}</dd>
        <dt>Log in as</dt>
        <dd>{user} (nothing has been sent yet)</dd>
      </dl>
      <Field
        label="Expected fingerprint"
        class={`expected ${comparison}`}
        value={expected.value}
        onInput={(event) => {
          expected.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          // Enter decides nothing; after a match it leads to the button that does, and must not press it on arrival:
          // neither this one nor, while the key is held down, its repetitions.
          event.preventDefault();
          if (comparison === "match" && !event.repeat) save.current?.focus();
        }}
        help={<span role="status">{SAID[comparison]}</span>}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
      <div class="actions choices">
        <button type="button" class="first" ref={cancel} onClick={() => decide("reject")}>
          Cancel
        </button>
        {comparison !== "mismatch" && (
          <>
            <button {...trustButton} onClick={() => trust("accept-once")}>
              Trust once
            </button>
            <button
              {...trustButton}
              class={comparison === "match" ? "primary" : ""}
              ref={save}
              onClick={() => trust("accept")}
            >
              Trust and save
            </button>
          </>
        )}
      </div>
      <p class="visually-hidden" id="trust-armed">
        The trust buttons work after a second, so that no stray click decides.
      </p>
    </Dialog>
  );
}

/** The picture of the key. On a phone it waits behind a button, so that the fingerprint and the buttons stay in sight. */
function Picture({ art }: { readonly art: string }) {
  const shown = useSignal(false);
  return (
    <div class={`picture ${shown.value ? "shown" : ""}`}>
      <button
        type="button"
        class="quiet small"
        aria-expanded={shown.value ? "true" : "false"}
        onClick={() => {
          shown.value = !shown.value;
        }}
      >
        {shown.value ? "Hide picture" : "Show picture"}
      </button>
      <pre role="img" aria-label="Picture of the key, as ssh-keygen draws it">
        {art}
      </pre>
    </div>
  );
}
