// Method "keyboard-interactive" (RFC 4256): the server asks its own questions, in as many rounds as it likes within the
// login's bounds. Its words are cleaned before anyone sees them.

import { SshError } from "../bytes/errors.ts";
import { cleanLine, cleanUtf8 } from "../bytes/text.ts";
import { type Attempt, CONNECTION_SERVICE, PROMPT_LIMIT } from "./attempt.ts";
import { encodeInfoResponse, InfoRequest, KeyboardInteractiveRequest, readPrompts } from "./auth-messages.ts";
import type { Outcome } from "./auth-requests.ts";
import type { ChallengeQuestion } from "./prompt.ts";

const METHOD = "keyboard-interactive";

interface ChallengeOutcome {
  readonly outcome: Outcome;
  /** Did the server ask anything at all? */
  readonly challenged: boolean;
  /** Did the person answer anything? */
  readonly answered: boolean;
}

export async function tryKeyboardInteractive(attempt: Attempt): Promise<ChallengeOutcome> {
  const expectation = { success: true, more: readQuestion };
  const head = { user: attempt.user, service: CONNECTION_SERVICE, method: METHOD };
  let reply = await attempt.converse(
    KeyboardInteractiveRequest.encode({ ...head, language: "", submethods: "" }),
    expectation,
  );
  const challenged = reply.kind === "more";
  let answered = false;
  while (reply.kind === "more") {
    const question = reply.more;
    const answers = await answersTo(attempt, question);
    answered ||= answers.length > 0;
    const response = encodeInfoResponse(answers);
    wipe(answers);
    reply = await attempt.converse(response, expectation);
  }
  return { outcome: reply, challenged, answered };
}

async function answersTo(attempt: Attempt, question: ChallengeQuestion): Promise<readonly Uint8Array[]> {
  if (question.prompts.length === 0) {
    // Nothing to answer, so nobody is asked (RFC 4256 3.4); what the server says with it is shown like a banner.
    const said = [question.name, question.instruction].filter((words) => words.trim() !== "").join("\n");
    if (said !== "") attempt.prompts.banner(said);
    return [];
  }
  const answers = await attempt.ask((signal) => attempt.prompts.challenge(question, signal), wipe);
  if (answers.length === question.prompts.length) return answers;
  wipe(answers);
  throw new SshError("internal", "The questions of the server and the answers are not equally many.");
}

function readQuestion(payload: Uint8Array): ChallengeQuestion {
  const { name, instruction, count, prompts } = InfoRequest.decode(payload);
  return {
    kind: "challenge",
    name: cleanLine(cleanUtf8(name, PROMPT_LIMIT), PROMPT_LIMIT + 1),
    instruction: cleanUtf8(instruction, PROMPT_LIMIT),
    prompts: readPrompts(count, prompts).map(({ text, echo }) => ({ text: cleanUtf8(text, PROMPT_LIMIT), echo })),
  };
}

function wipe(answers: readonly Uint8Array[]): void {
  for (const answer of answers) answer.fill(0);
}
