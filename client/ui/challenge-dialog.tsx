// keyboard-interactive (RFC 4256): the server asks in its own words, which are shown as its words.

import { useEffect, useId, useRef } from "preact/hooks";
import type { ChallengeQuestion } from "../login/prompt.ts";
import type { PromptAnswer } from "../switchboard/messages.ts";
import type { Asked } from "./asked.ts";
import { Dialog } from "./dialog.tsx";
import { takeSecret } from "./field.tsx";
import { takeFocus } from "./focus.ts";
import { FormActions } from "./form-actions.tsx";
import { Quote } from "./quote.tsx";
import { Whom } from "./whom.tsx";

const ECHOED = { type: "text", autocomplete: "off" } as const;
const HIDDEN = { type: "password", autocomplete: "one-time-code" } as const;

interface ChallengeDialogProps {
  readonly asked: Asked;
  readonly question: ChallengeQuestion;
  answer(answer: PromptAnswer): void;
}

export function ChallengeDialog({ asked, question, answer }: ChallengeDialogProps) {
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const inputs = (): HTMLInputElement[] => [...(form.current?.querySelectorAll("input") ?? [])];
  const words = [question.name, question.instruction].filter(Boolean).join("\n");

  useEffect(() => takeFocus(inputs()[0] ?? form.current?.querySelector<HTMLElement>("[type=submit]")), []);

  const submit = (event: Event): void => {
    event.preventDefault();
    answer({ kind: "challenge", answers: inputs().map(takeSecret) });
  };

  return (
    <Dialog title="The server asks" onCancel={() => answer({ kind: "cancel" })}>
      <Whom asked={asked} />
      {words && <Quote source={`${asked.destination.host} asks:`} text={words} />}
      <form ref={form} onSubmit={submit} noValidate>
        {question.prompts.map((prompt, index) => {
          const name = `${id}-${index}`;
          return (
            <div class="field quoted" key={name}>
              <label for={name}>{prompt.text.trim() || "Answer"}</label>
              <input
                id={name}
                {...(prompt.echo ? ECHOED : HIDDEN)}
                autocapitalize="none"
                spellcheck={false}
                enterkeyhint={index === question.prompts.length - 1 ? "go" : "next"}
              />
            </div>
          );
        })}
        <FormActions submit="Log in" onCancel={() => answer({ kind: "cancel" })} />
      </form>
    </Dialog>
  );
}
