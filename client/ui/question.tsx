// The open question of a connection, as its dialog. One at a time; each new question is a new dialog, with nothing left
// over from the one before.

import type { PromptAnswer } from "../switchboard/messages.ts";
import { ChallengeDialog } from "./challenge-dialog.tsx";
import { CredentialDialog } from "./credential-dialog.tsx";
import { NewPasswordDialog } from "./new-password-dialog.tsx";
import type { Session } from "./session.ts";
import { TrustDialog } from "./trust-dialog.tsx";

export function Question({ session }: { readonly session: Session }) {
  const open = session.state.value.question;
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
          decide={(verdict) => answer({ kind: "host-key", verdict })}
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
