// How a wait ends that got no answer.

import { aborted, SshError } from "../bytes/errors.ts";

export function noAnswer(patience: number): SshError {
  const seconds = Math.round(patience / 1000);
  return new SshError("timeout", `The server did not answer within ${seconds} seconds. Try again in a moment.`);
}

export function cancelled(signal: AbortSignal): SshError {
  return signal.reason instanceof SshError ? signal.reason : aborted(signal.reason);
}
