// What the fuzzer feeds: a part of the engine in a state of its own, that takes one payload after the other until it is
// dead, and what counts as a finding.

import type { Maybe } from "../../client/bytes/stream.ts";
import type { Choices } from "./choices.ts";

export interface Life {
  /** The next payload to be fed, as the target likes them. */
  next(choices: Choices): Uint8Array;
  /** Throws what the engine throws. True while it goes on. */
  feed(payload: Uint8Array): Maybe<boolean>;
  /** What was left running is ended; throws when something is wrong with what is left. */
  end?(): Maybe<void>;
}

export interface Target {
  readonly name: string;
  /** Of a hundred packets, so many. */
  readonly share: number;
  begin(choices: Choices): Maybe<Life>;
}

/** One of ours, by name: how every hostile input should end. */
export function isNamed(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string };
  return name === "SshError" && code !== undefined && code !== "internal";
}
