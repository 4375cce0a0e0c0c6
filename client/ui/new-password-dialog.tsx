// The server wants a new password before it lets anyone in (RFC 4252 8).

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { NewPasswordQuestion } from "../login/prompt.ts";
import type { PromptAnswer } from "../switchboard/messages.ts";
import type { Asked } from "./asked.ts";
import { Dialog } from "./dialog.tsx";
import { Field, takeSecret } from "./field.tsx";
import { takeFocus } from "./focus.ts";
import { FormActions } from "./form-actions.tsx";
import { Quote } from "./quote.tsx";
import { Whom } from "./whom.tsx";

interface NewPasswordDialogProps {
  readonly asked: Asked;
  readonly question: NewPasswordQuestion;
  answer(answer: PromptAnswer): void;
}

export function NewPasswordDialog({ asked, question, answer }: NewPasswordDialogProps) {
  const old = useRef<HTMLInputElement>(null);
  const fresh = useRef<HTMLInputElement>(null);
  const repeat = useRef<HTMLInputElement>(null);
  const problem = useSignal<"none" | "empty" | "different">("none");

  useEffect(() => takeFocus(old.current), []);

  const submit = (event: Event): void => {
    event.preventDefault();
    if (fresh.current?.value === "") {
      problem.value = "empty";
      fresh.current.focus();
    } else if (fresh.current?.value !== repeat.current?.value) {
      problem.value = "different";
      repeat.current?.focus();
    } else {
      if (repeat.current) repeat.current.value = "";
      answer({ kind: "new-password", old: takeSecret(old.current), fresh: takeSecret(fresh.current) });
    }
  };
  const clear = (): void => {
    problem.value = "none";
  };

  return (
    <Dialog title="Choose a new password" onCancel={() => answer({ kind: "cancel" })}>
      <Whom asked={asked} />
      <p class="soft">The server lets you in once the password is changed.</p>
      {question.text && <Quote source={`${asked.destination.host} asks:`} text={question.text} />}
      <form onSubmit={submit} noValidate>
        <Field label="Old password" type="password" autocomplete="current-password" inputRef={old} />
        <Field
          label="New password"
          type="password"
          autocomplete="new-password"
          inputRef={fresh}
          onInput={clear}
          error={problem.value === "empty" ? "Type the new password." : undefined}
        />
        <Field
          label="New password again"
          type="password"
          autocomplete="new-password"
          inputRef={repeat}
          onInput={clear}
          error={problem.value === "different" ? "The two new passwords are not the same." : undefined}
        />
        <FormActions submit="Change password" onCancel={() => answer({ kind: "cancel" })} />
      </form>
    </Dialog>
  );
}
