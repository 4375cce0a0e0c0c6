// Where the secrets of an answer are: to be transferred, never copied, and to be wiped where nobody takes them.

import type { PromptAnswer } from "./messages.ts";

export function secretsOf(answer: PromptAnswer): readonly Uint8Array[] {
  switch (answer.kind) {
    case "password":
      return [answer.password];
    case "key":
      return answer.passphrase ? [answer.key, answer.passphrase] : [answer.key];
    case "challenge":
      return answer.answers;
    case "new-password":
      return [answer.old, answer.fresh];
    default:
      return [];
  }
}
