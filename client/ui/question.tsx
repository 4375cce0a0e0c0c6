// The open question of a connection, as its dialog. One at a time; each new question is a new dialog, with nothing left
// over from the one before.

import type { PromptAnswer } from "../switchboard/messages.ts";
import type { App } from "./app-model.ts";
import { ChallengeDialog } from "./challenge-dialog.tsx";
import { CredentialDialog } from "./credential-dialog.tsx";
import { NewPasswordDialog } from "./new-password-dialog.tsx";
import { tooLateSentence } from "./sentences.ts";
import type { Session } from "./session.ts";
import { TrustDialog } from "./trust-dialog.tsx";

export function Question({ app, session }: { readonly app: App; readonly session: Session }) {
  const { question: open, phase } = session.state.value;
  if (open === undefined) return null;
  const { id, question } = open;
  const answer = (given: PromptAnswer): void => session.answer(id, given);
  switch (question.kind) {
    case "host-key":
      return (
        <TrustDialog
          key={id}
          question={question}
          user={session.destination.user}
          relay={session.relayHost}
          tooLate={phase.kind === "failed" ? tooLateSentence(phase.failure, session.destination) : undefined}
          decide={(verdict) => answer({ kind: "host-key", verdict })}
          restore={() => app.toKnownHosts()}
        />
      );
    case "credential":
      return <CredentialDialog key={id} session={session} question={question} answer={answer} />;
    case "challenge":
      return <ChallengeDialog key={id} session={session} question={question} answer={answer} />;
    case "new-password":
      return <NewPasswordDialog key={id} session={session} question={question} answer={answer} />;
    default:
      return question satisfies never;
  }
}
