// The login's questions as questions to the page. Key texts become signers here, in the worker; a text that cannot be
// used is no end: the question comes again with what was wrong.

import { SshError } from "../bytes/errors.ts";
import { loaded } from "../bytes/loaded.ts";
import type { Signer } from "../keys/signer.ts";
import type { LoginPrompts } from "../login/prompt.ts";
import type { KeyProblem, PromptAnswer } from "./messages.ts";
import type { Questions } from "./questions.ts";
import { yieldNow } from "./surroundings.ts";

export function loginPrompts(questions: Questions, banner: (text: string) => void): LoginPrompts {
  return {
    async credential(question, signal) {
      let keyProblem: KeyProblem | undefined;
      for (;;) {
        const answer = await questions.ask({ ...question, keyProblem }, signal);
        switch (answer.kind) {
          case "password":
            return { kind: "password", password: answer.password };
          case "use-challenge":
            return { kind: "challenge" };
          case "key": {
            const read = await readKey(answer, signal);
            if (!("problem" in read)) return { kind: "key", signer: read };
            keyProblem = read.problem;
            break;
          }
          default:
            return null;
        }
      }
    },
    async challenge(question, signal) {
      const answer = await questions.ask(question, signal);
      return answer.kind === "challenge" ? answer.answers : null;
    },
    async newPassword(question, signal) {
      const answer = await questions.ask(question, signal);
      return answer.kind === "new-password" ? { old: answer.old, fresh: answer.fresh } : null;
    },
    banner,
  };
}

async function readKey(
  answer: PromptAnswer & { kind: "key" },
  signal: AbortSignal,
): Promise<Signer | { readonly problem: KeyProblem }> {
  const { key, passphrase } = answer;
  try {
    // Most people log in with a password: what reads, unlocks and uses keys is loaded with the first one.
    const { readPrivateKey } = await loaded(import("../keys/openssh-private.ts"));
    return await readPrivateKey(key, passphrase, { yieldNow, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return { problem: problemOf(error) };
  } finally {
    key.fill(0);
    passphrase?.fill(0);
  }
}

function problemOf(error: unknown): KeyProblem {
  if (!(error instanceof SshError)) return { sentence: "This key cannot be read. Copy its file again.", locked: false };
  return { sentence: error.message, locked: error.code === "key-passphrase" };
}
