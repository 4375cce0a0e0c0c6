// The secrets inside an answer: they are moved, not copied, and wiped when nobody takes them.

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

/** For the transfer list of a message: nothing of the bytes stays where they were. */
export function transferred(arrays: readonly Uint8Array[]): ArrayBuffer[] {
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}

/** For an answer that nobody takes. */
export function wipe(answer: PromptAnswer): void {
  for (const secret of secretsOf(answer)) secret.fill(0);
}
