// Somebody with known hosts of their own, who answers as a test says: the engine as the product uses it, but for the screen.

import type { Basis, HostKeyQuestion, TrustChoices, Verdict } from "../../client/knownhosts/claim.ts";
import { NO_CHOICES } from "../../client/knownhosts/claim.ts";
import { MemoryStore } from "../../client/knownhosts/memory-store.ts";
import { type TrustingVerifierOptions, trustingVerifier } from "../../client/knownhosts/verifier.ts";
import type { ConnectOptions } from "../../client/ssh.ts";

interface VisitorOptions {
  readonly store?: MemoryStore;
  readonly choices?: Partial<TrustChoices>;
  readonly answer?: Verdict | TrustingVerifierOptions["ask"];
}

export interface Visitor {
  readonly store: MemoryStore;
  readonly questions: readonly HostKeyQuestion[];
  readonly notices: readonly string[];
  readonly bases: readonly Basis[];
  /** For one connection. */
  options(): Pick<ConnectOptions, "hostKeys" | "hostKeysAnnounced" | "alias">;
  /** Resolves when what the server told of its keys, in its `count`th connection that did, has been dealt with. */
  told(count?: number): Promise<void>;
}

export function visitor({ store = new MemoryStore(), choices = {}, answer = "reject" }: VisitorOptions = {}): Visitor {
  const questions: HostKeyQuestion[] = [];
  const notices: string[] = [];
  const bases: Basis[] = [];
  let told = 0;
  let watchers: (() => void)[] = [];
  return {
    ...{ store, questions, notices, bases },
    options() {
      const verifier = trustingVerifier({
        store,
        choices: { ...NO_CHOICES, ...choices },
        now: Date.now,
        notice: (sentence) => void notices.push(sentence),
        trusted: (basis) => void bases.push(basis),
        async ask(question, signal, claim) {
          questions.push(question);
          return typeof answer === "function" ? answer(question, signal, claim) : answer;
        },
      });
      return {
        hostKeys: verifier,
        ...(choices.alias === undefined ? {} : { alias: choices.alias }),
        hostKeysAnnounced: (keys, prove) =>
          void verifier.announced(keys, prove).then(() => {
            told++;
            for (const wake of watchers.splice(0)) wake();
          }),
      };
    },
    async told(count = 1) {
      while (told < count) await new Promise<void>((resolve) => watchers.push(resolve));
      watchers = [];
    },
  };
}
