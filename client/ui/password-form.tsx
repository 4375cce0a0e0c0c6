// A real password field in a real form, so that password managers know what they see.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { formatTarget } from "../../shared/target.ts";
import type { PromptAnswer } from "../switchboard/messages.ts";
import type { Asked } from "./asked.ts";
import { Field, takeSecret } from "./field.tsx";
import { takeFocus } from "./focus.ts";
import { FormActions } from "./form-actions.tsx";

interface PasswordFormProps {
  readonly asked: Asked;
  answer(answer: PromptAnswer): void;
}

export function PasswordForm({ asked, answer }: PasswordFormProps) {
  const field = useRef<HTMLInputElement>(null);
  const empty = useSignal(false);
  const { destination } = asked;

  useEffect(() => takeFocus(field.current), []);

  const submit = (event: Event): void => {
    event.preventDefault();
    if (field.current?.value === "") {
      empty.value = true;
      field.current.focus();
      return;
    }
    answer({ kind: "password", password: takeSecret(field.current) });
  };

  return (
    <form onSubmit={submit} noValidate>
      {/* For password managers: it tells this log-in from others. Read-only, and in nobody's way. */}
      <input
        class="visually-hidden"
        name="username"
        autocomplete="username"
        value={`${destination.user}@${formatTarget(destination)}`}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <Field
        label="Password"
        type="password"
        name="password"
        autocomplete="current-password"
        enterkeyhint="go"
        inputRef={field}
        error={empty.value ? "Type the password." : undefined}
        onInput={() => {
          empty.value = false;
        }}
      />
      <FormActions submit="Log in" onCancel={() => answer({ kind: "cancel" })} />
    </form>
  );
}
