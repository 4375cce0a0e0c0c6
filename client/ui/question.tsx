// The open question of a connection, as its dialog. One at a time; each new question is a new dialog, with nothing left
// over from the one before.

import type { PromptAnswer } from "../switchboard/messages.ts";
import type { Around } from "./around.ts";
import type { Asked } from "./asked.ts";
import { ChallengeDialog } from "./challenge-dialog.tsx";
import { CredentialDialog } from "./credential-dialog.tsx";
import { NewPasswordDialog } from "./new-password-dialog.tsx";
import { tooLateSentence } from "./sentences.ts";
import { TrustDialog } from "./trust-dialog.tsx";

interface QuestionProps {
  readonly asked: Asked;
  readonly toKnownHosts: Around["toKnownHosts"];
  /** The page around a frame, where what is trusted in it is known inside that page only. */
  readonly keptFor?: string | undefined;
}

export function Question({ asked, toKnownHosts, keptFor }: QuestionProps) {
  const { question: open, phase } = asked.state.value;
  if (open === undefined) return null;
  const { id, question } = open;
  const answer = (given: PromptAnswer): void => asked.answer(id, given);
  switch (question.kind) {
    case "host-key":
      return (
        <TrustDialog
          key={id}
          question={question}
          user={asked.destination.user}
          relay={asked.relayHost}
          tooLate={phase.kind === "failed" ? tooLateSentence(phase.failure, asked.destination) : undefined}
          decide={(verdict) => answer({ kind: "host-key", verdict })}
          restore={toKnownHosts && (() => toKnownHosts())}
          keptFor={keptFor}
        />
      );
    case "credential":
      return <CredentialDialog key={id} asked={asked} question={question} answer={answer} />;
    case "challenge":
      return <ChallengeDialog key={id} asked={asked} question={question} answer={answer} />;
    case "new-password":
      return <NewPasswordDialog key={id} asked={asked} question={question} answer={answer} />;
    default:
      return question satisfies never;
  }
}
