// The part of the form that few need. What differs from the default for this host is always seen: the part is open then, or
// its name says so.

import { useSignal } from "@preact/signals";
import type { Ref } from "preact";
import { useId, useLayoutEffect } from "preact/hooks";
import type { TrustMode } from "../knownhosts/claim.ts";
import type { App } from "./app-model.ts";
import { Field } from "./field.tsx";
import { type ChoiceFields, inWords } from "./host-choices.ts";
import { SshLinks } from "./ssh-links.tsx";

interface OptionsProps {
  readonly app: App;
  readonly aliasRef: Ref<HTMLInputElement>;
  readonly aliasError: string | undefined;
  onEdit(change: Partial<ChoiceFields>): void;
}

/** As ssh_config(5) names them, for those who know them from there. */
const MODES: readonly { readonly mode: TrustMode; readonly label: string; readonly help: string; name: string }[] = [
  {
    mode: "ask",
    label: "Ask me",
    help: "You see the key of a host that was never seen before, and decide.",
    name: "ask",
  },
  {
    mode: "accept-new",
    label: "Accept new hosts",
    help: "The first key of a new host is trusted and saved unasked. One that changes later still stops the connection.",
    name: "accept-new",
  },
  {
    mode: "strict",
    label: "Refuse",
    help: "Only a key that is already known, or vouched for by whoever runs this relay, is let through.",
    name: "yes",
  },
];

export function Options({ app, aliasRef, aliasError, onEdit }: OptionsProps) {
  const choices = app.choices.in(app.form.value);
  const words = inWords(choices);
  const differs = words.length > 0 || aliasError !== undefined;
  const open = useSignal(differs);
  const help = useId();

  // Before the next paint: what differs must not be hidden for a moment either.
  useLayoutEffect(() => {
    if (differs) open.value = true;
  }, [differs, open]);

  return (
    <details
      class="options"
      open={open.value}
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>
        Options
        {words.length > 0 && !open.value && <small>{words.join(", ")}</small>}
      </summary>
      <label class="tick">
        <input
          type="checkbox"
          checked={choices.legacy}
          aria-describedby={help}
          onInput={(event) => onEdit({ legacy: event.currentTarget.checked })}
        />
        <span>Allow old algorithms for this host</span>
      </label>
      <p class="help" id={help}>
        Only for a device that cannot be updated: SHA-1, CBC, and groups and keys of 1024 bits may be broken by somebody
        on the network. Better ones still come first.
      </p>
      <Modes chosen={choices.mode} onChoose={(mode) => onEdit({ mode })} />
      <Field
        label="Known as"
        name="alias"
        inputRef={aliasRef}
        value={choices.alias}
        error={aliasError}
        help="The name that this host's key is looked up and saved under, where several addresses lead to one machine (HostKeyAlias in ssh_config). Mostly empty."
        onInput={(event) => onEdit({ alias: event.currentTarget.value })}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        enterkeyhint="go"
      />
      <SshLinks />
    </details>
  );
}

function Modes({ chosen, onChoose }: { readonly chosen: TrustMode; onChoose(mode: TrustMode): void }) {
  const id = useId();
  return (
    <fieldset class="modes">
      <legend>
        Unknown keys <small>StrictHostKeyChecking</small>
      </legend>
      {MODES.map(({ mode, label, help, name }) => (
        <div key={mode}>
          <label class="tick">
            <input
              type="radio"
              name="mode"
              checked={chosen === mode}
              aria-describedby={`${id}-${mode}`}
              onInput={() => onChoose(mode)}
            />
            <span>{label}</span>
          </label>
          <p class="help" id={`${id}-${mode}`}>
            {help} <small>({name})</small>
          </p>
        </div>
      ))}
    </fieldset>
  );
}
