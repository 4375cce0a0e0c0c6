// Method "password" (RFC 4252 8), with the change of an expired password.

import { cleanUtf8 } from "../bytes/text.ts";
import { type Attempt, CONNECTION_SERVICE, PROMPT_LIMIT } from "./attempt.ts";
import { PasswordChange, PasswordChangeRequired, PasswordRequest } from "./auth-messages.ts";
import type { Outcome } from "./auth-requests.ts";

const METHOD = "password";

/** Sends the password and wipes it. Each new password that the server asks for is one more question to the person. */
export async function tryPassword(attempt: Attempt, password: Uint8Array): Promise<Outcome> {
  const head = { user: attempt.user, service: CONNECTION_SERVICE, method: METHOD };
  const expectation = { success: true, more: readChangeRequest };
  const payload = PasswordRequest.encode({ ...head, change: false, password });
  password.fill(0);
  let reply = await attempt.converse(payload, expectation);
  while (reply.kind === "more") {
    const text = reply.more;
    const answer = await attempt.ask(
      (signal) => attempt.prompts.newPassword({ kind: "new-password", text }, signal),
      wipe,
    );
    const change = PasswordChange.encode({ ...head, change: true, ...answer });
    wipe(answer);
    reply = await attempt.converse(change, expectation);
  }
  return reply;
}

function readChangeRequest(payload: Uint8Array): string {
  return cleanUtf8(PasswordChangeRequired.decode(payload).prompt, PROMPT_LIMIT);
}

function wipe({ old, fresh }: { readonly old: Uint8Array; readonly fresh: Uint8Array }): void {
  old.fill(0);
  fresh.fill(0);
}
