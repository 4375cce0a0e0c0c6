// "Log in": a password, a key, or the server's own questions, by what the server accepts. It always names who logs in
// where; what the person types leaves its field the moment it is sent.

import { useSignal } from "@preact/signals";
import type { CredentialQuestion } from "../login/prompt.ts";
import type { KeyProblem, PromptAnswer } from "../switchboard/messages.ts";
import type { Asked } from "./asked.ts";
import { Dialog } from "./dialog.tsx";
import { KeyForm } from "./key-form.tsx";
import { PasswordForm } from "./password-form.tsx";
import { Quote } from "./quote.tsx";
import { Whom } from "./whom.tsx";

export type LoginQuestion = CredentialQuestion & { readonly keyProblem: KeyProblem | undefined };

interface CredentialDialogProps {
  readonly asked: Asked;
  readonly question: LoginQuestion;
  answer(answer: PromptAnswer): void;
}

type Way = "password" | "key" | "challenge";

const PROBLEMS: Record<NonNullable<CredentialQuestion["problem"]>, string> = {
  "password-refused": "That password was not accepted.",
  "key-refused": "That key was not accepted.",
  "challenge-refused": "Those answers were not accepted.",
};

export function CredentialDialog({ asked, question, answer }: CredentialDialogProps) {
  const way = useSignal<Way>(firstWay(question));
  const cancel = (): void => answer({ kind: "cancel" });
  const { banner } = asked.state.value;
  const problem = question.problem && PROBLEMS[question.problem];

  return (
    <Dialog title="Log in" onCancel={cancel}>
      <Whom asked={asked} />
      {banner && <Quote source={`${asked.destination.host} says:`} text={banner} />}
      {question.furtherFactor && <p>The first step was accepted. The server wants one more.</p>}
      {problem && (
        <p class="error" role="alert">
          {problem}
        </p>
      )}
      {way.value === "password" && <PasswordForm asked={asked} answer={answer} />}
      {way.value === "key" && <KeyForm asked={asked} problem={question.keyProblem} answer={answer} />}
      {way.value === "challenge" && (
        <div class="actions">
          <button type="button" value="cancel" class="first" onClick={cancel}>
            Cancel
          </button>
          <button type="button" class="primary" onClick={() => answer({ kind: "use-challenge" })}>
            Answer the server's questions
          </button>
        </div>
      )}
      <p class="other-ways">
        {question.password && way.value !== "password" && (
          <button type="button" class="quiet" onClick={() => (way.value = "password")}>
            Use a password
          </button>
        )}
        {question.key && way.value !== "key" && (
          <button type="button" class="quiet" onClick={() => (way.value = "key")}>
            Use a key
          </button>
        )}
        {question.challenge && way.value !== "challenge" && (
          <button type="button" class="quiet" onClick={() => answer({ kind: "use-challenge" })}>
            Answer the server's questions
          </button>
        )}
      </p>
    </Dialog>
  );
}

/** What the person tried last comes first, if the server still takes it. */
export function firstWay({ password, key, challenge, problem, keyProblem }: LoginQuestion): Way {
  if (key && (keyProblem !== undefined || problem === "key-refused")) return "key";
  if (challenge && problem === "challenge-refused") return "challenge";
  if (password) return "password";
  return challenge ? "challenge" : "key";
}
