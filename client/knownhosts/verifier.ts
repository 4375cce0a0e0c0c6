// Decides about a host key: silent for a known one, a question for an unknown one, an error for a changed or revoked one.
// Whatever fails on the way here refuses the key.

import { knownHostsName } from "../../shared/target.ts";
import { aborted, SshError } from "../bytes/errors.ts";
import { knownKeys } from "./algorithms.ts";
import type { Basis, HostKeyVerifier, Verdict } from "./claim.ts";
import { KnownTexts } from "./known-texts.ts";
import { NO_STORE } from "./no-store.ts";
import { type ProveHostKeys, rotate, type Verified } from "./rotation.ts";
import { subjectOf, targetOf } from "./subject.ts";
import { Verification, type VerificationOptions } from "./verification.ts";

export interface TrustingVerifierOptions extends VerificationOptions {
  /** The key is trusted, and why. Once, before the login begins. */
  trusted(basis: Basis): void;
}

/** One per connection. */
export interface TrustingVerifier extends HostKeyVerifier {
  /**
   * Takes up the host keys that the server calls its own after the login (OpenSSH PROTOCOL 2.5): plain keys of kinds that we
   * would accept, each once, at most 32. `prove` asks the server for a proof of some of them and gives those that it proved.
   * Never rejects.
   */
  announced(keys: readonly Uint8Array[], prove: ProveHostKeys): Promise<void>;
}

/**
 * The verifier's `verify` ends as soon as its signal aborts, whatever the store or the person are doing. Without
 * `choices.keep` the store is never called.
 */
export function trustingVerifier(given: TrustingVerifierOptions): TrustingVerifier {
  const options = given.choices.keep ? given : { ...given, store: NO_STORE };
  const texts = new KnownTexts(options.store, options.choices.operator);
  let verified: Verified | undefined;
  return {
    async knownAlgorithms(place) {
      const { own, operator } = await texts.read(place);
      const target = targetOf(place);
      const name = knownHostsName(target);
      // The operator's file refuses other keys than its own, so those have to be asked for, too.
      return knownKeys([...own.about(name), ...(operator?.hosts.about(name) ?? [])], target);
    },
    verify(claim, signal) {
      const work = async (): Promise<Verdict> => {
        signal.throwIfAborted();
        const subject = await subjectOf(claim);
        const outcome = await new Verification(options, texts, claim, subject, signal).run();
        signal.throwIfAborted();
        if (outcome === undefined) return "reject";
        verified = { claim, subject, basis: outcome.basis };
        options.trusted(outcome.basis);
        return outcome.verdict;
      };
      return untilAborted(work(), signal);
    },
    async announced(keys, prove) {
      if (verified) await rotate(options, texts, verified, keys, prove);
    },
  };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(reasonOf(signal));
    const done = (): void => signal.removeEventListener("abort", abort);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(done);
  });
}

/** What ended the connection, where it says so itself. */
function reasonOf({ reason }: AbortSignal): SshError {
  return reason instanceof SshError ? reason : aborted(reason);
}
